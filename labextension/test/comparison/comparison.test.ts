import { PromiseDelegate } from '@lumino/coreutils';
import { expect, it } from 'vitest';

import type { RunComparison } from '../../src/api/types';
import { Comparison, comparedRuns } from '../../src/comparison/comparison';
import { run } from '../samples';

const RUNS = { path: 'flights.ipynb', run: '1', other: '2' };

/** A server that answers when the test says so. */
function server() {
  const asked: { runs: string[]; reply: PromiseDelegate<RunComparison> }[] = [];
  return {
    asked,
    compareRuns: (before: string, after: string) => {
      const reply = new PromiseDelegate<RunComparison>();
      asked.push({ runs: [before, after], reply });
      return reply.promise;
    },
    answer(index: number): void {
      const [before = '', after = ''] = asked[index]?.runs ?? [];
      asked[index]?.reply.resolve({
        before: run(before),
        after: run(after),
        parameters: [],
        environment: [],
        stages: []
      });
    }
  };
}

it('puts the earlier run first', () => {
  expect(comparedRuns({ ...RUNS, run: '2', other: '1' })).toEqual(RUNS);
  expect(comparedRuns(RUNS)).toEqual(RUNS);
});

it('takes two runs, no fewer', () => {
  expect(comparedRuns({ path: 'flights.ipynb', run: '1' })).toBeNull();
  expect(comparedRuns({})).toBeNull();
});

it('loads, and looks from the other run on request', async () => {
  const client = server();
  const comparison = new Comparison(RUNS, client);
  const loaded = comparison.refresh();
  expect(comparison.isLoading).toBe(true);
  client.answer(0);
  await loaded;
  expect(comparison.isLoading).toBe(false);
  expect(comparison.found?.before.run).toBe('1');
  const swapped = comparison.swap();
  expect(comparison.found?.before.run).toBe('1');
  client.answer(1);
  await swapped;
  expect(comparison.found?.before.run).toBe('2');
});

it('takes only the answer that it asked for last', async () => {
  const client = server();
  const comparison = new Comparison(RUNS, client);
  const first = comparison.refresh();
  const second = comparison.swap();
  client.answer(1);
  await second;
  client.answer(0);
  await first;
  expect(comparison.found?.before.run).toBe('2');
});

it('keeps what it has when something goes wrong', async () => {
  const client = server();
  const comparison = new Comparison(RUNS, client);
  const loaded = comparison.refresh();
  client.answer(0);
  await loaded;
  const refreshed = comparison.refresh();
  client.asked[1]?.reply.reject(new Error('no such run'));
  await refreshed;
  expect(comparison.error?.message).toBe('no such run');
  expect(comparison.found).not.toBeNull();
});
