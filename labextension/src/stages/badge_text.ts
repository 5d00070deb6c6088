/** What a badge says of a stage, in words. Not for how it looks. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { CostRange, Resources, StageInfo, VerdictInfo } from '../api/types';
import { formatDuration, formatSize } from '../format';
import { withoutPlace } from '../own_words';
import { markWord } from '../words';

export interface IBadgeText {
  /** The state: `stale`, `running 12 s`. */
  readonly state: string;

  /** Why it is so; empty where there is nothing to say. */
  readonly why: string;

  /** That its gates held, where they were asked of the result that stands: `✓ 2 checks`. */
  readonly verdicts: string;

  /** Owner, resources, duration, cost: short, and only those that are known. */
  readonly facts: readonly string[];

  /** All of it and more, one sentence a line: the tooltip, and what a screen reader says. */
  readonly whole: readonly string[];
}

/**
 * What to say of a stage; `owner` is the pipeline's, which goes without saying, and `now` in seconds since the epoch.
 *
 * That a stage which never ran has not run needs no reason.
 */
export function badgeText(stage: StageInfo, owner: string | null, now: number, trans: TranslationBundle): IBadgeText {
  const elapsed = stage.state === 'running' && stage.started !== null ? elapsedText(now - stage.started) : '';
  const state = [markWord(stage.state, trans), elapsed].filter(Boolean).join(' ');
  const took = formatDuration(stage.last_seconds);
  const cost = costText(stage.cost, stage.currency);
  const resources = resourceTexts(stage.resources, trans);
  const why = withoutPlace(stage.reason);
  const lines: (string | false)[] = [
    why ? trans.__('Stage %1: %2 – %3', stage.name, state, why) : `${trans.__('Stage %1', stage.name)}: ${state}`,
    Boolean(stage.owner) && trans.__('Owner: %1', stage.owner),
    Boolean(took) && trans.__('Took %1 when it last ran', took),
    Boolean(cost) && trans.__('Its last run cost %1', cost),
    stage.expected_cost !== null && trans.__('Expected to cost %1', rangeText(stage.expected_cost)),
    resources.length > 0 && trans.__('Asks for %1', resources.join(', ')),
    stage.gates.length > 0 && trans.__('Passes where %1', stage.gates.join(trans.__(' and '))),
    ...stage.verdicts.map(verdict => verdictLine(verdict, trans)),
    stage.after.length > 0 && trans.__('Follows %1', stage.after.join(', '))
  ];
  return {
    state,
    why: stage.state === 'never' ? '' : why,
    verdicts: heldText(stage, trans),
    facts: [
      stage.owner === owner ? '' : (stage.owner ?? ''),
      ...resources,
      stage.state === 'running' ? '' : took,
      cost
    ].filter(Boolean),
    whole: lines.filter(line => line !== false)
  };
}

/** What a gate said when the stage last ended: `✓ auc >= 0.75: auc is 0.81`. */
export function verdictLine({ gate, passed, text }: VerdictInfo, trans: TranslationBundle): string {
  const said = text || (passed ? trans.__('holds') : trans.__('does not hold'));
  return `${passed ? '✓' : '✗'} ${said.startsWith(gate) ? said : `${gate}: ${said}`}`;
}

/** A refusal is the reason that the badge gives; of a stale stage the verdicts are on a result that stands no more. */
function heldText({ state, verdicts }: StageInfo, trans: TranslationBundle): string {
  const stands = state === 'cached' || state === 'restored';
  return stands && verdicts.length && verdicts.every(({ passed }) => passed)
    ? `✓ ${trans._n('%1 check', '%1 checks', verdicts.length)}`
    : '';
}

/** What a stage asks for: `2 CPUs`, `8 GB`, `1 GPU`. */
export function resourceTexts(resources: Resources, trans: TranslationBundle): string[] {
  const { cpus, memory, gpus } = resources;
  return [
    cpus ? trans._n('%1 CPU', '%1 CPUs', cpus) : '',
    memory ? formatSize(memory).replace('.0 ', ' ') : '',
    gpus ? trans._n('%1 GPU', '%1 GPUs', gpus) : ''
  ].filter(Boolean);
}

/** Money; empty where nothing is known of it. */
export function costText(cost: number | null, currency: string | null): string {
  if (cost === null) {
    return '';
  }
  if (!currency) {
    return String(cost);
  }
  // Cents would round small amounts away.
  const digits = cost > 0 && cost < 0.1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 };
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency, ...digits }).format(cost);
  } catch {
    return `${cost} ${currency}`; // a unit that is no currency
  }
}

/** An estimate: `$0.35 ($0.20–$0.61)`. */
function rangeText({ low, expected, high, currency }: CostRange): string {
  const [least, middle, most] = [low, expected, high].map(amount => costText(amount, currency));
  return `${middle} (${least}–${most})`;
}

/** How long a stage runs already, to the second: it ticks. */
function elapsedText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = (part: number): string => String(part).padStart(2, '0');
  return hours ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}
