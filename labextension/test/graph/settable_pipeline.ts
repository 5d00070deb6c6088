/** A pipeline whose stages and active stage a test sets. */

import { Signal } from '@lumino/signaling';

import type { StageInfo } from '../../src/api/types';
import type { IPipelineModel } from '../../src/tokens';
import { stage } from '../samples';

/** A stage that follows others; `cell-…` is a plain cell. */
export function following(name: string, after: readonly string[] = [], about: Partial<StageInfo> = {}): StageInfo {
  return stage(name, { after, implicit: name.startsWith('cell-'), ...about });
}

export class SettablePipeline implements IPipelineModel {
  readonly path = 'flights.ipynb';
  readonly isPipeline = true;
  readonly analysis = null;
  readonly error = null;
  readonly errorCell = null;
  readonly activeRun = null;
  readonly changed: Signal<IPipelineModel, void> = new Signal<IPipelineModel, void>(this);
  stages: readonly StageInfo[] = [];
  activeStage: string | null = null;

  set(facts: Partial<Pick<SettablePipeline, 'stages' | 'activeStage'>>): void {
    Object.assign(this, facts);
    this.changed.emit();
  }

  goToStage(): void {}

  goToCell(): void {}

  async refresh(): Promise<void> {}
}
