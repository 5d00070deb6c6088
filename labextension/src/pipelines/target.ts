/** Which notebook, stage and run a command is about. */

import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { StageInfo } from '../api/types';
import type { PipelineModel } from './model';
import type { Pipelines } from './pipelines';

/** The pipeline that a command's arguments name; without a path, that of the notebook in focus. */
export function targetPipeline(pipelines: Pipelines, args: ReadonlyPartialJSONObject): PipelineModel | null {
  return typeof args.path === 'string' ? pipelines.ofPath(args.path) : pipelines.current;
}

/** The stage that a command's arguments name; without a name, that of the active cell. */
export function targetStage(model: PipelineModel | null, args: ReadonlyPartialJSONObject): StageInfo | null {
  const name = typeof args.stage === 'string' ? args.stage : model?.activeStage;
  return (name && model?.stage(name)) || null;
}
