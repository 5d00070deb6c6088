/** One run with its stages, followed until it has ended. Not for its outputs. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { CheckInfo, RunDetail, RunInfo } from '../api/types';
import type { IMlpipeClient, IRunNews } from '../tokens';

export class RunModel implements IDisposable {
  constructor(
    private readonly client: Pick<IMlpipeClient, 'showRun' | 'listRuns' | 'cancelRun' | 'stageVerdicts'>,
    /** Contents path of a notebook or folder in the run's workspace. */
    readonly path: string,
    readonly run: string
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get detail(): RunDetail | null {
    return this._detail;
  }

  get error(): MlpipeError | null {
    return this._error;
  }

  /** The run of the same pipeline before this one; null where there is none. */
  get previous(): RunInfo | null {
    return this._previous;
  }

  get isRunning(): boolean {
    return this._detail?.run.status === 'running';
  }

  /** Whether plain cells that ran like stages are shown, too. */
  get withCells(): boolean {
    return this._withCells;
  }

  set withCells(withCells: boolean) {
    this._withCells = withCells;
    this._changed.emit();
  }

  /** What the gates of a stage saw, once it was asked for. */
  evidence(stage: string): readonly CheckInfo[] | null {
    return this._evidence.get(stage) ?? null;
  }

  /** Ask what the gates of a stage saw. */
  async loadEvidence(stage: string): Promise<void> {
    try {
      const { checks } = await this.client.stageVerdicts(this.run, stage, { path: this.path });
      this._evidence.set(stage, checks);
    } catch (error) {
      this._error = MlpipeError.from(error);
    }
    this._changed.emit();
  }

  /** Ask for the run as it is now; while an answer is on its way, at most one more question waits for it. */
  async refresh(): Promise<void> {
    this._isStale = true;
    this._loading ??= this._load().finally(() => {
      this._loading = null;
    });
    return this._loading;
  }

  async cancel(): Promise<void> {
    try {
      await this.client.cancelRun(this.run, { path: this.path });
    } catch (error) {
      this._error = MlpipeError.from(error);
      this._changed.emit();
    }
    await this.refresh();
  }

  /** Follow up news of this run. */
  hear(news: IRunNews): void {
    if (news.run === this.run) {
      void this.refresh();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  private async _load(): Promise<void> {
    while (this._isStale && !this._isDisposed) {
      this._isStale = false;
      try {
        this._detail = await this.client.showRun(this.run, { path: this.path });
        this._error = null;
        await this._findPrevious(this._detail.run);
      } catch (error) {
        this._error = MlpipeError.from(error);
      }
      this._changed.emit();
    }
  }

  private async _findPrevious({ pipeline, run }: RunInfo): Promise<void> {
    if (!this._previous) {
      const { runs } = await this.client.listRuns({ path: this.path, pipeline, before: run, limit: 1 });
      this._previous = runs[0] ?? null;
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _detail: RunDetail | null = null;
  private _error: MlpipeError | null = null;
  private _previous: RunInfo | null = null;
  private _withCells = false;
  private readonly _evidence = new Map<string, readonly CheckInfo[]>();
  private _loading: Promise<void> | null = null;
  private _isStale = false;
}
