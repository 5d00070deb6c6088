/** Two runs that are compared: which, in what order, and what the server says of them. Knows no DOM. */

import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { RunComparison } from '../api/types';
import type { IRunArguments } from '../commands';
import type { IMlpipeClient } from '../tokens';

/** The two runs of a comparison, the earlier one first. */
export type IComparedRuns = Required<IRunArguments>;

/** The runs that a command is asked to compare, in the order in which they began; null where it is not said which. */
export function comparedRuns({
  path,
  run,
  other
}: Partial<Record<keyof IRunArguments, unknown>>): IComparedRuns | null {
  if (typeof path !== 'string' || typeof run !== 'string' || typeof other !== 'string') {
    return null;
  }
  const [first, second] = [run, other].sort() as [string, string]; // ids sort by time
  return { path, run: first, other: second };
}

export class Comparison {
  constructor(
    readonly runs: IComparedRuns,
    private readonly client: Pick<IMlpipeClient, 'compareRuns'>
  ) {}

  /** What the server said last; null until it has answered. */
  get found(): RunComparison | null {
    return this._found;
  }

  /** Why there is no newer answer; null where nothing went wrong. */
  get error(): MlpipeError | null {
    return this._error;
  }

  /** Whether an answer is awaited. */
  get isLoading(): boolean {
    return this._asked > this._answered;
  }

  /** Something of the above has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether it compares these. */
  isOf({ path, run, other }: IComparedRuns): boolean {
    return this.runs.path === path && this.runs.run === run && this.runs.other === other;
  }

  /** Ask again; of several answers on their way, only the one asked for last counts. */
  async refresh(): Promise<void> {
    const asked = ++this._asked;
    this._changed.emit();
    const { path, run, other } = this.runs;
    const [before, after] = this._swapped ? [other, run] : [run, other];
    const [found, error] = await this.client.compareRuns(before, after, { path }).then(
      reply => [reply, null] as const,
      thrown => [this._found, MlpipeError.from(thrown)] as const
    );
    if (asked === this._asked) {
      this._answered = asked;
      this._found = found;
      this._error = error;
      this._changed.emit();
    }
  }

  /** Look from the other run. */
  async swap(): Promise<void> {
    this._swapped = !this._swapped;
    await this.refresh();
  }

  dispose(): void {
    this._asked++;
    Signal.clearData(this);
  }

  private _found: RunComparison | null = null;
  private _error: MlpipeError | null = null;
  private _swapped = false;
  private _asked = 0;
  private _answered = 0;
  private readonly _changed = new Signal<this, void>(this);
}
