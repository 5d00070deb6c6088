/** What a run would do, stage by stage, in words. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Analysis, StageInfo } from '../api/types';
import { formatDuration } from '../format';
import { wouldRun } from '../pipelines/stage_states';
import { costText } from '../stages/badge_text';

export interface IPlanRow {
  readonly stage: StageInfo;
  readonly runs: boolean;

  /** What a run does with it: `run`, `restore`. */
  readonly deed: string;
  readonly why: string;

  /** How long it is expected to take; empty where it does not run, or nobody knows. */
  readonly expected: string;

  /** What it is expected to cost; empty where it does not run, or nothing is known. */
  readonly cost: string;
}

/** The rows of a plan in notebook order; plain cells that compute come as what they are. */
export function planRows(analysis: Analysis, trans: TranslationBundle): IPlanRow[] {
  return analysis.stages.map(stage => {
    const runs = wouldRun(stage);
    return {
      stage,
      runs,
      deed: runs ? trans.__('run') : trans.__('restore'),
      why: runs ? stage.reason || firstTime(stage, trans) : '',
      expected: runs ? formatDuration(stage.expected_seconds) : '',
      cost: runs && stage.expected_cost ? costText(stage.expected_cost.expected, stage.expected_cost.currency) : ''
    };
  });
}

/** One sentence on the whole plan. */
export function planSummary(analysis: Analysis, trans: TranslationBundle): string {
  const written = analysis.stages.filter(stage => !stage.implicit);
  const running = written.filter(wouldRun).length;
  if (!analysis.stages.some(wouldRun)) {
    return trans.__('Nothing would run: every result is stored.');
  }
  const count = trans._n('%1 of %2 stages would run', '%1 of %2 stages would run', running, written.length);
  const work = formatDuration(analysis.expected_seconds || null);
  const isPartial = analysis.stages.some(stage => wouldRun(stage) && stage.expected_seconds === null);
  if (!work) {
    return trans.__('%1. How long that takes is not known yet.', count);
  }
  return isPartial
    ? trans.__('%1: %2 of work, and stages that never ran.', count, work)
    : trans.__('%1: %2 of work, as it took before.', count, work);
}

/** What the whole plan is expected to cost, with its range; empty where nothing is known of cost. */
export function planCost({ expected_cost: cost, stages }: Analysis, trans: TranslationBundle): string {
  if (!cost || !stages.some(wouldRun)) {
    return '';
  }
  const text = (amount: number): string => costText(amount, cost.currency);
  const saved = cost.saved ? ` ${trans.__('Stored results spare %1.', text(cost.saved))}` : '';
  if (!cost.high) {
    return cost.unknown.length ? `${trans.__('What it costs is not known yet.')}${saved}` : saved.trim();
  }
  const range = [text(cost.expected), text(cost.low), text(cost.high)] as const;
  const told = cost.unknown.length
    ? trans.__('Expected to cost at least %1 (%2 to %3), without what never ran.', ...range)
    : trans.__('Expected to cost %1 (%2 to %3).', ...range);
  return `${told}${saved}`;
}

function firstTime(stage: StageInfo, trans: TranslationBundle): string {
  return stage.state === 'never' ? trans.__('it has not run yet') : '';
}
