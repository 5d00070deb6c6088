import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { MlpipeError } from '../../src/api/errors';
import type { RunEvents } from '../../src/api/types';
import { RunFollower } from '../../src/pipelines/run_follower';
import type { IRunNews } from '../../src/tokens';
import { event } from '../samples';

const batch = (last: number, about: Partial<RunEvents> = {}): RunEvents => ({
  run: 'r1',
  status: 'running',
  events: [event(last, 'notice')],
  last,
  more: false,
  ...about
});

const fresh = (last: number, about: Partial<IRunNews> = {}): IRunNews => ({
  workspace: 'w',
  notebook: 'n.ipynb',
  run: 'r1',
  status: 'running',
  last,
  ...about
});

let news: Signal<object, IRunNews>;
let followRun: ReturnType<typeof vi.fn>;
let follower: RunFollower;
let seen: number[];

const settle = (ms = 1): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

beforeEach(async () => {
  vi.useFakeTimers();
  news = new Signal<object, IRunNews>({});
  followRun = vi.fn(() => Promise.resolve(batch(3)));
  follower = new RunFollower({ client: { followRun } as never, news, run: 'r1', path: () => 'n.ipynb', after: 2 });
  seen = [];
  follower.batches.connect((_, { last }) => void seen.push(last));
  await settle();
});

afterEach(() => {
  follower.dispose();
  vi.useRealTimers();
});

it('asks at once for what came after the last event that is known', () => {
  expect(followRun).toHaveBeenCalledExactlyOnceWith('r1', { path: 'n.ipynb', after: 2 });
  expect(seen).toEqual([3]);
});

it('asks again on news, but not on old news or on that of other runs', async () => {
  news.emit(fresh(3));
  news.emit(fresh(9, { run: 'r2' }));
  await settle();
  expect(followRun).toHaveBeenCalledOnce();
  followRun.mockResolvedValueOnce(batch(5));
  news.emit(fresh(5));
  await settle();
  expect(followRun).toHaveBeenLastCalledWith('r1', { path: 'n.ipynb', after: 3 });
});

it('reads on while there is more', async () => {
  followRun.mockResolvedValueOnce(batch(4, { more: true })).mockResolvedValueOnce(batch(5));
  news.emit(fresh(5));
  await settle();
  expect(seen).toEqual([3, 4, 5]);
});

it('asks once more where news comes while an answer is on its way', async () => {
  let answer: (reply: RunEvents) => void = () => undefined;
  followRun.mockImplementationOnce(() => new Promise(resolve => (answer = resolve))).mockResolvedValueOnce(batch(6));
  news.emit(fresh(4));
  await settle();
  news.emit(fresh(6));
  await settle();
  expect(followRun).toHaveBeenCalledTimes(2);
  answer(batch(4));
  await settle();
  expect(seen).toEqual([3, 4, 6]);
});

it('asks now and then without news, and after a failure', async () => {
  followRun.mockRejectedValueOnce(new Error('gone for a moment'));
  await settle(10_500);
  await settle(30_000);
  expect(followRun.mock.calls.length).toBeGreaterThanOrEqual(3);
});

it.each([
  ['the run has ended', () => Promise.resolve(batch(4, { status: 'failed' })), 'failed'],
  [
    'nobody knows it any more',
    () => Promise.reject(new MlpipeError({ code: 'MP404', message: 'no run', hint: '', details: {} }, 404)),
    'interrupted'
  ]
])('ends where %s', async (_, reply, status) => {
  followRun.mockImplementationOnce(reply);
  news.emit(fresh(4, { status: 'done' }));
  await settle();
  expect(await follower.ended).toBe(status);
  expect(follower.isDisposed).toBe(true);
  followRun.mockClear();
  news.emit(fresh(9));
  await settle(60_000);
  expect(followRun).not.toHaveBeenCalled();
});
