import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { CellOutputs, RunEvents, RunInfo, RunStatus } from '../../src/api/types';
import type { ICellChange } from '../../src/outputs/pending_outputs';
import { type IOutputsTarget, RunOutputsWriter } from '../../src/outputs/run_outputs';
import type { FollowedRun } from '../../src/pipelines/followed_run';
import { event, run } from '../samples';

class Target implements IOutputsTarget {
  isWriter: boolean | null = true;
  shownRun: string | null = null;
  lastSaved = 100;
  isDirty = false;
  applied: { changes: readonly ICellChange[]; trusted: boolean }[] = [];
  save = vi.fn(() => Promise.resolve());
  announce = vi.fn();
  writes(): boolean | null {
    return this.isWriter;
  }
  apply(changes: readonly ICellChange[], trusted: boolean): void {
    this.applied.push({ changes, trusted });
  }
}

class Followed {
  run = 'r1';
  door = 'lab';
  mine = true;
  before: FollowedRun['before'] = null;
  end = new PromiseDelegate<RunStatus>();
  follower = { batches: new Signal<object, RunEvents>(this), ended: this.end.promise };
  emit(events: RunEvents['events'], status: RunStatus = 'running'): void {
    this.follower.batches.emit({ run: this.run, status, events, last: events.at(-1)?.id ?? 0, more: false });
  }
  begin(model: { runFollowed: Signal<object, FollowedRun> }): void {
    model.runFollowed.emit(this as unknown as FollowedRun);
  }
}

const shown = (cell: string, about: Partial<CellOutputs> = {}): CellOutputs => ({
  cell,
  stage: 's',
  status: 'done',
  outputs: [],
  ...about
});

let target: Target;
let frames: (() => void)[];
let runs: RunInfo[];
let all: CellOutputs[];
let runOutputs: ReturnType<typeof vi.fn>;
let writer: RunOutputsWriter;
const model = { path: 'n.ipynb', activeRun: null, runFollowed: new Signal<object, FollowedRun>({}) };

beforeEach(() => {
  Signal.clearData(model);
  model.runFollowed = new Signal<object, FollowedRun>({});
  target = new Target();
  frames = [];
  runs = [];
  all = [];
  runOutputs = vi.fn((id: string) => Promise.resolve({ run: id, status: 'done', cells: all, last: 99 }));
  const client = {
    runOutputs,
    listRuns: () => Promise.resolve({ workspace: 'w', runs, pipelines: [], more: false })
  };
  writer = new RunOutputsWriter({
    model,
    target,
    client,
    nextFrame: (callback: () => void) => frames.push(callback)
  } as never);
});

const settle = (): Promise<void> => new Promise(resolve => setTimeout(resolve));
const drawFrame = (): void => frames.splice(0).forEach(frame => void frame());

describe('while a run goes on', () => {
  it('what comes between two frames is written at once', () => {
    const followed = new Followed();
    followed.begin(model);
    followed.emit([event(1, 'cell_started', { cell: 'a' })]);
    followed.emit([event(2, 'cell_started', { cell: 'b' })]);
    expect(target.applied).toEqual([]);
    drawFrame();
    expect(target.applied).toHaveLength(1);
    expect(target.applied[0]?.changes.map(({ cell }) => cell)).toEqual(['a', 'b']);
    expect(target.applied[0]?.trusted).toBe(true);
  });

  it('a restored stage is asked for its outputs', async () => {
    const followed = new Followed();
    followed.begin(model);
    all = [shown('a', { status: 'hit' }), shown('b', { stage: 'other' })];
    followed.emit([event(4, 'stage_finished', { stage: 's', status: 'hit' })]);
    await settle();
    drawFrame();
    expect(runOutputs).toHaveBeenCalledExactlyOnceWith('r1', { path: 'n.ipynb', stage: 's' });
    expect(target.applied[0]?.changes.map(({ cell }) => cell)).toEqual(['a']);
  });

  it('one question serves several restored stages', async () => {
    const followed = new Followed();
    followed.begin(model);
    followed.emit([
      event(4, 'stage_finished', { stage: 's', status: 'hit' }),
      event(5, 'stage_finished', { stage: 't', status: 'hit' })
    ]);
    await settle();
    expect(runOutputs).toHaveBeenCalledExactlyOnceWith('r1', { path: 'n.ipynb' });
  });

  it('only one of several clients writes', () => {
    target.isWriter = false;
    const followed = new Followed();
    followed.begin(model);
    followed.emit([event(1, 'cell_started', { cell: 'a' })]);
    drawFrame();
    expect(target.applied).toEqual([]);
  });

  it('nothing is written before it is known who writes, and nothing is lost', async () => {
    vi.useFakeTimers();
    target.isWriter = null;
    const followed = new Followed();
    followed.mine = false;
    followed.begin(model);
    followed.emit([event(1, 'cell_started', { cell: 'a' })]);
    drawFrame();
    expect(target.applied).toEqual([]);
    target.isWriter = true;
    await vi.advanceTimersByTimeAsync(1000);
    drawFrame();
    vi.useRealTimers();
    expect(target.applied[0]?.changes).toMatchObject([{ cell: 'a', running: true }]);
  });

  it('who started a run tells the others', () => {
    new Followed().begin(model);
    expect(target.announce).toHaveBeenCalledExactlyOnceWith('r1');
  });

  it('a run from elsewhere changes nothing', () => {
    const followed = new Followed();
    followed.door = 'cli';
    followed.begin(model);
    followed.emit([event(1, 'cell_started', { cell: 'a' })]);
    expect(frames).toEqual([]);
  });

  it('a run that is joined shows first what was put out before, and is not trusted for that', () => {
    const followed = new Followed();
    followed.mine = false;
    followed.before = { run: 'r1', status: 'running', cells: [shown('a', { status: 'running' })], last: 3 };
    followed.begin(model);
    drawFrame();
    expect(target.applied[0]).toMatchObject({ trusted: false, changes: [{ cell: 'a', running: true }] });
  });
});

describe('when a run has ended', () => {
  const ended = async (): Promise<void> => {
    const followed = new Followed();
    followed.begin(model);
    followed.emit([event(1, 'cell_started', { cell: 'a' })]);
    drawFrame();
    all = [shown('b', { outputs: [{ output_type: 'stream', name: 'stdout', text: 'x' }] })];
    followed.end.resolve('failed');
    await settle();
  };

  it('the notebook shows all of it, notes that, and is saved', async () => {
    await ended();
    expect(target.applied[1]?.changes).toMatchObject([
      { cell: 'b', replaces: true },
      { cell: 'a', running: false }
    ]);
    expect(target.shownRun).toBe('r1');
    expect(target.save).toHaveBeenCalledOnce();
  });

  it('a notebook with unsaved edits is not saved', async () => {
    target.isDirty = true;
    await ended();
    expect(target.shownRun).toBe('r1');
    expect(target.save).not.toHaveBeenCalled();
  });
});

describe('a notebook that is opened', () => {
  beforeEach(() => {
    all = [shown('a')];
  });

  it('gets what the newest run from Lab put out while it was closed', async () => {
    runs = [run('cli', { door: 'cli', status: 'done', ended: 300 }), run('r2', { status: 'done', ended: 200 })];
    await writer.catchUp();
    expect(runOutputs).toHaveBeenCalledExactlyOnceWith('r2', { path: 'n.ipynb' });
    expect(target.applied[0]?.trusted).toBe(false);
    expect(target.shownRun).toBe('r2');
  });

  it.each([
    ['it shows that run', { shownRun: 'r2' }],
    ['it was saved since', { lastSaved: 250 }]
  ])('stays as it is where %s', async (_, about) => {
    Object.assign(target, about);
    runs = [run('r2', { status: 'failed', ended: 200 })];
    await writer.catchUp();
    expect(runOutputs).not.toHaveBeenCalled();
  });

  it('stays as it is where the run is still going on: following it brings its outputs', async () => {
    runs = [run('r2')];
    await writer.catchUp();
    expect(runOutputs).not.toHaveBeenCalled();
  });
});
