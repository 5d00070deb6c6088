import { describe, expect, it, vi } from 'vitest';

import type { Query, RunInfo, RunList } from '../../src/api/types';
import { RunHistory } from '../../src/runs/history';
import { run } from '../samples';

/** A server that knows runs, newest first, and gives two a page. */
class Server {
  runs: RunInfo[] = [];
  readonly asked: Query<'list_runs'>[] = [];

  listRuns = vi.fn(async (query: Query<'list_runs'>): Promise<RunList> => {
    this.asked.push(query);
    const { before, status } = query;
    const found = this.runs.filter(run => (!before || run.run < before) && (!status || run.status === status));
    return { workspace: 'work', runs: found.slice(0, 2), pipelines: ['flights'], more: found.length > 2 };
  });

  cancelRun = vi.fn(async (name: string) => {
    this.runs = this.runs.map(run => (run.run === name ? { ...run, status: 'cancelled' } : run));
    return { run: name, asked: true };
  });
}

async function opened(...names: string[]) {
  const server = new Server();
  server.runs = names.map(name => run(name, { status: 'done' }));
  const history = new RunHistory(server);
  history.lookAt('flights.ipynb', 'flights.ipynb');
  history.isActive = true;
  await settled();
  return { server, history, shown: () => history.runs.map(run => run.run) };
}

const settled = () => new Promise(resolve => setTimeout(resolve));
const news = (name: string, status: RunInfo['status']) => ({
  workspace: 'work',
  notebook: null,
  run: name,
  status,
  last: 1
});

describe('RunHistory', () => {
  it('asks for nothing until somebody looks', async () => {
    const server = new Server();
    const history = new RunHistory(server);
    history.lookAt('flights.ipynb', null);
    history.hear(news('r1', 'running'));
    expect(server.listRuns).not.toHaveBeenCalled();
    history.isActive = true;
    await settled();
    expect(history.isLoaded).toBe(true);
  });

  it('loads page after page', async () => {
    const { history, shown } = await opened('r5', 'r4', 'r3', 'r2', 'r1');
    expect([shown(), history.more]).toEqual([['r5', 'r4'], true]);
    await history.loadOlder();
    await history.loadOlder();
    expect([shown(), history.more]).toEqual([['r5', 'r4', 'r3', 'r2', 'r1'], false]);
  });

  it('puts new runs on top and keeps older pages', async () => {
    const { server, history, shown } = await opened('r4', 'r3', 'r2', 'r1');
    await history.loadOlder();
    server.runs = [run('r5'), ...server.runs];
    history.hear(news('r5', 'running'));
    await settled();
    expect([shown(), history.more]).toEqual([['r5', 'r4', 'r3', 'r2', 'r1'], false]);
  });

  it('drops older pages when so many runs are new that some are missing in between', async () => {
    const { server, history, shown } = await opened('r2', 'r1');
    server.runs = [run('r6'), run('r5'), run('r4'), run('r3'), ...server.runs];
    await history.refresh();
    expect([shown(), history.more]).toEqual([['r6', 'r5'], true]);
  });

  it('asks again only for news that change what is shown, in this workspace', async () => {
    const { server, history } = await opened('r1');
    history.hear(news('r1', 'done'));
    history.hear({ ...news('r9', 'running'), workspace: 'elsewhere' });
    expect(server.listRuns).toHaveBeenCalledTimes(1);
    history.hear(news('r1', 'failed'));
    expect(server.listRuns).toHaveBeenCalledTimes(2);
  });

  it('asks once more, not once for each of many news', async () => {
    const { server, history } = await opened();
    for (let index = 0; index < 10; index++) {
      history.hear(news('r1', 'running'));
    }
    await settled();
    expect(server.listRuns).toHaveBeenCalledTimes(3);
  });

  it('filters text here, and all else at the server', async () => {
    const { server, history, shown } = await opened('r1');
    server.runs = [
      run('r2', { user: 'grace', parameters: { alpha: 0.2 }, status: 'failed' }),
      run('r1', { status: 'done' })
    ];
    await history.refresh();
    history.narrow({ text: 'GRACE alpha=0.2' });
    expect(shown()).toEqual(['r2']);
    expect(server.listRuns).toHaveBeenCalledTimes(2);
    history.narrow({ text: '', status: 'done' });
    await settled();
    expect(shown()).toEqual(['r1']);
    expect(history.isNarrowed).toBe(true);
    history.widen();
    await settled();
    expect(shown()).toEqual(['r2', 'r1']);
  });

  it('asks for the notebook in focus, or for all of the workspace', async () => {
    const { server, history } = await opened('r1');
    history.narrow({ ofNotebook: false });
    await settled();
    expect(server.asked.map(query => query.notebook)).toEqual(['flights.ipynb', null]);
  });

  it('does not take an answer to an earlier question', async () => {
    const { server, history, shown } = await opened('r1');
    const old = history.refresh();
    server.runs = [run('r7', { status: 'failed' })];
    history.narrow({ status: 'failed' });
    await old;
    await settled();
    expect(shown()).toEqual(['r7']);
  });

  it('chooses two runs at most, the older one first', async () => {
    const { history } = await opened('r3', 'r2');
    for (const name of ['r3', 'r2']) {
      history.toggleChoice(name);
    }
    expect(history.chosen).toEqual(['r2', 'r3']);
    history.toggleChoice('r1');
    expect(history.chosen).toEqual(['r1', 'r2']);
    history.toggleChoice('r1');
    expect(history.chosen).toEqual(['r2']);
  });

  it('cancels a run and shows it', async () => {
    const { history } = await opened('r1');
    await history.cancel('r1');
    expect(history.runs[0]?.status).toBe('cancelled');
  });

  it('keeps what it has and says what is wrong when the server does not answer', async () => {
    const { server, history, shown } = await opened('r1');
    server.listRuns.mockRejectedValueOnce(new Error('gone'));
    await history.refresh();
    expect(shown()).toEqual(['r1']);
    expect(history.error?.message).toBe('gone');
    await history.refresh();
    expect(history.error).toBeNull();
  });
});
