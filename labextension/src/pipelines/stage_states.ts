/** What the states of stages mean for a run. */

import type { StageInfo } from '../api/types';

/** Whether a run would execute a stage, rather than take its stored result. */
export function wouldRun(stage: StageInfo): boolean {
  return stage.state !== 'cached' && stage.state !== 'restored';
}
