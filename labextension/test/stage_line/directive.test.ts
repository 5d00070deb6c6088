import { describe, expect, it } from 'vitest';

import { pipelineDirective, speaksToUs, stageDirective, stageName } from '../../src/stage_line/directive';

/** The pieces of a line, as `kind:text`. */
const pieces = (source: string): string[] | undefined =>
  (stageDirective(source) ?? pipelineDirective(source))?.tokens.map(({ kind, text }) => `${kind}:${text}`);

describe('a stage line', () => {
  it('has a magic, a name, options and values', () => {
    expect(pieces('%%stage train --gpus 1 --memory=8GB -i flights,alpha --no-cache\nfit()')).toEqual([
      'magic:%%stage',
      'name:train',
      'option:--gpus',
      'value:1',
      'option:--memory',
      'value:8GB',
      'option:-i',
      'value:flights,alpha',
      'option:--no-cache'
    ]);
  });

  it('may be called %%mlstage', () => {
    expect(stageDirective('%%mlstage load')).toMatchObject({ magic: 'mlstage', name: 'load' });
  });

  it('gives each piece its place in the cell', () => {
    const source = '# first\n\n%%stage load --owner "data team"\nx = 1';
    for (const { text, from, to } of stageDirective(source)?.tokens ?? []) {
      expect(source.slice(from, to)).toBe(text);
    }
    expect(pieces(source)?.at(-1)).toBe('value:"data team"');
  });

  it('names its stage after switches too, and without its quotes', () => {
    expect(stageName('%%stage --no-cache load')).toBe('load');
    expect(stageName('%%stage "load"')).toBe('load');
  });

  it('goes on after a backslash at its end', () => {
    expect(pieces('%%stage load \\\n  --gpus 1\nx = 1')).toEqual([
      'magic:%%stage',
      'name:load',
      'option:--gpus',
      'value:1'
    ]);
  });

  it('stands below comments, blank lines and magics whose body is Python', () => {
    expect(stageName('# why\n\n%%time\n%%stage load\nx = 1')).toBe('load');
  });

  it.each(['x = 1\n%%stage load', '%%bash\n%%stage load', '%%stagecoach load', ' %%stage load', '# %%stage load'])(
    'is not what stands in %j',
    source => {
      expect(stageDirective(source)).toBeNull();
    }
  );

  it('may have no name yet', () => {
    expect(stageDirective('%%stage')).toMatchObject({ name: null });
    expect(stageDirective('%%stage --gpus 1')).toMatchObject({ name: null });
    expect(stageName('x = 1')).toBeNull();
  });

  it('ends an open quote with the line', () => {
    expect(pieces('%%stage load --owner "data')).toEqual([
      'magic:%%stage',
      'name:load',
      'option:--owner',
      'value:"data'
    ]);
  });
});

describe('a pipeline line', () => {
  it('may stand anywhere in its cell', () => {
    expect(pieces('import os\n%pipeline flights --owner ops')).toEqual([
      'magic:%pipeline',
      'name:flights',
      'option:--owner',
      'value:ops'
    ]);
  });
});

it.each([
  ['%%stage load', true],
  ['x = 1\n%pipeline flights', true],
  ['x = 5 % stage', false],
  ['%matplotlib inline', false]
])('%j speaks to us: %s', (source, does) => {
  expect(speaksToUs(source)).toBe(does);
});
