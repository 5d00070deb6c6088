/** Names of stages: which are legal, and which one would do for some code. */

import type { TranslationBundle } from '@jupyterlab/translation';

/** As `notebook/directive.py` has it: letters, digits, `_`, `-` and `.`, a letter, digit or `_` first. */
const LEGAL = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;
const MOST = 64;

/** Kept for plain cells that compute something. */
const RESERVED = /^cell-/i;

/** What is wrong with a name; empty where nothing is. */
export function nameProblem(name: string, trans: TranslationBundle): string {
  if (!name) {
    return trans.__('Give the stage a name.');
  }
  if (name.length > MOST) {
    return trans.__('A name has at most %1 characters.', MOST);
  }
  if (!LEGAL.test(name)) {
    return trans.__('Use letters, digits, _ - and . and begin with a letter.');
  }
  return RESERVED.test(name) ? trans.__('Names that begin with “cell-” are kept for plain cells.') : '';
}

const CALL = /^([A-Za-z_]\w*)(?:\s*:[^=]+)?\s*=(?!=)[^=]*?\b([a-z_]\w*)\s*\(/;
const BINDING = /^([A-Za-z_]\w*)(?:\s*,\s*\w+)*(?:\s*:[^=]+)?\s*=(?!=)/;

/** Words for what the code does, with which a stage's name begins well. */
const VERBS =
  /^(load|read|fetch|download|clean|prepare|split|train|fit|evaluate|score|predict|plot|report|save|make|build)/;

/**
 * A name for the stage that some code would be: the function that it calls where that says what it does, else the last
 * name that it binds.
 */
export function suggestName(sources: readonly string[], taken: Iterable<string>): string {
  const lines = sources.flatMap(source => source.split('\n'));
  const calls = lines.flatMap(line => CALL.exec(line)?.[2] ?? []);
  const bound = lines.flatMap(line => BINDING.exec(line)?.[1] ?? []);
  const found = calls.find(call => VERBS.test(call)) ?? bound.at(-1) ?? '';
  const wanted = found.replace(/^_+/, '') || 'step';
  const names = new Set(taken);
  let name = wanted;
  for (let number = 2; names.has(name); number++) {
    name = `${wanted}-${number}`;
  }
  return name;
}
