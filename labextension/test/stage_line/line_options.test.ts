import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';

import type { StageOption } from '../../src/api/types';
import { complete } from '../../src/stage_line/completions';
import { type IDirective, pipelineDirective, stageDirective } from '../../src/stage_line/directive';
import { LineOptions } from '../../src/stage_line/line_options';
import { nameProblem, suggestName } from '../../src/stage_line/stage_names';
import { stage } from '../samples';

const trans = nullTranslator.load('');

const option = (flags: string[], about: Partial<StageOption> = {}): StageOption => ({
  flags,
  value: 'VALUE',
  help: `about ${flags.at(-1)}`,
  repeatable: false,
  values: null,
  ...about
});

const OPTIONS = [
  option(['-i', '--in'], { repeatable: true, values: 'names' }),
  option(['--after'], { repeatable: true, values: 'stages' }),
  option(['--memory'], { value: 'SIZE' }),
  option(['--cache', '--no-cache'], { value: null })
];

const STAGES = [
  stage('load'),
  stage('train', { inputs: ['flights', 'alpha'] }),
  stage('evaluate', { inputs: ['model', 'flights'] }),
  stage('cell-3', { implicit: true })
];

function words(source: string): string[] {
  const at = source.indexOf('|');
  const text = source.replace('|', '');
  const directive = (stageDirective(text) ?? pipelineDirective(text)) as IDirective;
  const { from, found } = complete(directive, text, at, OPTIONS, STAGES);
  return found.map(({ text: word }) => text.slice(0, from) + word);
}

describe('completion of a stage line', () => {
  it.each([
    ['stages there are, as a name', '%%stage e|', ['%%stage evaluate']],
    ['options by their beginning', '%%stage load --m|', ['%%stage load --memory']],
    [
      'all options after the name',
      '%%stage load |',
      ['--in', '--after', '--memory', '--cache', '--no-cache'].map(flag => `%%stage load ${flag}`)
    ],
    ['no option twice, unless it may be', '%%stage load --memory 1GB --in x --m|', []],
    ['an option that may be repeated', '%%stage load --in x --i|', ['%%stage load --in x --in']],
    [
      'other stages after --after',
      '%%stage evaluate --after |',
      ['%%stage evaluate --after load', '%%stage evaluate --after train']
    ],
    ['the last word of a list', '%%stage evaluate --after load,t|', ['%%stage evaluate --after load,train']],
    ['values behind an equals sign', '%%stage evaluate --after=t|', ['%%stage evaluate --after=train']],
    [
      'names that stages read',
      '%%stage load --in |',
      ['alpha', 'flights', 'model'].map(name => `%%stage load --in ${name}`)
    ],
    ['nothing where any value will do', '%%stage load --memory |', []]
  ])('offers %s', (_, source, expected) => {
    expect(words(source)).toEqual(expected);
  });
});

describe('problems of a line', () => {
  const client = { stageLine: vi.fn(() => Promise.resolve({ magics: ['stage'], options: OPTIONS })) };
  const options = new LineOptions(client, trans);
  const problems = (source: string): string[] =>
    options
      .problems((stageDirective(source) ?? pipelineDirective(source)) as IDirective, 'n.ipynb')
      .map(({ token, text }) => `${token.text}: ${text}`);

  it('are found once the server has said which options there are, for which it is asked once', async () => {
    const changed = vi.fn();
    options.changed.connect(changed);
    expect(problems('%%stage load --memroy 8GB')).toEqual([]);
    problems('%%stage load');
    await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce());
    expect(client.stageLine).toHaveBeenCalledExactlyOnceWith({ path: 'n.ipynb' });
    expect(problems('%%stage load --memroy 8GB --cache')).toEqual([
      '--memroy: Unknown option --memroy. Did you mean --memory?'
    ]);
    expect(problems('%%stage load --colour red')).toEqual([
      '--colour: Unknown option --colour. Press Tab after a dash for the options there are.'
    ]);
  });

  it('are found in names', () => {
    expect(problems('%%stage load!')).toEqual(['load!: Use letters, digits, _ - and . and begin with a letter.']);
    expect(problems('%%stage --cache')).toEqual(['%%stage: Give the stage a name.']);
    expect(problems('%%stage')).toEqual([]); // still being typed
  });

  it('are found in pipeline lines without the server', () => {
    expect(problems('%pipeline flights --ownr ops')).toEqual(['--ownr: Unknown option --ownr. Did you mean --owner?']);
  });
});

describe('a name for a stage', () => {
  it.each([
    [['flights = load_flights("2013")'], 'load_flights'],
    [['import pandas as pd\ndf = pd.DataFrame()\ndf["x"] = 1'], 'df'],
    [['x, y = 1, 2\nscore: float = 0.3'], 'score'],
    [['print("hello")'], 'step'],
    [['_hidden = 1'], 'hidden'],
    [['if a == b:\n    pass'], 'step']
  ])('%j suggests %s', (sources, name) => {
    expect(suggestName(sources, [])).toBe(name);
  });

  it('is one that is not taken', () => {
    expect(suggestName(['df = 1'], ['df', 'df-2'])).toBe('df-3');
  });

  it.each([
    ['train', ''],
    ['größe_2.a-b', ''],
    ['2nd', ''],
    ['', 'Give the stage a name.'],
    ['a b', 'Use letters, digits, _ - and . and begin with a letter.'],
    ['-x', 'Use letters, digits, _ - and . and begin with a letter.'],
    ['Cell-3', 'Names that begin with “cell-” are kept for plain cells.'],
    ['x'.repeat(65), 'A name has at most 64 characters.']
  ])('%j is judged', (name, problem) => {
    expect(nameProblem(name, trans)).toBe(problem);
  });
});
