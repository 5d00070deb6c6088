/** What is said of models: words of the lifecycle, metrics in one line, metrics of two versions side by side. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Lifecycle, ModelVersionInfo, TransitionInfo } from '../api/types';
import { evidenceNumber } from '../evidence/evidence';

/** How many metrics a row of the list has room for. */
const MOST_METRICS = 3;

/** How a state is called, in the reader's language. */
export function lifecycleWord(lifecycle: Lifecycle, trans: TranslationBundle): string {
  switch (lifecycle) {
    case 'candidate':
      return trans.__('candidate');
    case 'staging':
      return trans.__('staging');
    case 'production':
      return trans.__('production');
    case 'archived':
      return trans.__('archived');
    case 'deprecated':
      return trans.__('deprecated');
  }
}

/** The state and the further aliases of a version, each once: what its chips say. */
export function chipsOf({ lifecycle, aliases }: Pick<ModelVersionInfo, 'lifecycle' | 'aliases'>): readonly string[] {
  return [...new Set([lifecycle, ...aliases])];
}

/** The metrics that tell models apart, in one line: `auc 0.742 · log_loss 0.512`; counts come last. */
export function metricsLine(metrics: Readonly<Record<string, number>>, locale?: string): string {
  const entries = Object.entries(metrics);
  const measured = entries.filter(([, value]) => !Number.isInteger(value));
  const counts = entries.filter(([, value]) => Number.isInteger(value));
  return [...measured, ...counts]
    .slice(0, MOST_METRICS)
    .map(([name, value]) => `${name} ${evidenceNumber(value, locale)}`)
    .join(' · ');
}

/** A metric of one version, and of another one that it is compared with. */
export interface IMetricRow {
  readonly name: string;
  readonly value: string;
  readonly other: string;
  readonly difference: string;
}

/** All metrics of either version, those of the first one first. */
export function metricRows(
  metrics: Readonly<Record<string, number>>,
  others: Readonly<Record<string, number>> | null,
  locale?: string
): readonly IMetricRow[] {
  const names = [...new Set([...Object.keys(metrics), ...Object.keys(others ?? {})])];
  return names.map(name => {
    const [value, other] = [metrics[name], others?.[name]];
    return {
      name,
      value: value === undefined ? '' : evidenceNumber(value, locale),
      other: other === undefined ? '' : evidenceNumber(other, locale),
      difference: value === undefined || other === undefined ? '' : differenceText(other, value, locale)
    };
  });
}

function differenceText(before: number, after: number, locale?: string): string {
  const difference = after - before;
  const sign = difference < 0 ? '−' : difference > 0 ? '+' : '±';
  return `${sign}${evidenceNumber(Math.abs(difference), locale)}`;
}

/** What a transition was, in a line: `promoted to production in the place of version 1`. */
export function transitionLine(move: TransitionInfo, trans: TranslationBundle): string {
  const { action, target, version, before, status } = move;
  const place = before !== null && before !== version ? trans.__(' in the place of version %1', before) : '';
  const done = status === 'done';
  switch (action) {
    case 'promote':
      return done
        ? trans.__('Version %1 was promoted to %2%3', version, target, place)
        : trans.__('Version %1 was to be promoted to %2', version, target);
    case 'rollback':
      return done
        ? trans.__('%1 was rolled back to version %2%3', target, version, place)
        : trans.__('%1 was to be rolled back to version %2', target, version);
    case 'deprecate':
      return done
        ? trans.__('Version %1 was deprecated', version)
        : trans.__('Version %1 was to be deprecated', version);
    default:
      return trans.__('Version %1: %2', version, action);
  }
}

/** How a transition ended, in a word; empty where it was done. */
export function statusWord(status: TransitionInfo['status'], trans: TranslationBundle): string {
  switch (status) {
    case 'done':
      return '';
    case 'refused':
      return trans.__('refused');
    case 'open':
      return trans.__('goes on, or was interrupted');
    case 'abandoned':
      return trans.__('interrupted before anything changed');
  }
}
