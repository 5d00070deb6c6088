import { describe, expect, it } from 'vitest';

import { formatDifference, formatDuration, formatNumber, formatSize, formatValue, formatWhen } from '../src/format';

describe('formatDuration', () => {
  it.each([
    [null, ''],
    [0, '0.0 s'],
    [0.42, '0.4 s'],
    [9.94, '9.9 s'],
    [9.95, '10 s'],
    [12.2, '12 s'],
    [59.6, '1 min'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [7500, '2 h 5 min']
  ])('%s seconds are “%s”', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

describe('formatSize', () => {
  it.each([
    [undefined, ''],
    [512, '512 B'],
    [1200, '1.2 kB'],
    [99_600, '100 kB'],
    [1_234_567, '1.2 MB'],
    [3.2e12, '3.2 TB']
  ])('%s bytes are “%s”', (bytes, text) => expect(formatSize(bytes)).toBe(text));
});

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [0.813_749, '0.81375'],
    [3, '3'],
    [12_408, '12,408'],
    [1.2e-7, '1.2e-7'],
    [-0.5, '-0.5']
  ])('%s is “%s”', (value, text) => expect(formatNumber(value, 'en')).toBe(text));
});

it('says a difference with its sign', () => {
  expect(formatDifference(0.8, 0.812, 'en')).toBe('+0.012');
  expect(formatDifference(5, 2, 'en')).toBe('−3');
  expect(formatDifference(5, 5, 'en')).toBe('±0');
});

it('cuts long values', () => {
  expect(formatValue('2013-01')).toBe('2013-01');
  expect(formatValue([1, 2])).toBe('[1,2]');
  expect(formatValue('a'.repeat(40), 8)).toBe('aaaaaaa…');
});

describe('formatWhen', () => {
  const now = 1_700_000_000;
  it.each([
    [-5, 'now'],
    [20, 'now'],
    [59, 'now'],
    [60, '1 minute ago'],
    [3599, '59 minutes ago'],
    [7200, '2 hours ago'],
    [86_400, 'yesterday'],
    [8 * 86_400, 'Nov 6, 2023']
  ])('%s seconds ago is “%s”', (ago, text) => expect(formatWhen(now - ago, now, 'en')).toBe(text));
});
