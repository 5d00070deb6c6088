/** What may come next on one of our lines. Knows no editor and asks no kernel. */

import type { StageInfo, StageOption } from '../api/types';
import type { IDirective } from './directive';

/** A word that may stand where the cursor is. */
export interface ICompletion {
  readonly text: string;
  readonly kind: 'option' | 'stage' | 'name';
  readonly help: string;
}

/** Words for the place where the cursor is, and where the word begins whose place they take. */
export interface ICompletions {
  readonly from: number;
  readonly found: readonly ICompletion[];
}

/**
 * Complete a line at a place, both counted from the start of the cell.
 *
 * Options that are on the line already are left out, unless they may be repeated; of a list with commas the last word
 * is completed.
 */
export function complete(
  directive: IDirective,
  source: string,
  at: number,
  options: readonly StageOption[],
  stages: readonly StageInfo[]
): ICompletions {
  const before = directive.tokens.filter(token => token.to < at);
  const current = directive.tokens.find(token => token.from < at && at <= token.to);
  const typed = current ? source.slice(current.from, at) : '';
  const optionBefore = before.at(-1)?.kind === 'option' ? before.at(-1)?.text : undefined;
  const option = options.find(({ flags }) => optionBefore !== undefined && flags.includes(optionBefore));
  if (option?.value) {
    const from = at - (typed.length - (typed.lastIndexOf(',') + 1));
    const word = source.slice(from, at);
    return { from, found: valuesOf(option, directive, stages).filter(({ text }) => text.startsWith(word)) };
  }
  const from = at - typed.length;
  const isNamed = before.some(token => token.kind === 'name');
  const found =
    typed.startsWith('-') || isNamed
      ? flagsOf(options, new Set(directive.tokens.filter(token => token !== current).map(({ text }) => text)))
      : stageNames(directive.magic === 'pipeline' ? [] : stages);
  return { from, found: found.filter(({ text }) => text.startsWith(typed)) };
}

function flagsOf(options: readonly StageOption[], given: ReadonlySet<string>): ICompletion[] {
  return options
    .filter(({ flags, repeatable }) => repeatable || !flags.some(flag => given.has(flag)))
    .flatMap(({ flags, help }) => flags.filter(flag => flag.startsWith('--')).map(text => ({ text, help })))
    .map(({ text, help }) => ({ text, kind: 'option', help }));
}

function valuesOf(option: StageOption, directive: IDirective, stages: readonly StageInfo[]): ICompletion[] {
  switch (option.values) {
    case 'stages':
      return stageNames(stages.filter(({ name }) => name !== directive.name));
    case 'names':
      return [...new Set(stages.flatMap(({ inputs }) => inputs))]
        .sort()
        .map(text => ({ text, kind: 'name', help: '' }));
    default:
      return [];
  }
}

function stageNames(stages: readonly StageInfo[]): ICompletion[] {
  return stages.filter(({ implicit }) => !implicit).map(({ name }) => ({ text: name, kind: 'stage', help: '' }));
}
