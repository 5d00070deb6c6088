import { expect, it, vi } from 'vitest';

import { RunModel } from '../../src/runs/run_model';
import { detail, run } from '../samples';

function opened() {
  const client = {
    showRun: vi.fn(async (name: string) => detail(name)),
    listRuns: vi.fn(async () => ({ workspace: 'work', runs: [run('r1')], pipelines: [], more: false })),
    cancelRun: vi.fn(async (name: string) => ({ run: name, asked: true })),
    stageVerdicts: vi.fn(async (run: string, stage: string) => ({
      run,
      stage,
      checks: [{ gate: 'auc > 1', passed: false, text: 'auc is 0.7', stage, evidence: { value: 0.7 } }]
    }))
  };
  return { client, model: new RunModel(client, 'flights.ipynb', 'r2') };
}

it('loads a run, and looks once for the one before it', async () => {
  const { client, model } = opened();
  await model.refresh();
  await model.refresh();
  expect(model.isRunning).toBe(true);
  expect(model.previous?.run).toBe('r1');
  expect(client.listRuns).toHaveBeenCalledTimes(1);
  expect(client.listRuns).toHaveBeenCalledWith({ path: 'flights.ipynb', pipeline: 'flights', before: 'r2', limit: 1 });
});

it('follows its own news, one question at a time', async () => {
  const { client, model } = opened();
  const news = { workspace: 'work', notebook: null, status: 'running', last: 1 } as const;
  model.hear({ ...news, run: 'r9' });
  expect(client.showRun).not.toHaveBeenCalled();
  for (let index = 0; index < 10; index++) {
    model.hear({ ...news, run: 'r2' });
  }
  await model.refresh();
  expect(client.showRun).toHaveBeenCalledTimes(2);
});

it('keeps what it knows when the server does not answer', async () => {
  const { client, model } = opened();
  await model.refresh();
  client.showRun.mockRejectedValueOnce(new Error('gone'));
  await model.refresh();
  expect(model.error?.message).toBe('gone');
  expect(model.detail?.run.run).toBe('r2');
});

it('asks what gates saw only where somebody wants to know', async () => {
  const { client, model } = opened();
  await model.refresh();
  expect(model.evidence('train')).toBeNull();
  expect(client.stageVerdicts).not.toHaveBeenCalled();
  await model.loadEvidence('train');
  expect(model.evidence('train')?.[0]?.evidence).toEqual({ value: 0.7 });
  client.stageVerdicts.mockRejectedValueOnce(new Error('gone'));
  await model.loadEvidence('report');
  expect(model.evidence('report')).toBeNull();
  expect(model.error?.message).toBe('gone');
});
