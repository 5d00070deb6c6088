import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { TransitionInfo } from '../../src/api/types';
import { deedConsequence, deedLabel, deedTitle } from '../../src/models/deeds';
import { chipsOf, metricRows, metricsLine, statusWord, transitionLine } from '../../src/models/words';

const trans = nullTranslator.load('');

it('metrics that tell models apart come before counts, and only so many have room', () => {
  expect(metricsLine({ rows: 336776, auc: 0.74234, f1: 0.5, loss: 0.123 }, 'en')).toBe(
    'auc 0.7423 · f1 0.5 · loss 0.123'
  );
  expect(metricsLine({ rows: 336776 }, 'en')).toBe('rows 336,776');
  expect(metricsLine({})).toBe('');
});

it('metrics of two versions stand side by side, those of either', () => {
  expect(metricRows({ auc: 0.75, f1: 0.5 }, { auc: 0.7, loss: 0.1 }, 'en')).toEqual([
    { name: 'auc', value: '0.75', other: '0.7', difference: '+0.05' },
    { name: 'f1', value: '0.5', other: '', difference: '' },
    { name: 'loss', value: '', other: '0.1', difference: '' }
  ]);
  expect(metricRows({ auc: 0.75 }, null, 'en')).toEqual([{ name: 'auc', value: '0.75', other: '', difference: '' }]);
});

it('a version that holds both states has a chip for each, once', () => {
  expect(chipsOf({ lifecycle: 'production', aliases: ['production', 'staging'] })).toEqual(['production', 'staging']);
  expect(chipsOf({ lifecycle: 'candidate', aliases: [] })).toEqual(['candidate']);
});

describe('a transition', () => {
  const move = (about: Partial<TransitionInfo>): TransitionInfo => ({
    version: 2,
    action: 'promote',
    target: 'production',
    before: 1,
    status: 'done',
    reason: '',
    note: '',
    user: 'ada',
    host: 'here',
    time: 0,
    ended: 0,
    checks: [],
    ...about
  });

  it.each([
    [{}, 'Version 2 was promoted to production in the place of version 1', ''],
    [{ before: null }, 'Version 2 was promoted to production', ''],
    [{ status: 'refused' }, 'Version 2 was to be promoted to production', 'refused'],
    [
      { action: 'rollback', version: 1, before: 2 },
      'production was rolled back to version 1 in the place of version 2',
      ''
    ],
    [{ action: 'deprecate', target: 'deprecated', before: null }, 'Version 2 was deprecated', ''],
    [{ status: 'abandoned' }, 'Version 2 was to be promoted to production', 'interrupted before anything changed']
  ] as const)('%j is said in a line', (about, line, status) => {
    expect(transitionLine(move(about), trans)).toBe(line);
    expect(statusWord(move(about).status, trans)).toBe(status);
  });
});

describe('before something is done', () => {
  const deed = { kind: 'promote', model: 'flight-delay', version: 2, target: 'production' } as const;

  it('what will happen is said, with what is there now', () => {
    expect(deedTitle(deed, trans)).toBe('Promote version 2 of flight-delay to production');
    expect(deedConsequence(deed, 1, trans)).toBe(
      'production of flight-delay will be version 2 in the place of version 1.'
    );
    expect(deedConsequence(deed, null, trans)).toContain('there is none so far');
  });

  it('names of models are taken as they are', () => {
    expect(deedTitle({ ...deed, model: 'übersetzung v1.2' }, trans)).toBe(
      'Promote version 2 of übersetzung v1.2 to production'
    );
  });

  it('each action has a label', () => {
    expect(deedLabel({ action: 'promote', target: 'staging' }, trans)).toBe('Promote to staging…');
    expect(deedLabel({ action: 'rollback', target: 'production' }, trans)).toBe('Roll Back production…');
  });
});
