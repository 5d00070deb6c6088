/** The lines of a cell that speak to us, `%%stage NAME --option value` and `%pipeline NAME`, read as the server reads them. Not for how they look: `highlight` draws what is found here. */

/** What a piece of a line is. */
export type TokenKind = 'magic' | 'name' | 'option' | 'value';

/** A piece of a line; `from` and `to` count from the start of the cell. */
export interface IToken {
  readonly kind: TokenKind;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** A line of a cell that speaks to us. */
export interface IDirective {
  readonly magic: 'stage' | 'mlstage' | 'pipeline';
  /** What it names; null while nothing is typed yet. */
  readonly name: string | null;
  readonly from: number;
  readonly to: number;
  readonly tokens: readonly IToken[];
}

const STAGE = /^%%(stage|mlstage)(?=\s|$)/;
const PIPELINE = /^%(pipeline)(?=\s|$)/;
const CELL_MAGIC = /^%%(\w+)(?=\s|$)/;

/** Cell magics whose body is Python that runs in the notebook's namespace; a stage line may stand below one. */
const TRANSPARENT = new Set([
  'time',
  'timeit',
  'capture',
  'prun',
  'memit',
  'mprun',
  'scalene',
  'snakeviz',
  'pyinstrument'
]);

/** Options that take no value; what hooks add may not be known here, and costs no more than a wrong colour. */
const SWITCHES = new Set(['--cache', '--no-cache']);

/** The stage line of a cell; comments, blank lines and cell magics with a Python body may stand above it. */
export function stageDirective(source: string): IDirective | null {
  if (!source.includes('%%')) {
    return null;
  }
  for (const { text, from } of lines(source)) {
    const found = STAGE.exec(text);
    if (found) {
      return directive(source, from, found[0].length);
    }
    const magic = CELL_MAGIC.exec(text)?.[1];
    const passed = !text.trim() || text.trimStart().startsWith('#') || (magic && TRANSPARENT.has(magic));
    if (!passed) {
      return null;
    }
  }
  return null;
}

/** The `%pipeline` line of a cell. */
export function pipelineDirective(source: string): IDirective | null {
  if (!source.includes('%pipeline')) {
    return null;
  }
  for (const { text, from } of lines(source)) {
    const found = PIPELINE.exec(text);
    if (found) {
      return directive(source, from, found[0].length);
    }
  }
  return null;
}

/** The line of a cell that speaks to us, whichever it is. */
export function cellDirective(source: string): IDirective | null {
  return stageDirective(source) ?? pipelineDirective(source);
}

/** The name of the stage that a cell belongs to; null where its line gives none, or it has no stage line. */
export function stageName(source: string): string | null {
  return stageDirective(source)?.name ?? null;
}

/** Whether a cell has a line for us, so that its notebook means to be a pipeline. */
export function speaksToUs(source: string): boolean {
  return cellDirective(source) !== null;
}

function* lines(source: string): Generator<{ text: string; from: number }> {
  let from = 0;
  for (const text of source.split('\n')) {
    yield { text, from };
    from += text.length + 1;
  }
}

function directive(source: string, from: number, magicLength: number): IDirective {
  const to = endOfLine(source, from);
  const magic = source.slice(from, from + magicLength);
  const tokens: IToken[] = [{ kind: 'magic', text: magic, from, to: from + magicLength }];
  let named = false;
  let afterOption = false;
  for (const word of words(source, from + magicLength, to)) {
    const isOption = /^--?[A-Za-z]/.test(word.text);
    if (isOption) {
      tokens.push(...optionTokens(word));
      afterOption = !word.text.includes('=') && !SWITCHES.has(word.text);
    } else if (named || afterOption) {
      tokens.push({ ...word, kind: 'value' });
      afterOption = false;
    } else {
      tokens.push({ ...word, kind: 'name' });
      named = true;
    }
  }
  const name = tokens.find(token => token.kind === 'name');
  return {
    magic: magic.replace(/^%+/, '') as IDirective['magic'],
    name: name ? unquoted(name.text) : null,
    from,
    to,
    tokens
  };
}

/** `--option=value` is two pieces. */
function optionTokens(word: Omit<IToken, 'kind'>): IToken[] {
  const equals = word.text.indexOf('=');
  if (equals < 0) {
    return [{ ...word, kind: 'option' }];
  }
  return [
    { kind: 'option', text: word.text.slice(0, equals), from: word.from, to: word.from + equals },
    { kind: 'value', text: word.text.slice(equals + 1), from: word.from + equals + 1, to: word.to }
  ];
}

/** The end of a line, which a backslash at its end carries on to the next. */
function endOfLine(source: string, from: number): number {
  let end = from;
  for (;;) {
    const next = source.indexOf('\n', end);
    if (next < 0) {
      return source.length;
    }
    if (!source.slice(from, next).trimEnd().endsWith('\\')) {
      return next;
    }
    end = next + 1;
  }
}

/** The words between two places, split as a shell splits them: quotes hold spaces together. */
function* words(source: string, from: number, to: number): Generator<Omit<IToken, 'kind'>> {
  let start = -1;
  let quote = '';
  for (let at = from; at <= to; at++) {
    const sign = at < to ? (source[at] ?? '') : ' ';
    const carriesOn = !quote && sign === '\\' && /^\\[ \t]*(\n|$)/.test(source.slice(at, to));
    if (quote) {
      quote = sign === quote ? '' : quote;
    } else if (/\s/.test(sign) || carriesOn) {
      if (start >= 0) {
        yield { text: source.slice(start, at), from: start, to: at };
        start = -1;
      }
    } else {
      start = start < 0 ? at : start;
      quote = sign === '"' || sign === "'" ? sign : '';
    }
  }
  if (start >= 0) {
    yield { text: source.slice(start, to), from: start, to };
  }
}

function unquoted(text: string): string {
  return text.replace(/["']/g, '');
}
