/** Why a stage would run: its own reason, and what it waits for. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { StageInfo } from '../api/types';
import { wouldRun } from '../pipelines/stage_states';

/** Lines that say why a stage would run, its own reason first, then those of the stages that it depends on. */
export function whyLines(name: string, stages: readonly StageInfo[], trans: TranslationBundle): string[] {
  const byName = new Map(stages.map(stage => [stage.name, stage]));
  const stage = byName.get(name);
  if (!stage) {
    return [];
  }
  if (!wouldRun(stage)) {
    return [trans.__('A stored result stands for “%1”: a run would not execute it.', name)];
  }
  const own = stage.reason || (stage.state === 'never' ? trans.__('it has not run yet') : '');
  const lines = own ? [trans.__('“%1”: %2', name, own)] : [];
  const seen = new Set([name]);
  const waiting = [...stage.after];
  for (let above = waiting.shift(); above !== undefined; above = waiting.shift()) {
    const found = byName.get(above);
    if (!found || seen.has(above)) {
      continue;
    }
    seen.add(above);
    waiting.push(...found.after);
    if (wouldRun(found) && found.reason) {
      lines.push(trans.__('“%1”, which it depends on: %2', above, found.reason));
    }
  }
  return lines;
}
