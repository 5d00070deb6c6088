/** What a run's events change in the cells of its notebook, gathered until somebody writes it there. Knows no DOM. */

import { JSONExt, type PartialJSONValue } from '@lumino/coreutils';

import type { CellOutputs, RunEvent } from '../api/types';

/** An output in nbformat's shape. */
export type Output = Readonly<Record<string, unknown>>;

/** What is to be changed in one cell. */
export interface ICellChange {
  readonly cell: string;

  /** Whether it runs now; null where that did not change. */
  readonly running: boolean | null;

  /** Whether `outputs` take the place of those that the cell has, or come after them. */
  readonly replaces: boolean;
  readonly outputs: readonly Output[];
}

/** Changes of cells, those of one cell put together. */
export class PendingOutputs {
  /** Whether there is nothing to change. */
  get isEmpty(): boolean {
    return this.changes.size === 0;
  }

  /** Take in an event of the run. */
  take(event: RunEvent): void {
    const { cell } = event;
    if (!cell) {
      return;
    }
    this.newest.set(cell, event.id);
    switch (event.type) {
      case 'cell_started':
        this.change(cell, { running: true, replaces: true, outputs: [] });
        break;
      case 'cell_output':
        if (event.outputs) {
          this.change(cell, { replaces: true, outputs: joinStreams(event.outputs) });
        } else if (event.output) {
          const before = this.changes.get(cell)?.outputs ?? [];
          this.change(cell, { outputs: joinStreams([...before, event.output]) });
        }
        break;
      case 'cell_finished':
        this.change(cell, { running: false });
        break;
    }
  }

  /**
   * Take in all that cells put out up to the event with an id; cells that newer events were about stay as they are.
   *
   * What a run skipped stays too: it says nothing about those cells.
   */
  show(cells: readonly CellOutputs[], upTo: number): void {
    for (const { cell, status, outputs } of cells) {
      if (status !== 'skipped' && (this.newest.get(cell) ?? 0) <= upTo) {
        this.change(cell, { running: status === 'running', replaces: true, outputs: joinStreams(outputs) });
      }
    }
  }

  /** The run has ended: no cell runs any more. */
  settle(): void {
    for (const cell of this.running) {
      this.change(cell, { running: false });
    }
  }

  /** Hand over what is to be changed, once. */
  drain(): ICellChange[] {
    const found = [...this.changes.values()];
    this.changes.clear();
    return found;
  }

  private change(cell: string, news: Partial<ICellChange>): void {
    const before = this.changes.get(cell) ?? { cell, running: null, replaces: false, outputs: [] };
    this.changes.set(cell, { ...before, ...news });
    if (news.running) {
      this.running.add(cell);
    } else if (news.running === false) {
      this.running.delete(cell);
    }
  }

  private readonly changes = new Map<string, ICellChange>();

  private readonly running = new Set<string>();

  /** Id of the newest event about each cell. */
  private readonly newest = new Map<string, number>();
}

/** Outputs with neighbouring pieces of one stream joined. */
export function joinStreams(outputs: readonly Output[]): Output[] {
  const joined: Output[] = [];
  for (const output of outputs) {
    const before = joined.at(-1);
    if (before && isStream(output) && isStream(before) && before.name === output.name) {
      joined[joined.length - 1] = { ...before, text: whole(before.text) + whole(output.text) };
    } else {
      joined.push(output);
    }
  }
  return joined;
}

/** Whether a cell that shows some outputs need not be touched to show others. */
export function sameOutputs(shown: readonly Output[], wanted: readonly Output[]): boolean {
  const [a, b] = [joinStreams(shown), joinStreams(wanted)];
  return a.length === b.length && a.every((output, index) => sameOutput(output, b[index] as Output));
}

/** Whether two outputs look the same; execution counts belong to a kernel that is gone. */
export function sameOutput(a: Output, b: Output): boolean {
  return JSONExt.deepEqual(comparable(a), comparable(b));
}

function comparable(output: Output): PartialJSONValue {
  const { execution_count, transient, text, data, metadata, ...rest } = output;
  return {
    ...rest,
    ...(text === undefined ? {} : { text: whole(text) }),
    ...(data === undefined ? {} : { data: wholeTexts(data as Output) }),
    metadata: (metadata as PartialJSONValue) ?? {}
  } as PartialJSONValue;
}

/** A MIME bundle whose texts are whole; values of JSON types are left, as their lists are lists. */
function wholeTexts(data: Output): Output {
  return Object.fromEntries(
    Object.entries(data).map(([type, value]) => [type, type.endsWith('json') ? value : whole(value)])
  );
}

function isStream(output: Output): boolean {
  return output.output_type === 'stream';
}

/** A text, which nbformat may hold as a list of lines. */
function whole(text: unknown): unknown & string {
  return (Array.isArray(text) && text.every(line => typeof line === 'string') ? text.join('') : text) as string;
}
