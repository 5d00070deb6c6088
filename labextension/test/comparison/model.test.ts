import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { RunComparison } from '../../src/api/types';
import {
  comparisonSummary,
  furtherDifferences,
  groupStages,
  isSame,
  metricChange,
  sameOutputs,
  secondsChange,
  stageDifferences,
  stageNote,
  stageTags,
  valueChange
} from '../../src/comparison/model';
import { run } from '../samples';
import { diff, stageDiff } from './samples';

const trans = nullTranslator.load('');

function comparison(about: Partial<RunComparison> = {}): RunComparison {
  return { before: run('1'), after: run('2'), parameters: [], environment: [], stages: [], ...about };
}

describe('the summary', () => {
  it('names the stages that differ', () => {
    const stages = [stageDiff('load'), stageDiff('train', { changed: true }), stageDiff('report', { changed: true })];
    expect(comparisonSummary(comparison({ stages }), trans)).toBe('2 of 3 stages differ: train, report');
  });

  it('says it of a single stage', () => {
    const stages = [stageDiff('train', { changed: true })];
    expect(comparisonSummary(comparison({ stages }), trans)).toBe('1 of 1 stage differs: train');
  });

  it('says plainly that nothing differs', () => {
    const nothing = comparison({ stages: [stageDiff('load')] });
    expect(isSame(nothing)).toBe(true);
    expect(comparisonSummary(nothing, trans)).toBe('No difference');
  });

  it('tells stages from what is around them', () => {
    const parameters = [{ name: 'rate', before: 1, after: 2 }];
    const stages = [stageDiff('load'), stageDiff('train')];
    expect(isSame(comparison({ parameters, stages }))).toBe(false);
    expect(comparisonSummary(comparison({ parameters, stages }), trans)).toBe('All 2 stages are the same');
    expect(comparisonSummary(comparison({ parameters }), trans)).toBe('Neither run came to a stage');
  });

  it('does not say “the same” of stages with other comments or outputs', () => {
    const edited = comparison({ stages: [stageDiff('load', { source: diff('+# a comment') })] });
    expect(isSame(edited)).toBe(false);
    expect(comparisonSummary(edited, trans)).toBe('No stage differs in what counts');
  });
});

it('adds to what the runs record what their stages found, once each', () => {
  const factor = { name: 'factor', text: 'parameter factor 3 → 4' };
  const pandas = { name: 'pandas', text: 'package pandas 2.1 → 2.2' };
  const found = comparison({
    parameters: [{ name: 'factor', before: null, after: 4 }],
    environment: [{ name: 'pandas', before: '2.1', after: '2.2' }],
    stages: ['train', 'report'].map(name => stageDiff(name, { parameters: [factor], environment: [pandas] }))
  });
  expect(furtherDifferences(found, trans)).toEqual([{ title: 'Parameters', texts: [factor.text] }]);
});

describe('a stage', () => {
  it('says what differs by group, and leaves out the others', () => {
    const about = {
      code: [{ name: 'code', text: 'its code changed' }],
      inputs: [
        { name: 'a', text: 'a differs' },
        { name: 'b', text: 'b differs' }
      ]
    };
    expect(stageDifferences(stageDiff('train', about), trans)).toEqual([
      { title: 'Code', texts: ['its code changed'] },
      { title: 'Inputs', texts: ['a differs', 'b differs'] }
    ]);
  });

  it('stands with its neighbours where all of them are the same', () => {
    const [load, clean, report] = [stageDiff('load'), stageDiff('clean'), stageDiff('report')];
    const train = stageDiff('train', { changed: true });
    const printed = stageDiff('print', { outputs_after: [{ output_type: 'stream', name: 'stdout', text: 'a' }] });
    expect(groupStages([load, clean, train, printed, report])).toEqual([[load, clean], [train], [printed], [report]]);
    expect(groupStages([])).toEqual([]);
  });

  it('has a tag for each thing that differs', () => {
    const stage = stageDiff('train', {
      inputs: [{ name: 'a', text: 'input a changed' }],
      metrics: [{ name: 'score', before: 1, after: 2 }],
      outputs_after: [{ output_type: 'stream', name: 'stdout', text: 'a' }]
    });
    expect(stageTags(stage, trans)).toEqual(['inputs', 'metrics', 'outputs']);
    expect(stageTags(stageDiff('same'), trans)).toEqual([]);
  });

  it('that only one run came to says so', () => {
    const gone = stageDiff('gone', { after: null, changed: true, source: diff('-a') });
    expect(stageTags(gone, trans)).toEqual(['only before']);
    expect(stageNote(gone, trans)).toBe('The run after did not come to this stage.');
    expect(stageTags(stageDiff('new', { before: null }), trans)).toEqual(['only after']);
  });

  it('tells edits that do not count from those that do', () => {
    const edited = stageDiff('train', { source: diff('+# a comment') });
    expect(stageTags(edited, trans)).toEqual(['text of the code']);
    expect(stageNote(edited, trans)).toContain('such as comments');
    const code = [{ name: 'code', text: 'its code changed' }];
    expect(stageNote(stageDiff('train', { source: diff('+a'), code }), trans)).toBe('');
    expect(stageNote(stageDiff('train'), trans)).toBe('');
  });
});

describe('values', () => {
  it('that were measured have a signed difference', () => {
    expect(metricChange({ name: 'score', before: 0.8, after: 0.812 })).toEqual({
      name: 'score',
      before: '0.8',
      after: '0.812',
      difference: '+0.012'
    });
    expect(metricChange({ name: 'rows', before: 5, after: 2 }).difference).toBe('−3');
    expect(metricChange({ name: 'score', before: null, after: 3 })).toMatchObject({ before: '', difference: '' });
  });

  it('that were given stand as they were written', () => {
    const given = (before: unknown, after: unknown) => {
      const text = valueChange({ name: 'given', before, after });
      return [text.before, text.after];
    };
    expect(given('tree', 'forest')).toEqual(['tree', 'forest']);
    expect(given(0.1234561, 12000)).toEqual(['0.1234561', '12000']);
    expect(given(false, [1, 2])).toEqual(['false', '[1,2]']);
    expect(given(null, '')).toEqual(['', '']);
  });

  it('that are seconds differ only where they read differently', () => {
    const seconds = (before: number | null, after: number | null) => secondsChange({ name: 'seconds', before, after });
    expect(seconds(1, 3.5)).toMatchObject({ before: '1.0 s', after: '3.5 s', difference: '+2.5 s' });
    expect(seconds(90, 20).difference).toBe('−1 min 10 s');
    expect(seconds(0.41, 0.42).difference).toBe('');
    expect(seconds(null, 2)).toMatchObject({ before: '', after: '2.0 s', difference: '' });
  });
});

describe('outputs', () => {
  const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text });
  const result = (count: number) => ({
    output_type: 'execute_result',
    execution_count: count,
    data: { 'text/plain': '4' }
  });

  it('are the same whatever the kernel had counted', () => {
    expect(sameOutputs([stream('a'), result(1)], [stream('a'), result(7)])).toBe(true);
    expect(sameOutputs([], [])).toBe(true);
  });

  it('differ in content, order and number', () => {
    expect(sameOutputs([stream('a')], [stream('b')])).toBe(false);
    expect(sameOutputs([stream('a'), result(1)], [result(1), stream('a')])).toBe(false);
    expect(sameOutputs([stream('a')], [])).toBe(false);
  });
});
