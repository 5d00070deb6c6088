/** Lines of code that are compared, as rows: side by side or one below the other, what is the same folded away. Knows no DOM. */

import type { DiffLine, StageDiff } from '../api/types';

/** How many lines stay around a change where code is folded. */
const CONTEXT = 3;

/** Stretches of no more lines than this are shown: a fold would save next to nothing. */
const SHORTEST_FOLD = 3;

/** A line of one run's code. */
export interface ICodeLine {
  /** Its place in the stage's code, counted from 1. */
  readonly number: number;
  readonly text: string;

  /** Which of its characters differ from the line it stands beside; null where that says nothing. */
  readonly changed: ISpan | null;
}

/** A stretch of characters. */
export interface ISpan {
  readonly start: number;
  readonly end: number;
}

/** A row of code side by side: what was removed on the left, what was added on the right, what is in both on both. */
export interface ICodeRow {
  readonly kind: 'same' | 'changed';
  readonly before: ICodeLine | null;
  readonly after: ICodeLine | null;
}

/** Whether the code of a stage reads alike in both runs. */
export function isSameCode(lines: readonly DiffLine[]): boolean {
  return lines.every(line => line.kind === 'same');
}

/** The lines of a stage's code; each of its cells comes with an empty line at its end, of which the last says nothing. */
export function stageLines({ source }: StageDiff): readonly DiffLine[] {
  return source.at(-1)?.text === '' ? source.slice(0, -1) : source;
}

/** The rows of a comparison of code; within a change, the first line removed stands beside the first one added. */
export function pairLines(lines: readonly DiffLine[]): readonly ICodeRow[] {
  const rows: ICodeRow[] = [];
  const count = { before: 0, after: 0 };
  let removed: string[] = [];
  let added: string[] = [];
  const endChange = (): void => {
    for (let index = 0; index < Math.max(removed.length, added.length); index++) {
      const [before, after] = [removed[index], added[index]];
      const spans = before !== undefined && after !== undefined ? changedSpans(before, after) : null;
      rows.push({
        kind: 'changed',
        before: before === undefined ? null : { number: ++count.before, text: before, changed: spans?.before ?? null },
        after: after === undefined ? null : { number: ++count.after, text: after, changed: spans?.after ?? null }
      });
    }
    removed = [];
    added = [];
  };
  for (const { kind, text } of lines) {
    if (kind === 'same') {
      endChange();
      rows.push({
        kind,
        before: { number: ++count.before, text, changed: null },
        after: { number: ++count.after, text, changed: null }
      });
    } else {
      (kind === 'removed' ? removed : added).push(text);
    }
  }
  endChange();
  return rows;
}

/** The same rows one below the other, for where there is no room: of each change, what was removed before what was added. */
export function unifyRows(rows: readonly ICodeRow[]): readonly ICodeRow[] {
  const unified: ICodeRow[] = [];
  let added: ICodeRow[] = [];
  for (const row of rows) {
    if (row.kind === 'same') {
      unified.push(...added, row);
      added = [];
      continue;
    }
    if (row.before) {
      unified.push({ ...row, after: null });
    }
    if (row.after) {
      added.push({ ...row, before: null });
    }
  }
  return [...unified, ...added];
}

/** Rows that stand together, shown or folded away. */
export interface IStretch {
  readonly folded: boolean;
  readonly rows: readonly ICodeRow[];
}

/** Fold long stretches of what is the same, all but a few rows beside each change. */
export function foldRows(rows: readonly ICodeRow[]): readonly IStretch[] {
  const changes = rows.flatMap((row, index) => (row.kind === 'changed' ? [index] : []));
  const ends = [...changes, Number.POSITIVE_INFINITY];
  const stretches: IStretch[] = [];
  let shownFrom = 0;
  let previous = Number.NEGATIVE_INFINITY;
  for (const next of ends) {
    const from = Math.max(previous + CONTEXT + 1, 0);
    const to = Math.min(next - CONTEXT, rows.length);
    if (to - from > SHORTEST_FOLD) {
      stretches.push({ folded: false, rows: rows.slice(shownFrom, from) });
      stretches.push({ folded: true, rows: rows.slice(from, to) });
      shownFrom = to;
    }
    previous = next;
  }
  stretches.push({ folded: false, rows: rows.slice(shownFrom) });
  return stretches.filter(stretch => stretch.rows.length);
}

/** What differs between two lines, less the ends that they share; null where they share too little to be versions of one line. */
export function changedSpans(before: string, after: string): { before: ISpan; after: ISpan } | null {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before[start] === after[start]) {
    start++;
  }
  let tail = 0;
  while (tail < shortest - start && before.at(-1 - tail) === after.at(-1 - tail)) {
    tail++;
  }
  const shared = before.slice(0, start).trim().length + before.slice(before.length - tail).trim().length;
  const isOneLine = shared * 3 >= Math.max(before.trim().length, after.trim().length);
  return isOneLine
    ? { before: { start, end: before.length - tail }, after: { start, end: after.length - tail } }
    : null;
}
