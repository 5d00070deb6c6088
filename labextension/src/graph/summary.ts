/** A pipeline in one line, and a stage in one: for people, and for those who listen. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { StageInfo } from '../api/types';
import { formatDuration } from '../format';
import type { IPipelineModel } from '../tokens';
import { markWord } from '../words';
import type { IGraphNode } from './contraction';

/** What a run would do now, or how far the run is that goes on. */
export function pipelineSummary(pipeline: IPipelineModel, trans: TranslationBundle): string {
  const { activeRun } = pipeline;
  switch (activeRun?.status) {
    case 'starting':
      return trans.__('Starting…');
    case 'cancelling':
      return trans.__('Cancelling…');
    case 'running':
      return trans.__('Running: %1 of %2 done', activeRun.settled, activeRun.total);
  }
  const stages = pipeline.stages.filter(stage => !stage.implicit);
  const due = stages.filter(stage => stage.state !== 'cached' && stage.state !== 'restored').length;
  if (due === 0) {
    return trans.__('Up to date');
  }
  const expected = pipeline.analysis?.expected_seconds;
  const said = trans.__('%1 of %2 would run', due, stages.length);
  return expected ? trans.__('%1, about %2', said, formatDuration(expected)) : said;
}

/** What stands under a stage's name: why it would run or what went wrong, else how long it took or would take. */
export function stageDetail(stage: StageInfo, trans: TranslationBundle): string {
  switch (stage.state) {
    case 'stale':
    case 'failed':
    case 'refused':
      return stage.reason || markWord(stage.state, trans);
    case 'never':
    case 'queued': {
      const { expected_seconds: expected } = stage;
      return expected ? trans.__('about %1', formatDuration(expected)) : markWord(stage.state, trans);
    }
    default:
      return formatDuration(stage.last_seconds) || markWord(stage.state, trans);
  }
}

/** A stage as a screen reader says it: `train, stale: function fit changed, follows load and features`. */
export function stageLabel({ stage, after }: IGraphNode, trans: TranslationBundle): string {
  const state = markWord(stage.state, trans);
  const parts = [stage.name, stage.reason ? trans.__('%1: %2', state, stage.reason) : state];
  if (after.length) {
    parts.push(trans.__('follows %1', enumeration(after, trans)));
  }
  return parts.join(', ');
}

/** What the pointer tells of a stage, a fact a line. */
export function stageTooltip({ stage }: IGraphNode, trans: TranslationBundle): string {
  const took = formatDuration(stage.last_seconds);
  const expected = formatDuration(stage.expected_seconds);
  return [
    `${stage.name} (${markWord(stage.state, trans)})`,
    stage.reason,
    stage.inputs.length ? trans.__('Reads %1', enumeration(stage.inputs, trans)) : '',
    stage.gates.length ? trans.__('Gates: %1', stage.gates.join('; ')) : '',
    took ? trans.__('Took %1', took) : '',
    expected && expected !== took ? trans.__('Expected: %1', expected) : '',
    stage.owner ? trans.__('Owner: %1', stage.owner) : ''
  ]
    .filter(Boolean)
    .join('\n');
}

function enumeration(names: readonly string[], trans: TranslationBundle): string {
  const [last, ...others] = [...names].reverse();
  return others.length ? trans.__('%1 and %2', others.reverse().join(', '), last) : (last ?? '');
}
