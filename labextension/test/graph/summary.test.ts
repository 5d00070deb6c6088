import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { pipelineSummary, stageDetail, stageLabel, stageTooltip } from '../../src/graph/summary';
import type { IPipelineModel, IRunProgress } from '../../src/tokens';
import { analysis } from '../samples';
import { following, SettablePipeline } from './settable_pipeline';

const trans = nullTranslator.load('');

describe('pipelineSummary', () => {
  const summary = (about: Partial<IPipelineModel>) =>
    pipelineSummary(Object.assign(new SettablePipeline(), about) as IPipelineModel, trans);
  const running = (status: IRunProgress['status']): IRunProgress => ({
    run: 'r1',
    status,
    started: 0,
    settled: 2,
    total: 5
  });
  const stages = [
    following('load', [], { state: 'cached' }),
    following('cell-2', ['load'], { state: 'stale' }),
    following('train', ['cell-2'], { state: 'stale' })
  ];

  it('says what a run would do, without plain cells', () => {
    expect(summary({ stages })).toBe('1 of 2 would run');
    expect(summary({ stages, analysis: analysis(stages, { expected_seconds: 12 }) })).toBe(
      '1 of 2 would run, about 12 s'
    );
    expect(summary({ stages: stages.slice(0, 1) })).toBe('Up to date');
  });

  it('says how far a run is, and nothing of one that has ended', () => {
    expect(summary({ stages, activeRun: running('running') })).toBe('Running: 2 of 5 done');
    expect(summary({ stages, activeRun: running('starting') })).toBe('Starting…');
    expect(summary({ stages, activeRun: running('done') })).toBe('1 of 2 would run');
  });
});

describe('a stage', () => {
  const train = following('train', ['load', 'features'], {
    state: 'stale',
    reason: 'function fit changed',
    inputs: ['flights', 'alpha'],
    last_seconds: 2,
    expected_seconds: 3,
    gates: ['auc >= 0.75']
  });

  it('is said to those who listen with its state, the reason and what it follows', () => {
    expect(stageLabel({ stage: train, after: train.after }, trans)).toBe(
      'train, stale: function fit changed, follows load and features'
    );
    expect(stageLabel({ stage: following('load'), after: [] }, trans)).toBe('load, not run yet');
  });

  it('is told in full to the pointer', () => {
    expect(stageTooltip({ stage: train, after: [] }, trans).split('\n')).toEqual([
      'train (stale)',
      'function fit changed',
      'Reads flights and alpha',
      'Gates: auc >= 0.75',
      'Took 2.0 s',
      'Expected: 3.0 s'
    ]);
  });

  it.each([
    [{}, 'not run yet'],
    [{ expected_seconds: 30 }, 'about 30 s'],
    [{ state: 'cached', last_seconds: 2 }, '2.0 s'],
    [{ state: 'cached' }, 'cached'],
    [{ state: 'failed', reason: 'division by zero' }, 'division by zero'],
    [{ state: 'stale' }, 'stale']
  ] as const)('%o has “%s” under its name', (about, text) =>
    expect(stageDetail(following('train', [], about), trans)).toBe(text)
  );
});
