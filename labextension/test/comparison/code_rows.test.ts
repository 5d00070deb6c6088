import { describe, expect, it } from 'vitest';

import type { DiffLine } from '../../src/api/types';
import { changedSpans, foldRows, isSameCode, pairLines, stageLines, unifyRows } from '../../src/comparison/code_rows';
import { diff, stageDiff } from './samples';

/** Rows in one string each: `1 left | 1 right`. */
function drawn(rows: ReturnType<typeof pairLines>): string[] {
  const side = (line: { number: number; text: string } | null) => (line ? `${line.number} ${line.text}` : '');
  return rows.map(row => `${side(row.before)} | ${side(row.after)}`);
}

function same(count: number): DiffLine[] {
  return diff(...Array.from({ length: count }, (_, index) => ` line ${index}`));
}

/** How many rows each stretch has, those that are folded in brackets. */
function folds(lines: readonly DiffLine[]): string {
  return foldRows(pairLines(lines))
    .map(({ folded, rows }) => (folded ? `[${rows.length}]` : `${rows.length}`))
    .join(' ');
}

describe('code side by side', () => {
  it('has what was removed on the left and what was added on the right', () => {
    const rows = pairLines(diff(' a', '-b', '-c', '+B', ' d', '+e'));
    expect(drawn(rows)).toEqual(['1 a | 1 a', '2 b | 2 B', '3 c | ', '4 d | 3 d', ' | 4 e']);
    expect(rows.map(row => row.kind)).toEqual(['same', 'changed', 'changed', 'same', 'changed']);
  });

  it('takes additions at the start and the end', () => {
    expect(drawn(pairLines(diff('+a', ' b', '-c')))).toEqual([' | 1 a', '1 b | 2 b', '2 c | ']);
  });

  it('marks what differs within a line', () => {
    const [row] = pairLines(diff('-rate = 0.1', '+rate = 0.25'));
    expect(row?.before?.changed).toEqual({ start: 9, end: 10 });
    expect(row?.after?.changed).toEqual({ start: 9, end: 11 });
  });

  it('marks nothing within lines that have little in common', () => {
    expect(changedSpans('import pandas', 'total = sum(x)')).toBeNull();
    expect(changedSpans('    a = 1', '    return b')).toBeNull();
  });

  it('marks an insertion as empty on the other side', () => {
    expect(changedSpans('f(a)', 'f(a, b)')).toEqual({ before: { start: 3, end: 3 }, after: { start: 3, end: 6 } });
    expect(changedSpans('aa', 'aaa')).toEqual({ before: { start: 2, end: 2 }, after: { start: 2, end: 3 } });
  });

  it('goes one below the other, removals of a change first', () => {
    const rows = pairLines(diff(' a', '-b', '-c', '+B', '+C', ' d', '+e'));
    expect(drawn(unifyRows(rows))).toEqual([
      '1 a | 1 a',
      '2 b | ',
      '3 c | ',
      ' | 2 B',
      ' | 3 C',
      '4 d | 4 d',
      ' | 5 e'
    ]);
  });

  it('leaves out the empty line after the last cell', () => {
    expect(stageLines(stageDiff('load', { source: diff(' a', ' ', '+b', '+') }))).toEqual(diff(' a', ' ', '+b'));
    expect(stageLines(stageDiff('load', { source: diff(' a') }))).toEqual(diff(' a'));
  });

  it('is the same where no line differs', () => {
    expect(isSameCode(same(3))).toBe(true);
    expect(isSameCode(diff(' a', '+b'))).toBe(false);
  });
});

describe('folding', () => {
  it('leaves three lines around each change', () => {
    expect(folds([...same(10), ...diff('-a', '+b'), ...same(10)])).toBe('[7] 7 [7]');
    expect(folds([...diff('+a'), ...same(12), ...diff('+b')])).toBe('4 [6] 4');
  });

  it('leaves short stretches as they are', () => {
    expect(folds([...diff('+a'), ...same(9), ...diff('+b')])).toBe('11');
    expect(folds([...diff('+a'), ...same(10), ...diff('+b')])).toBe('4 [4] 4');
    expect(folds([...same(6), ...diff('+a')])).toBe('7');
  });

  it('folds all where nothing changed, and nothing where there is nothing', () => {
    expect(folds(same(8))).toBe('[8]');
    expect(folds([])).toBe('');
  });
});
