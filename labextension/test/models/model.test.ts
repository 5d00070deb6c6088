import { describe, expect, it, vi } from 'vitest';

import { MlpipeError } from '../../src/api/errors';
import type { ModelInfo } from '../../src/api/types';
import type { IDeed } from '../../src/models/deeds';
import { Models } from '../../src/models/model';
import { model, outcome, version } from './samples';

const PROMOTION: IDeed = { kind: 'promote', model: 'flight-delay', version: 2, target: 'production' };
const NEWS = { workspace: 'work', notebook: null, run: 'r', status: 'done', last: 1 } as const;

function opened(found: readonly ModelInfo[] = [model([version(2), version(1)], { aliases: { production: 1 } })]) {
  const client = {
    listModels: vi.fn(async (_: { path: string; limit?: number }) => ({ workspace: 'work', models: found })),
    refreshModels: vi.fn(async () => ({ workspace: 'work', models: found })),
    promoteModel: vi.fn(async () => outcome()),
    approveModel: vi.fn(async () => outcome()),
    deprecateModel: vi.fn(async () => outcome()),
    rollBackModel: vi.fn(async () => outcome())
  };
  const models = new Models(client);
  models.lookAt('flights.ipynb');
  return { client, models };
}

describe('the models of a workspace', () => {
  it('are asked for only while somebody looks', async () => {
    const { client, models } = opened();
    models.hear(NEWS);
    expect(client.listModels).not.toHaveBeenCalled();
    models.isActive = true;
    await models.refresh();
    expect(models.current('flight-delay', 'production')).toBe(1);
    expect(models.current('flight-delay', 'staging')).toBeNull();
    expect(models.version('flight-delay', 2)?.version).toBe(2);
    expect(models.version('other', 2)).toBeNull();
  });

  it('are asked for again when a run has ended that may have registered one', async () => {
    const { client, models } = opened();
    models.isActive = true;
    await models.refresh();
    const before = client.listModels.mock.calls.length;
    models.hear({ ...NEWS, status: 'running' });
    models.hear({ ...NEWS, workspace: 'elsewhere' });
    expect(client.listModels).toHaveBeenCalledTimes(before);
    models.hear(NEWS);
    expect(client.listModels).toHaveBeenCalledTimes(before + 1);
  });

  it('are those of the workspace that is looked at now, in whatever order answers come', async () => {
    const { client, models } = opened();
    let answer: () => void = () => undefined;
    client.listModels.mockImplementationOnce(
      () =>
        new Promise(done => {
          answer = () => done({ workspace: 'old', models: [] });
        })
    );
    models.isActive = true;
    models.lookAt('other.ipynb');
    answer();
    await models.refresh();
    expect(models.models.map(({ name }) => name)).toEqual(['flight-delay']);
    expect(client.listModels).toHaveBeenLastCalledWith({ path: 'other.ipynb', limit: 20 });
  });

  it('stay when the server does not answer', async () => {
    const { client, models } = opened();
    await models.refresh();
    client.listModels.mockRejectedValueOnce(new Error('gone'));
    await models.refresh();
    expect(models.error?.message).toBe('gone');
    expect(models.models).toHaveLength(1);
    await models.refresh();
    expect(models.error).toBeNull();
  });

  it('show more versions on request', async () => {
    const { client, models } = opened();
    await models.showOlder();
    expect(client.listModels).toHaveBeenLastCalledWith({ path: 'flights.ipynb', limit: 200 });
  });

  it('are asked for again soon while a registration is on its way', async () => {
    vi.useFakeTimers();
    const item = { name: 'flight-delay', stage: 'register', run: 'r', time: null, failures: 0, error: null };
    const { client, models } = opened([model([], { waiting: [item] })]);
    models.isActive = true;
    await models.refresh();
    const before = client.listModels.mock.calls.length;
    await vi.advanceTimersByTimeAsync(2100);
    expect(client.listModels).toHaveBeenCalledTimes(before + 1);
    models.isActive = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(client.listModels).toHaveBeenCalledTimes(before + 1);
    vi.useRealTimers();
  });

  it('are looked for in the registry once at a time; that it does not answer is said', async () => {
    const { client, models } = opened();
    const error = { code: 'MP601', message: 'MLflow does not answer', hint: 'start it', details: {} };
    client.refreshModels.mockRejectedValueOnce(new MlpipeError(error));
    const asked = models.lookIntoRegistry();
    expect(models.isAsking).toBe(true);
    await Promise.all([asked, models.lookIntoRegistry()]);
    expect(client.refreshModels).toHaveBeenCalledTimes(1);
    expect(models.isAsking).toBe(false);
    expect(models.error?.code).toBe('MP601');
    expect(models.models).toHaveLength(1);
  });
});

describe('to act on a model', () => {
  it('is seen while it goes on, and everybody is told when it has ended', async () => {
    const { client, models } = opened();
    const told: string[] = [];
    models.acted.connect((_, name) => told.push(name));
    const acting = models.act('flights.ipynb', PROMOTION, 'better');
    expect(models.doing('flight-delay')).toEqual(PROMOTION);
    expect(models.doing('other')).toBeNull();
    expect(await acting).toMatchObject({ decision: 'done' });
    expect(client.promoteModel).toHaveBeenCalledWith('flight-delay', 2, {
      path: 'flights.ipynb',
      target: 'production',
      reason: 'better'
    });
    expect(models.doing('flight-delay')).toBeNull();
    expect(told).toEqual(['flight-delay']);
    expect(client.listModels).toHaveBeenCalled();
  });

  it('is over when the server says nothing, too', async () => {
    const { client, models } = opened();
    client.promoteModel.mockRejectedValueOnce(new Error('gone'));
    await expect(models.act('flights.ipynb', PROMOTION, '')).rejects.toThrow('gone');
    expect(models.doing('flight-delay')).toBeNull();
  });

  it.each([
    ['approve', 'approveModel', ['flight-delay', 2, { path: 'p', target: 'production', approved: true, comment: 's' }]],
    ['reject', 'approveModel', ['flight-delay', 2, { path: 'p', target: 'production', approved: false, comment: 's' }]],
    ['rollback', 'rollBackModel', ['flight-delay', { path: 'p', target: 'production', reason: 's' }]],
    ['deprecate', 'deprecateModel', ['flight-delay', 2, { path: 'p', reason: 's' }]]
  ] as const)('%s asks %s', async (kind, method, given) => {
    const { client, models } = opened();
    await models.act('p', { ...PROMOTION, kind }, 's');
    expect(client[method]).toHaveBeenCalledWith(...given);
  });
});
