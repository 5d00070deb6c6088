import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { MlpipeError } from '../../src/api/errors';
import type { Analysis, AnalysisRequest, CodeCell, RunDetail, RunEvents } from '../../src/api/types';
import { PipelineModel } from '../../src/pipelines/model';
import type { INotebookSource } from '../../src/pipelines/notebook_source';
import type { IRunNews } from '../../src/tokens';
import { analysis, cell, detail, event, stage } from '../samples';

class Source implements INotebookSource {
  path = 'flights.ipynb';
  isPython = true;
  kernel = 'python3';
  activeCell: string | null = null;
  cells: CodeCell[] = [cell('fit-cell', '%%stage fit\nmodel = 1')];
  edited = new Signal<this, void>(this);
  activeCellChanged = new Signal<this, void>(this);
  executed = new Signal<this, void>(this);
  isDisposed = false;
  save = vi.fn(() => Promise.resolve());
  goToCell = vi.fn();
  dispose(): void {
    this.isDisposed = true;
  }
  type(id: string, source: string): void {
    this.cells = this.cells.map(old => (old.id === id ? { ...old, source } : old));
    this.edited.emit();
  }
}

/** A server whose answers wait until the test gives them. */
class Server {
  asked: { request: AnalysisRequest; answer: (answer: Analysis) => void; refuse: (error: Error) => void }[] = [];
  events: RunEvents[] = [];
  detail: RunDetail = detail('r1');
  startRun = vi.fn(() => Promise.resolve({ run: 'r1' }));
  cancelRun = vi.fn(() => Promise.resolve({ run: 'r1', asked: true }));
  analyseNotebook = (request: AnalysisRequest): Promise<Analysis> =>
    new Promise((answer, refuse) => this.asked.push({ request, answer, refuse }));
  followRun = (run: string, query: { after?: number }): Promise<RunEvents> =>
    Promise.resolve(
      this.events.shift() ?? { run, status: this.detail.run.status, events: [], last: query.after ?? 0, more: false }
    );
  runOutputs = vi.fn((run: string) => Promise.resolve({ run, status: 'running' as const, cells: [], last: 7 }));
  showRun = (): Promise<RunDetail> => Promise.resolve(this.detail);

  async answer(answer: Analysis): Promise<void> {
    this.asked.shift()?.answer(answer);
    await settle();
  }
}

const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

let source: Source;
let server: Server;
let news: Signal<object, IRunNews>;
let model: PipelineModel;

beforeEach(() => {
  vi.useFakeTimers();
  source = new Source();
  server = new Server();
  news = new Signal<object, IRunNews>({});
  model = new PipelineModel({ source, client: server, news });
});

afterEach(() => {
  model.dispose();
  vi.useRealTimers();
});

async function analysed(answer: Analysis = analysis([stage('load'), stage('fit')])): Promise<void> {
  await settle(200);
  await server.answer(answer);
}

describe('the analysis', () => {
  it('is asked with the cells as they are in the editor once nobody types', async () => {
    await settle(100);
    source.type('fit-cell', '%%stage fit\nmodel = 2');
    await settle(100);
    expect(server.asked).toHaveLength(0);
    await settle(60);
    expect(server.asked.map(({ request }) => request.cells[0]?.source)).toEqual(['%%stage fit\nmodel = 2']);
  });

  it('is not asked again where no code changed', async () => {
    await analysed();
    source.edited.emit();
    await settle(200);
    expect(server.asked).toHaveLength(0);
  });

  it('waits for the answer on its way, so that an older one never comes last', async () => {
    await settle(200);
    source.type('fit-cell', '%%stage fit\nmodel = 2');
    await settle(200);
    source.type('fit-cell', '%%stage fit\nmodel = 3');
    await settle(200);
    expect(server.asked).toHaveLength(1);
    await server.answer(analysis([stage('old')]));
    expect(model.stages[0]?.name).toBe('old');
    expect(server.asked.map(({ request }) => request.cells[0]?.source)).toEqual(['%%stage fit\nmodel = 3']);
    await server.answer(analysis([stage('new')]));
    expect(model.stages[0]?.name).toBe('new');
    expect(server.asked).toHaveLength(0);
  });

  it('stays while the notebook is broken, and says what is wrong and where', async () => {
    await analysed();
    source.type('fit-cell', '%%stage fit\nmodel =');
    await settle(200);
    const error = { code: 'MP110', message: 'no Python', hint: 'correct the cell', details: {} };
    await server.answer(analysis([], { error, error_cell: 'fit-cell' }));
    expect(model.stages.map(({ name }) => name)).toEqual(['load', 'fit']);
    expect(model.error?.code).toBe('MP110');
    expect(model.errorCell).toBe('fit-cell');
    source.type('fit-cell', '%%stage fit\nmodel = 4');
    await settle(200);
    await server.answer(analysis([stage('fit')]));
    expect(model.error).toBeNull();
    expect(model.errorCell).toBeNull();
  });

  it('keeps what it knows where the server does not answer, and asks the same again', async () => {
    await analysed();
    void model.refresh();
    await settle();
    server.asked.shift()?.refuse(new MlpipeError({ code: 'unreachable', message: 'gone', hint: '', details: {} }));
    await settle();
    expect(model.error?.code).toBe('unreachable');
    expect(model.stages).toHaveLength(2);
    source.edited.emit();
    await settle(200);
    expect(server.asked).toHaveLength(1);
  });

  it('is asked again once the kernel has executed something, for results may be stored now', async () => {
    await analysed();
    source.executed.emit();
    source.executed.emit();
    await settle(200);
    expect(server.asked).toHaveLength(1);
  });

  it('is not asked of a notebook that has no line for us', async () => {
    source.type('fit-cell', 'model = 1');
    await settle(200);
    expect(server.asked).toHaveLength(0);
    expect(model.isPipeline).toBe(false);
    expect(model.analysis).toBeNull();
  });
});

describe('a run', () => {
  it('is started from the notebook as it was just saved', async () => {
    await analysed();
    const started = model.run({ mode: 'upto', stage: 'fit' });
    expect(model.activeRun?.status).toBe('starting');
    await started;
    expect(source.save).toHaveBeenCalledOnce();
    expect(server.startRun).toHaveBeenCalledWith({ path: 'flights.ipynb', mode: 'upto', stage: 'fit' });
    expect(model.activeRun).toMatchObject({ run: 'r1', status: 'running' });
  });

  it('is not started twice', async () => {
    await Promise.all([model.run(), model.run()]);
    expect(server.startRun).toHaveBeenCalledOnce();
  });

  it('shows no run where it could not be started', async () => {
    server.startRun.mockRejectedValueOnce(new MlpipeError({ code: 'MP1', message: 'no', hint: '', details: {} }));
    await expect(model.run()).rejects.toThrow('no');
    expect(model.activeRun).toBeNull();
  });

  it('is shown by its stages as its events come', async () => {
    await analysed(analysis([stage('load'), stage('fit', { state: 'queued' }), stage('cell-3', { implicit: true })]));
    const batch = (events: RunEvents['events']): RunEvents => ({
      run: 'r1',
      status: 'running',
      events,
      last: events.at(-1)?.id ?? 0,
      more: false
    });
    server.events.push(
      batch([
        event(1, 'run_started'),
        event(2, 'stage_finished', { stage: 'load', status: 'hit' }),
        event(3, 'stage_started', { stage: 'fit' }),
        event(4, 'stage_finished', { stage: 'cell-3', status: 'done' })
      ])
    );
    await model.run();
    await settle(1);
    expect(model.stages.map(({ state }) => state)).toEqual(['restored', 'running', 'cached']);
    expect(model.stage('fit')?.started).toBe(3);
    expect(model.activeRun).toMatchObject({ settled: 1, total: 2 });

    server.events.push(batch([event(5, 'stage_finished', { stage: 'fit', status: 'failed', text: 'it broke' })]));
    news.emit({ workspace: 'w', notebook: 'flights.ipynb', run: 'r1', status: 'running', last: 5 });
    await settle(1);
    expect(model.stage('fit')).toMatchObject({ state: 'failed', reason: 'it broke', last_run: 'r1' });
  });

  it('is analysed anew when it ends, and its states stay until then', async () => {
    await analysed(analysis([stage('fit', { state: 'stale' })]));
    const ended = vi.fn();
    model.runEnded.connect((_, { detail, mine }) => ended(detail.run.status, mine));
    server.events.push({
      run: 'r1',
      status: 'done',
      events: [event(1, 'stage_finished', { stage: 'fit', status: 'done' })],
      last: 1,
      more: false
    });
    server.detail = detail('r1', { status: 'done' });
    await model.run();
    await settle(1);
    expect(model.activeRun).toBeNull();
    expect(model.stage('fit')?.state).toBe('cached');
    await server.answer(analysis([stage('fit', { state: 'queued' })])); // was asked before the end
    expect(model.stage('fit')?.state).toBe('cached');
    await server.answer(analysis([stage('fit', { state: 'cached' })]));
    expect(model.stage('fit')?.state).toBe('cached');
    expect(ended).toHaveBeenCalledExactlyOnceWith('done', true);
    expect(model.followedRun).toBeNull();
  });

  it('that was started elsewhere is joined where it stands', async () => {
    await analysed();
    server.detail = { ...detail('r9', { door: 'cli', started: 100 }), stages: [{ name: 'load' } as never] };
    const joined = vi.fn();
    model.runFollowed.connect((_, followed) => joined(followed.run, followed.door, followed.mine));
    news.emit({ workspace: 'w', notebook: 'flights.ipynb', run: 'r9', status: 'running', last: 5 });
    news.emit({ workspace: 'w', notebook: 'flights.ipynb', run: 'r9', status: 'running', last: 6 });
    await settle(1);
    expect(joined).toHaveBeenCalledExactlyOnceWith('r9', 'cli', false);
    expect(model.activeRun).toMatchObject({ run: 'r9', started: 100, settled: 1 });
  });

  it('of another notebook is left alone', async () => {
    news.emit({ workspace: 'w', notebook: 'other.ipynb', run: 'r9', status: 'running', last: 5 });
    await settle(1);
    expect(model.activeRun).toBeNull();
  });

  it('is cancelled once', async () => {
    await model.run();
    await Promise.all([model.cancelRun(), model.cancelRun()]);
    expect(server.cancelRun).toHaveBeenCalledExactlyOnceWith('r1', { path: 'flights.ipynb' });
    expect(model.activeRun?.status).toBe('cancelling');
  });
});

it('says which stage the active cell belongs to, and goes to a stage by its first cell', async () => {
  await analysed();
  const changed = vi.fn();
  model.changed.connect(changed);
  source.activeCell = 'load-cell';
  source.activeCellChanged.emit();
  source.activeCellChanged.emit();
  expect(model.activeStage).toBe('load');
  expect(changed).toHaveBeenCalledOnce();
  model.goToStage('fit');
  expect(source.goToCell).toHaveBeenCalledWith('fit-cell');
});
