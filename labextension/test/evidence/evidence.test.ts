import { describe, expect, it } from 'vitest';

import { type Evidence, evidenceNumber, evidenceOf, MOST_ROWS } from '../../src/evidence/evidence';

/** Evidence as plain texts, to compare. */
function plain(evidence: Evidence | null): unknown {
  switch (evidence?.kind) {
    case 'text':
      return evidence.text;
    case 'pairs':
      return Object.fromEntries(evidence.pairs.map(([name, value]) => [name, plain(value)]));
    case 'table':
      return [evidence.columns, ...evidence.rows.map(row => row.map(plain))];
    default:
      return null;
  }
}

const shown = (value: unknown): unknown => plain(evidenceOf(value, 'en'));

it.each([
  [0.8137246, '0.8137'],
  [336776, '336,776'],
  [12345.678, '12,346'],
  [1.2345e-7, '1.23e-7'],
  [-0.5, '-0.5'],
  [0, '0']
])('%d is said as %s', (value, text) => {
  expect(evidenceNumber(value, 'en')).toBe(text);
});

describe('evidence', () => {
  it('is a table where it is a list of objects, with every field that any of them has', () => {
    const groups = [
      { sex: 'female', n: 310, tpr: 0.51234 },
      { sex: 'male', n: 690, fpr: null }
    ];
    expect(shown({ groups })).toEqual({
      groups: [
        ['sex', 'n', 'tpr', 'fpr'],
        ['female', '310', '0.5123', ''],
        ['male', '690', '', '']
      ]
    });
  });

  it('is a table by group where objects of one shape stand by name', () => {
    expect(shown({ female: { n: 3, rate: 0.25 }, male: { n: 4, rate: 0.5 } })).toEqual([
      ['', 'n', 'rate'],
      ['female', '3', '0.25'],
      ['male', '4', '0.5']
    ]);
  });

  it('is a table where columns and rows stand apart, as of a sample of a frame', () => {
    const sample = { columns: ['delay', 'carrier'], data: [[-1.5, 'UA']] };
    expect(shown(sample)).toEqual([
      ['delay', 'carrier'],
      ['-1.5', 'UA']
    ]);
  });

  it('shows an estimate with its interval in one piece', () => {
    expect(shown({ value: 0.7131, low: 0.70123, high: 0.72511 })).toBe('0.7131 (0.7012 – 0.7251)');
    const estimate = { confidence: 0.95, high: 0.3, low: 0.1, measure: 'auc', unit: null, value: 0.2 };
    expect(shown([estimate])).toEqual({ confidence: '0.95', measure: 'auc', value: '0.2 (0.1 – 0.3)' });
    expect(shown([estimate, estimate])).toEqual([
      ['measure', 'value', 'confidence'],
      ['auc', '0.2 (0.1 – 0.3)', '0.95'],
      ['auc', '0.2 (0.1 – 0.3)', '0.95']
    ]);
    expect(shown({ value: 2, low: 1, high: 3, unit: 'ms' })).toBe('2 ms (1 – 3)');
  });

  it('is ordered for a reader, since JSON from the ledger has its fields by the alphabet', () => {
    const failure = { bad: 40, check: 'greater than 0', column: 'distance', severity: 'stop' };
    const failures = [failure, failure];
    expect(evidenceOf({ failures, rows: 9 })).toMatchObject({
      pairs: [
        ['rows', {}],
        ['failures', {}]
      ]
    });
    expect(shown(failures)).toEqual([
      ['check', 'column', 'severity', 'bad'],
      ['greater than 0', 'distance', 'stop', '40'],
      ['greater than 0', 'distance', 'stop', '40']
    ]);
  });

  it('shortens digests, and nothing else', () => {
    expect(shown(`b3:${'0123456789abcdef'.repeat(4)}`)).toBe('0123456789ab…');
    expect(shown('a sentence that is longer than forty characters, all in all')).toContain('all in all');
  });

  it('leaves out what says nothing, and is null where nothing is left', () => {
    expect(shown({ a: null, b: {}, c: [], d: '', e: false })).toEqual({ e: '✗' });
    expect(evidenceOf({})).toBeNull();
    expect(evidenceOf({ a: null })).toBeNull();
    expect(evidenceOf([])).toBeNull();
    expect(evidenceOf(undefined)).toBeNull();
  });

  it('says how much of a long table is left out', () => {
    const table = evidenceOf(Array.from({ length: MOST_ROWS + 7 }, (_, n) => ({ n })));
    expect(table).toMatchObject({ kind: 'table', left: 7 });
  });

  it('ends with JSON where it is very deep, and takes words as they are', () => {
    expect(shown({ a: { b: { c: { d: { e: 1 } } } } })).toEqual({ a: { b: { c: { d: '{"e":1}' } } } });
    expect(shown(['<script>', 1, true])).toBe('<script>, 1, ✓');
    expect(shown([[1, 2], ['x']])).toEqual([[], ['1', '2'], ['x']]);
  });
});
