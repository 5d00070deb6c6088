import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import type { ParameterInfo } from '../../src/api/types';
import { ParameterForm } from '../../src/running/parameter_form';

const trans = nullTranslator.load('');

const parameter = (type: ParameterInfo['type'], standard: unknown, name = 'p'): ParameterInfo => ({
  name,
  type,
  default: standard,
  default_source: String(standard),
  help: null
});

const typed = (type: ParameterInfo['type'], standard: unknown, text: string): ParameterForm => {
  const form = new ParameterForm([parameter(type, standard)], {}, trans);
  form.set('p', text);
  return form;
};

describe('a parameter', () => {
  it.each<[ParameterInfo['type'], unknown, string, unknown]>([
    ['integer', 1, ' 42 ', 42],
    ['integer', 1, '-7', -7],
    ['number', 0.1, '1e-3', 0.001],
    ['number', 0.1, '2', 2],
    ['boolean', false, 'true', true],
    ['string', 'a', '', ''],
    ['string', 'a', '"quoted" ', '"quoted" '],
    ['json', null, '{"k": [1]}', { k: [1] }],
    ['expression', null, '"2013-01"', '2013-01']
  ])('of type %s with default %j reads %j as %j', (type, standard, text, value) => {
    const form = typed(type, standard, text);
    expect(form.isValid).toBe(true);
    expect(form.values).toEqual({ p: value });
  });

  it.each<[ParameterInfo['type'], string]>([
    ['integer', '1.5'],
    ['integer', ''],
    ['integer', '99999999999999999999'],
    ['number', 'one'],
    ['number', ''],
    ['json', "{'k': 1}"],
    ['json', ''],
    ['expression', 'date.today()']
  ])('of type %s refuses %j and says what would do', (type, text) => {
    const form = typed(type, null, text);
    expect(form.isValid).toBe(false);
    expect(form.fields[0]?.problem).not.toBe('');
    expect(form.values).toEqual({});
  });

  it('that is as in the notebook is not sent', () => {
    const form = new ParameterForm([parameter('json', [1, 2]), parameter('expression', null, 'e')], {}, trans);
    expect(form.fields.map(({ text }) => text)).toEqual(['[1,2]', '']);
    form.set('p', '[1, 2]');
    expect(form.values).toEqual({});
    expect(form.fields.some(({ isChanged }) => isChanged)).toBe(false);
  });

  it('shows what was given last time, and can be taken back', () => {
    const form = new ParameterForm([parameter('number', 0.1)], { p: 0.2, gone: 1 }, trans);
    expect(form.fields[0]).toMatchObject({ text: '0.2', isChanged: true });
    expect(form.values).toEqual({ p: 0.2 });
    form.reset('p');
    expect(form.fields[0]).toMatchObject({ text: '0.1', isChanged: false });
  });
});
