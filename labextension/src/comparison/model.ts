/** What two runs say of each other, made ready to be shown: sentences, words, numbers. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { JSONExt, type ReadonlyPartialJSONValue } from '@lumino/coreutils';

import type { Change, DifferenceText, RunComparison, StageDiff } from '../api/types';
import { formatDifference, formatDuration, formatNumber, formatValue } from '../format';
import { isSameCode } from './code_rows';

/** Values are cut after so many characters where they stand in tables. */
const VALUE_LENGTH = 120;

// -- what differs ------------------------------------------------------------------------------------------------------

/** What is said first: how many stages differ, or that nothing does. */
export function comparisonSummary(comparison: RunComparison, trans: TranslationBundle): string {
  const { stages } = comparison;
  const differing = stages.filter(stage => stage.changed).map(stage => stage.name);
  if (differing.length) {
    const names = differing.join(', ');
    return trans._n('%2 of %1 stage differs: %3', '%2 of %1 stages differ: %3', stages.length, differing.length, names);
  }
  if (isSame(comparison)) {
    return trans.__('No difference');
  }
  if (!stages.length) {
    return trans.__('Neither run came to a stage');
  }
  return stages.every(isSameStage)
    ? trans._n('The only stage is the same', 'All %1 stages are the same', stages.length)
    : trans.__('No stage differs in what counts');
}

/** Whether two runs differ in nothing that is shown of them, but for how long they took. */
export function isSame({ parameters, environment, stages }: RunComparison): boolean {
  return !parameters.length && !environment.length && stages.every(isSameStage);
}

/** Whether a stage differs in nothing that is shown of it: comments and outputs count here, though they decide no rerun. */
export function isSameStage(stage: StageDiff): boolean {
  return !stage.changed && isSameCode(stage.source) && sameOutputs(stage.outputs_before, stage.outputs_after);
}

/** Stages that stand one after another: those that are the same together, the others each on its own. */
export function groupStages(stages: readonly StageDiff[]): readonly (readonly StageDiff[])[] {
  const groups: StageDiff[][] = [];
  let same: StageDiff[] | null = null;
  for (const stage of stages) {
    if (!isSameStage(stage)) {
      groups.push([stage]);
      same = null;
    } else if (same) {
      same.push(stage);
    } else {
      same = [stage];
      groups.push(same);
    }
  }
  return groups;
}

/** A group of what differs in a stage, in words. */
export interface IDifferenceGroup {
  readonly title: string;
  readonly texts: readonly string[];
}

/** What differs in a stage, by group; groups in which nothing does are left out. */
export function stageDifferences(stage: StageDiff, trans: TranslationBundle): readonly IDifferenceGroup[] {
  return groupsOf([
    [trans.__('Code'), stage.code],
    [trans.__('Parameters'), stage.parameters],
    [trans.__('Environment'), stage.environment],
    [trans.__('Inputs'), stage.inputs]
  ]);
}

/**
 * What stages found to differ around them that the runs' own records leave open.
 *
 * A run records the parameters that it was given: what the notebook sets, its stages alone know.
 */
export function furtherDifferences(
  { parameters, environment, stages }: RunComparison,
  trans: TranslationBundle
): readonly IDifferenceGroup[] {
  const unlike = (found: readonly DifferenceText[], known: readonly Change[]) =>
    found.filter(({ name }) => !known.some(change => change.name === name && isKnown(change)));
  return groupsOf([
    [
      trans.__('Parameters'),
      unlike(
        stages.flatMap(stage => stage.parameters),
        parameters
      )
    ],
    [
      trans.__('Environment'),
      unlike(
        stages.flatMap(stage => stage.environment),
        environment
      )
    ]
  ]);
}

function isKnown({ before, after }: Change): boolean {
  return before !== null && after !== null;
}

function groupsOf(found: readonly (readonly [string, readonly DifferenceText[]])[]): readonly IDifferenceGroup[] {
  return found
    .map(([title, differences]) => ({ title, texts: [...new Set(differences.map(({ text }) => text))] }))
    .filter(({ texts }) => texts.length);
}

/** What differs in a stage, a word or two each: enough to choose what to look at. */
export function stageTags(stage: StageDiff, trans: TranslationBundle): readonly string[] {
  if (stage.before === null || stage.after === null) {
    return [stage.before === null ? trans.__('only after') : trans.__('only before')];
  }
  const tags = stageDifferences(stage, trans).map(({ title }) => title.toLocaleLowerCase());
  if (stage.metrics.length) {
    tags.push(trans.__('metrics'));
  }
  if (!stage.code.length && !isSameCode(stage.source)) {
    tags.push(trans.__('text of the code'));
  }
  if (!sameOutputs(stage.outputs_before, stage.outputs_after)) {
    tags.push(trans.__('outputs'));
  }
  return tags;
}

/** What the groups leave open: why a stage stands alone, or why its other text made no difference. */
export function stageNote(stage: StageDiff, trans: TranslationBundle): string {
  if (stage.before === null) {
    return trans.__('The run before did not come to this stage.');
  }
  if (stage.after === null) {
    return trans.__('The run after did not come to this stage.');
  }
  return !stage.code.length && !isSameCode(stage.source)
    ? trans.__('Its code was edited in ways that do not count, such as comments.')
    : '';
}

// -- values and numbers ------------------------------------------------------------------------------------------------

/** A change as text; a side that has none is empty, and so is the difference where there is no number on both sides. */
export interface IChangeText {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly difference: string;
}

/** A parameter or a version, as it was written: rounded numbers could look alike. */
export function valueChange({ name, before, after }: Change): IChangeText {
  return { name, before: valueText(before), after: valueText(after), difference: '' };
}

/** A number that was measured. */
export function metricChange({ name, before, after }: Change): IChangeText {
  const difference = isNumber(before) && isNumber(after) ? formatDifference(before, after) : '';
  return { name, before: metricText(before), after: metricText(after), difference };
}

/** How long a stage took in each run; the difference is empty where both are said alike. */
export function secondsChange({ name, before, after }: Change): IChangeText {
  const [earlier, later] = [before, after].map(seconds => (isNumber(seconds) ? seconds : null));
  const texts = { name, before: formatDuration(earlier), after: formatDuration(later) };
  const differs = isNumber(earlier) && isNumber(later) && texts.before !== texts.after;
  return {
    ...texts,
    difference: differs ? `${later < earlier ? '−' : '+'}${formatDuration(Math.abs(later - earlier))}` : ''
  };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function valueText(value: unknown): string {
  return value === null || value === undefined ? '' : formatValue(value, VALUE_LENGTH);
}

function metricText(value: unknown): string {
  return isNumber(value) ? formatNumber(value) : valueText(value);
}

// -- outputs -----------------------------------------------------------------------------------------------------------

/** An output in nbformat's shape. */
export type Output = Readonly<Record<string, unknown>>;

/** Whether two stages put out the same; how often the kernel had counted does not matter. */
export function sameOutputs(before: readonly Output[], after: readonly Output[]): boolean {
  return JSONExt.deepEqual(uncounted(before), uncounted(after));
}

function uncounted(outputs: readonly Output[]): ReadonlyPartialJSONValue {
  return outputs.map(({ execution_count: _, ...output }) => output as { readonly [key: string]: never });
}
