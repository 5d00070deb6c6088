/** Evidence of any shape, put so that it can be shown: tables, pairs of name and value, texts. Knows no DOM. */

import { formatNumber } from '../format';

/** A piece of evidence, ready to be drawn. */
export type Evidence =
  | { readonly kind: 'text'; readonly text: string; readonly isNumber: boolean }
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [string, Evidence])[] }
  | {
      readonly kind: 'table';

      /** Empty where the columns have no names. */
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Evidence[])[];

      /** How many more rows there are. */
      readonly left: number;
    };

/** How many rows of a table are shown. */
export const MOST_ROWS = 50;

/** What is deeper than this is shown as JSON. */
const DEEPEST = 4;

type Fields = Readonly<Record<string, unknown>>;

/** What to draw for any JSON; null where there is nothing in it. */
export function evidenceOf(value: unknown, locale?: string): Evidence | null {
  const evidence = arrange(value, locale, 0);
  const isEmpty =
    (evidence.kind === 'text' && evidence.text === '') ||
    (evidence.kind === 'pairs' && !evidence.pairs.length) ||
    (evidence.kind === 'table' && !evidence.rows.length);
  return isEmpty ? null : evidence;
}

/** A number with four significant digits at most; whole ones are counts, and stay as they are. */
export function evidenceNumber(value: number, locale?: string): string {
  if (Number.isInteger(value)) {
    return formatNumber(value, locale);
  }
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e15) {
    return formatNumber(value, locale);
  }
  return new Intl.NumberFormat(
    locale,
    size >= 1e4 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 }
  ).format(value);
}

/** A name of a field as one reads it: `selection_rate` is “selection rate”. */
export function fieldName(name: string): string {
  return name.replaceAll('_', ' ');
}

function arrange(value: unknown, locale: string | undefined, depth: number): Evidence {
  if (typeof value === 'number') {
    return { kind: 'text', text: evidenceNumber(value, locale), isNumber: true };
  }
  if (value === null || value === undefined) {
    return text('');
  }
  if (typeof value !== 'object') {
    return text(typeof value === 'boolean' ? (value ? '✓' : '✗') : shortened(String(value)));
  }
  if (depth >= DEEPEST) {
    return text(JSON.stringify(value));
  }
  return Array.isArray(value) ? ofList(value, locale, depth) : ofFields(value as Fields, locale, depth);
}

function ofList(items: readonly unknown[], locale: string | undefined, depth: number): Evidence {
  const inner = (item: unknown) => arrange(item, locale, depth + 1);
  const shown = items.slice(0, MOST_ROWS);
  if (items.length === 1 && isFields(items[0])) {
    return ofFields(items[0], locale, depth);
  }
  if (items.length && items.every(isFields)) {
    return ofRows(items.map(withInterval), locale, depth);
  }
  if (items.length && items.every(Array.isArray)) {
    return table(
      [],
      (shown as unknown[][]).map(item => item.map(inner)),
      items.length
    );
  }
  const texts = shown.map(item => plain(inner(item), item));
  return text(items.length > shown.length ? `${texts.join(', ')}, …` : texts.join(', '));
}

function ofRows(items: readonly Fields[], locale: string | undefined, depth: number): Evidence {
  const columns = columnsOf(items);
  const rows = items.slice(0, MOST_ROWS).map(item => columns.map(column => arrange(item[column], locale, depth + 1)));
  return table(columns, rows, items.length);
}

/** An estimate and its interval in one field. */
function withInterval(fields: Fields): Fields {
  const { value, low, high, unit, ...others } = fields;
  if (!isNumber(value) || !isNumber(low) || !isNumber(high) || !Object.keys(others).length) {
    return fields;
  }
  return { ...others, value: { value, low, high, unit } };
}

/** Names that say which row it is: they come first. */
const LABELS: readonly string[] = ['name', 'group', 'column', 'check'];

/** JSON from the ledger has its fields by the alphabet: what labels a row comes first, then words, then numbers. */
function columnsOf(items: readonly Fields[]): readonly string[] {
  const names = [...new Set(items.flatMap(item => Object.keys(item)))];
  const rank = (name: string): number => {
    const values = items.map(item => item[name]).filter(value => !isNothing(value));
    return LABELS.includes(name) ? 0 : values.every(isNumber) ? 2 : 1;
  };
  return names.sort((one, other) => rank(one) - rank(other));
}

/** A digest is told apart by its beginning. */
function shortened(words: string): string {
  return DIGEST.test(words) ? `${words.replace(/^[a-z0-9]+:/, '').slice(0, 12)}…` : words;
}

const DIGEST = /^(?:[a-z0-9]+:)?[0-9a-f]{40,}$/;

function ofFields(fields: Fields, locale: string | undefined, depth: number): Evidence {
  const { value, low, high, unit } = fields;
  if (isNumber(value) && isNumber(low) && isNumber(high) && Object.keys(fields).every(name => INTERVAL.has(name))) {
    const [middle, least, most] = [value, low, high].map(number => evidenceNumber(number, locale));
    const measure = typeof unit === 'string' && unit ? ` ${unit}` : '';
    return { kind: 'text', text: `${middle}${measure} (${least} – ${most})`, isNumber: true };
  }
  const entries = Object.entries(withInterval(fields)).filter(([, item]) => !isNothing(item));
  const rows = fields.data ?? fields.rows;
  if (isNames(fields.columns) && Array.isArray(rows) && rows.every(Array.isArray)) {
    const drawn = rows.slice(0, MOST_ROWS).map(row => row.map((item: unknown) => arrange(item, locale, depth + 1)));
    return table(fields.columns, drawn, rows.length);
  }
  if (entries.length > 1 && entries.every(([, item]) => isFields(item)) && alike(entries.map(([, item]) => item))) {
    // Facts of each group by the group's name.
    const columns = columnsOf(entries.map(([, item]) => item as Fields));
    const drawn = entries
      .slice(0, MOST_ROWS)
      .map(([name, item]) => [
        text(name),
        ...columns.map(column => arrange((item as Fields)[column], locale, depth + 1))
      ]);
    return table(['', ...columns], drawn, entries.length);
  }
  const pairs = entries.map(([name, item]) => [name, arrange(item, locale, depth + 1)] as const);
  // What is said in a word comes before what takes a table.
  return {
    kind: 'pairs',
    pairs: pairs.sort(([, one], [, other]) => Number(one.kind !== 'text') - Number(other.kind !== 'text'))
  };
}

const INTERVAL = new Set(['value', 'low', 'high', 'unit']);

function text(said: string): Evidence {
  return { kind: 'text', text: said, isNumber: false };
}

function table(columns: readonly string[], rows: readonly (readonly Evidence[])[], all: number): Evidence {
  return { kind: 'table', columns, rows, left: all - rows.length };
}

/** Within a line: what has parts of its own is said as JSON. */
function plain(evidence: Evidence, value: unknown): string {
  return evidence.kind === 'text' ? evidence.text : JSON.stringify(value);
}

/** Whether all have the same fields, so that a table of them has no holes. */
function alike(items: readonly unknown[]): boolean {
  const [first, ...others] = items.map(item =>
    Object.keys(item as Fields)
      .sort()
      .join('\0')
  );
  return Boolean(first) && others.every(other => other === first);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}

function isNothing(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    (typeof value === 'object' && !Object.keys(value as object).length)
  );
}
