import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { withoutPlace } from '../../src/own_words';
import { planCost, planRows, planSummary } from '../../src/running/plan_rows';
import { badgeText, costText, resourceTexts } from '../../src/stages/badge_text';
import { notesOfCells } from '../../src/stages/cell_notes';
import { whyLines } from '../../src/stages/explain';
import { analysis, stage } from '../samples';

const trans = nullTranslator.load('');
const NONE = { cpus: null, gpus: null, memory: null, timeout: null, retries: 0 };

describe('a badge', () => {
  it('says state, reason and what is known', () => {
    const text = badgeText(
      stage('train', {
        state: 'stale',
        reason: 'parameter alpha 0.1 → 0.2',
        owner: 'bo@example.com',
        resources: { ...NONE, cpus: 2, memory: 8_000_000_000, gpus: 1 },
        last_seconds: 200,
        cost: 0.04,
        currency: 'EUR',
        gates: ['auc >= 0.75'],
        after: ['load']
      }),
      'ana@example.com',
      0,
      trans
    );
    expect(text.state).toBe('stale');
    expect(text.why).toBe('parameter alpha 0.1 → 0.2');
    expect(text.facts.slice(0, 5)).toEqual(['bo@example.com', '2 CPUs', '8 GB', '1 GPU', '3 min 20 s']);
    expect(text.facts[5]).toMatch(/0[.,]04/);
    expect(text.whole).toEqual([
      'Stage train: stale – parameter alpha 0.1 → 0.2',
      'Owner: bo@example.com',
      'Took 3 min 20 s when it last ran',
      expect.stringMatching(/^Its last run cost .*0[.,]04/),
      'Asks for 2 CPUs, 8 GB, 1 GPU',
      'Passes where auc >= 0.75',
      'Follows load'
    ]);
  });

  it('does not repeat who answers for the whole pipeline, nor that a new stage has not run', () => {
    const text = badgeText(stage('load', { owner: 'ana', reason: 'it has not run before' }), 'ana', 0, trans);
    expect(text).toMatchObject({ state: 'not run yet', why: '', facts: [] });
    expect(text.whole).toContain('Owner: ana');
  });

  it('says that its gates held, of the result that stands and of no other', () => {
    const verdicts = [
      { gate: 'auc >= 0.7', passed: true, text: 'auc is 0.81' },
      { gate: 'rows > 1', passed: true, text: '' }
    ];
    const text = badgeText(stage('train', { state: 'cached', verdicts }), null, 0, trans);
    expect(text.verdicts).toBe('✓ 2 checks');
    expect(text.whole).toContain('✓ auc >= 0.7: auc is 0.81');
    expect(text.whole).toContain('✓ rows > 1: holds');
    expect(badgeText(stage('train', { state: 'stale', verdicts }), null, 0, trans).verdicts).toBe('');
    expect(badgeText(stage('train', { state: 'cached' }), null, 0, trans).verdicts).toBe('');
  });

  it('says of a gate that did not hold what it saw', () => {
    const refused = { gate: 'auc >= 0.7', passed: false, text: 'auc >= 0.7 does not hold: auc is 0.5' };
    const about = { state: 'refused', reason: refused.text, verdicts: [refused] } as const;
    const text = badgeText(stage('train', about), null, 0, trans);
    expect(text).toMatchObject({ verdicts: '', why: refused.text });
    expect(text.whole).toContain('✗ auc >= 0.7 does not hold: auc is 0.5');
  });

  it.each([
    [100, 'running 0:00'],
    [100.9, 'running 0:00'],
    [165, 'running 1:05'],
    [3_830, 'running 1:02:10'],
    [90, 'running 0:00'] // the server's clock is ahead of ours
  ])('counts the seconds of a stage that runs: at %d, %s', (now, state) => {
    const running = stage('train', { state: 'running', started: 100, last_seconds: 5 });
    expect(badgeText(running, null, now, trans)).toMatchObject({ state, facts: [] });
  });
});

it('resources are those that were asked for', () => {
  expect(resourceTexts(NONE, trans)).toEqual([]);
  expect(resourceTexts({ ...NONE, cpus: 1, memory: 1_500_000_000 }, trans)).toEqual(['1 CPU', '1.5 GB']);
  expect(resourceTexts({ ...NONE, gpus: 0.5 }, trans)).toEqual(['0.5 GPUs']);
});

it('cost is shown only where it is known, and in units that are no currency too', () => {
  expect(costText(null, 'EUR')).toBe('');
  expect(costText(3, 'credits')).toBe('3 credits');
  expect(costText(0.0012, 'USD')).toMatch(/0[.,]0012/);
});

it.each([
  ['cell 4: %%stage: unknown option', '%%stage: unknown option'],
  ['cell 4, line 2 is not Python', 'line 2 is not Python'],
  ['stage `fit` failed in cell 12: ValueError: no', 'ValueError: no'],
  ['stage `fit` was refused: auc > 1 does not hold', 'auc > 1 does not hold'],
  ['the notebook has no cells', 'the notebook has no cells']
])('%j stands at its cell as %j', (message, shown) => {
  expect(withoutPlace(message)).toBe(shown);
});

describe('notes of cells', () => {
  const finding = (code: string, severity: string, cell: string | null) => ({
    code,
    severity,
    message: `${code} found`,
    fix: 'do this',
    cell,
    line: null
  });

  it('come from the error, findings and plain cells that failed, the gravest first', () => {
    const notes = notesOfCells(
      {
        analysis: analysis([], {
          findings: [finding('ML009', 'info', 'a'), finding('ML003', 'warning', 'a'), finding('ML004', 'warning', null)]
        }),
        error: { code: 'MP103', message: 'cell 0, line 1 is not Python', hint: 'correct it', details: {} },
        errorCell: 'a',
        stages: [
          stage('cell-5', { implicit: true, state: 'failed', reason: 'stage `cell-5` failed in cell 5: KeyError: x' }),
          stage('train', { state: 'failed' })
        ]
      },
      trans
    );
    expect(notes.get('a')?.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'error MP103',
      'warning ML003',
      'info ML009'
    ]);
    expect(notes.get('a')?.[0]?.message).toBe('line 1 is not Python');
    expect(notes.get('cell-5-cell')?.[0]?.message).toBe('This cell failed in the newest run: KeyError: x');
    expect([...notes.keys()]).toEqual(['a', 'cell-5-cell']);
  });
});

describe('why a stage would run', () => {
  const stages = [
    stage('load', { state: 'stale', reason: 'function read changed' }),
    stage('clean', { state: 'cached', after: ['load'] }),
    stage('train', { state: 'stale', reason: 'follows clean', after: ['clean', 'load'] })
  ];

  it('is its own reason, then those of what it depends on, each once', () => {
    expect(whyLines('train', stages, trans)).toEqual([
      '“train”: follows clean',
      '“load”, which it depends on: function read changed'
    ]);
  });

  it('is no question where it would not', () => {
    expect(whyLines('clean', stages, trans)).toEqual([
      'A stored result stands for “clean”: a run would not execute it.'
    ]);
  });
});

describe('a plan', () => {
  const plan = analysis(
    [
      stage('load', { state: 'cached', expected_seconds: 5, cost: 1, currency: 'EUR' }),
      stage('train', { state: 'stale', reason: 'parameter alpha 0.1 → 0.2', expected_seconds: 90 }),
      stage('cell-3', { implicit: true, state: 'never', expected_seconds: null })
    ],
    { expected_seconds: 90 }
  );

  it('says for each stage what a run does, and why; what is restored takes no time and costs nothing', () => {
    expect(planRows(plan, trans).map(({ deed, why, expected, cost }) => [deed, why, expected, cost])).toEqual([
      ['restore', '', '', ''],
      ['run', 'parameter alpha 0.1 → 0.2', '1 min 30 s', ''],
      ['run', 'it has not run yet', '', '']
    ]);
  });

  it('says what it is expected to cost, with its range, and what stored results spare', () => {
    const range = { currency: 'EUR', low: 1, expected: 2, high: 4 };
    const train = stage('train', { state: 'stale', expected_cost: range });
    const cost = { ...range, saved: 0, unknown: [] };
    expect(planRows(analysis([train]), trans)[0]?.cost).toMatch(/2[.,]00/);
    expect(planCost(analysis([train], { expected_cost: cost }), trans)).toMatch(
      /^Expected to cost .*2[.,]00.* \(.*1[.,]00.* to .*4[.,]00.*\)\.$/
    );
    expect(planCost(analysis([train], { expected_cost: { ...cost, saved: 3, unknown: ['x'] } }), trans)).toMatch(
      /^Expected to cost at least .*, without what never ran\. Stored results spare .*3[.,]00/
    );
    const none = { ...cost, low: 0, expected: 0, high: 0, unknown: ['train'] };
    expect(planCost(analysis([train], { expected_cost: none }), trans)).toBe('What it costs is not known yet.');
    expect(planCost(analysis([stage('load', { state: 'cached' })], { expected_cost: cost }), trans)).toBe('');
    expect(planCost(analysis([train]), trans)).toBe('');
    const { whole } = badgeText(train, null, 0, trans);
    expect(whole).toContainEqual(expect.stringMatching(/^Expected to cost .*2[.,]00.*1[.,]00.*4[.,]00/));
  });

  it.each([
    [plan.stages, 90, '1 of 2 stages would run: 1 min 30 s of work, and stages that never ran.'],
    [plan.stages.slice(0, 2), 90, '1 of 2 stages would run: 1 min 30 s of work, as it took before.'],
    [plan.stages.slice(1), 0, '1 of 1 stages would run. How long that takes is not known yet.'],
    [plan.stages.slice(0, 1), 0, 'Nothing would run: every result is stored.']
  ])('is summed up in a sentence', (stages, seconds, sentence) => {
    expect(planSummary(analysis(stages, { expected_seconds: seconds }), trans)).toBe(sentence);
  });
});
