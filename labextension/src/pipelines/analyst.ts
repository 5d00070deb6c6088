/** Asks again and again what a notebook means while it is edited. Not for what the answers are used for. */

import type { IDisposable } from '@lumino/disposable';

import { MlpipeError } from '../api/errors';
import type { Analysis, AnalysisRequest } from '../api/types';

/** How long nobody must type before we ask. */
const PAUSE_MS = 150;

export interface IAnalystOptions {
  /** What to ask now; null where there is nothing to ask. */
  readonly question: () => AnalysisRequest | null;
  readonly ask: (request: AnalysisRequest) => Promise<Analysis>;

  /** Called with each answer, in the order in which they were asked for. */
  readonly answered: (answer: Analysis | MlpipeError | null) => void;
}

/**
 * Keeps one question on its way at most, so that an older answer never comes after a newer one.
 *
 * What changes meanwhile is asked when the answer is there: a slow server is asked less often, never in parallel.
 */
export class Analyst implements IDisposable {
  constructor(private readonly options: IAnalystOptions) {}

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
  }

  /** The notebook may have changed: ask once nobody types, if it has. */
  noteEdit(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const request = this.options.question();
      if (!sameQuestion(request, this.lastAsked)) {
        void this.refresh();
      }
    }, PAUSE_MS);
  }

  /** What the answer rests on may have changed, the notebook or not: ask once that is over. */
  noteChange(): void {
    this.lastAsked = undefined;
    this.noteEdit();
  }

  /** Ask now, changed or not; done when a question that was asked after this call has its answer. */
  refresh(): Promise<void> {
    this.waiting ??= (this.current ?? Promise.resolve()).then(() => {
      this.waiting = null;
      this.current = this.askOnce();
      return this.current;
    });
    return this.waiting;
  }

  private async askOnce(): Promise<void> {
    const request = this.disposed ? null : this.options.question();
    this.lastAsked = request;
    let answer: Analysis | MlpipeError | null;
    try {
      answer = request && (await this.options.ask(request));
    } catch (thrown) {
      answer = MlpipeError.from(thrown);
      this.lastAsked = undefined; // the same question is worth asking again
    }
    if (!this.disposed) {
      this.options.answered(answer);
    }
  }

  private disposed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private current: Promise<void> | null = null;
  private waiting: Promise<void> | null = null;
  private lastAsked: AnalysisRequest | null | undefined;
}

function sameQuestion(a: AnalysisRequest | null, b: AnalysisRequest | null | undefined): boolean {
  if (!a || !b) {
    return a === b;
  }
  return (
    a.path === b.path &&
    a.kernel === b.kernel &&
    a.cells.length === b.cells.length &&
    a.cells.every((cell, index) => {
      const other = b.cells[index];
      return (
        cell.id === other?.id &&
        cell.index === other.index &&
        cell.source === other.source &&
        String(cell.tags) === String(other.tags)
      );
    })
  );
}
