/** The alerts of a workspace, as the server's ledger knows them, and what is done about them. Knows no DOM. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { AlertDetail, AlertInfo, AlertList } from '../api/types';
import type { IMlpipeClient, IRunNews } from '../tokens';

export type AlertsClient = Pick<IMlpipeClient, 'listAlerts' | 'showAlert' | 'acknowledgeAlert' | 'silenceAlert'>;

/** An alert follows the end of a run within seconds, and nobody tells of it: when to look again, in milliseconds. */
const SOON_MS = [1_500, 5_000, 15_000] as const;

export class Alerts implements IDisposable {
  constructor(private readonly client: AlertsClient) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Contents path of a notebook or folder in the workspace. */
  get path(): string {
    return this._path;
  }

  /** Look at the workspace of a notebook or folder. */
  lookAt(path: string): void {
    if (path !== this._path) {
      this._path = path;
      this._startOver();
      void this.refresh();
    }
  }

  get alerts(): readonly AlertInfo[] {
    return this._found?.alerts ?? [];
  }

  /** How many nobody has acknowledged. */
  get unacknowledged(): number {
    return this._found?.unacknowledged ?? 0;
  }

  /** How many are not shown. */
  get more(): number {
    return this._found?.more ?? 0;
  }

  /** Whether those that are over are shown, too. */
  get withResolved(): boolean {
    return this._withResolved;
  }

  set withResolved(withResolved: boolean) {
    if (withResolved !== this._withResolved) {
      this._withResolved = withResolved;
      this._changed.emit();
      void this.refresh();
    }
  }

  get isLoaded(): boolean {
    return this._isLoaded;
  }

  get error(): MlpipeError | null {
    return this._error;
  }

  /** The alert whose facts and history are shown; null where none is. */
  get open(): string | null {
    return this._open;
  }

  /** Facts and history of the open alert; null until they are there. */
  get detail(): AlertDetail | null {
    return this._detail;
  }

  alert(id: string): AlertInfo | null {
    return this.alerts.find(other => other.id === id) ?? null;
  }

  /** Show the facts and history of an alert, or of none. */
  async choose(id: string | null): Promise<void> {
    this._open = id;
    this._detail = null;
    this._changed.emit();
    await this._loadDetail();
  }

  /** Ask for the alerts; while an answer is on its way, at most one more question waits for it. */
  async refresh(): Promise<void> {
    this._isStale = true;
    this._loading ??= this._load().finally(() => {
      this._loading = null;
    });
    return this._loading;
  }

  /** Say that you take care of an alert. Throws an `MlpipeError` where the server did not record it. */
  async acknowledge(id: string, note: string, path = this._path): Promise<void> {
    await this.client.acknowledgeAlert(id, { path, note });
    await this.refresh();
  }

  /** For some seconds, have nobody told of alerts like this one. Throws an `MlpipeError`. */
  async silence(id: string, seconds: number, reason: string, path = this._path): Promise<void> {
    await this.client.silenceAlert(id, { path, seconds, reason });
    await this.refresh();
  }

  /** Follow up news of runs: one that ends may be worth an alert, or be the end of one. */
  hear({ status, workspace }: IRunNews): void {
    if (status === 'running' || (this._found && workspace !== this._found.workspace)) {
      return;
    }
    this._forget();
    this._soon = SOON_MS.map(wait => setTimeout(() => void this.refresh(), wait));
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._forget();
      Signal.clearData(this);
    }
  }

  private _forget(): void {
    for (const timer of this._soon) {
      clearTimeout(timer);
    }
    this._soon = [];
  }

  private _startOver(): void {
    this._era++;
    this._forget();
    this._found = null;
    this._open = null;
    this._detail = null;
    this._isLoaded = false;
    this._error = null;
    this._changed.emit();
  }

  private async _load(): Promise<void> {
    while (this._isStale && !this._isDisposed) {
      this._isStale = false;
      const era = this._era;
      const [found, error] = await this.client.listAlerts({ path: this._path, resolved: this._withResolved }).then(
        reply => [reply, null] as const,
        thrown => [null, MlpipeError.from(thrown)] as const
      );
      if (era === this._era) {
        this._found = found ?? this._found;
        this._error = error;
        this._isLoaded = true;
        this._changed.emit();
        await this._loadDetail();
      } else {
        this._isStale = true; // it is another workspace by now
      }
    }
  }

  private async _loadDetail(): Promise<void> {
    const id = this._open;
    if (id === null || this._isDisposed) {
      return;
    }
    const era = this._era;
    try {
      const detail = await this.client.showAlert(id, { path: this._path });
      if (era === this._era && id === this._open) {
        this._detail = detail;
      }
    } catch (thrown) {
      if (era === this._era && id === this._open) {
        this._error = MlpipeError.from(thrown);
      }
    }
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _isLoaded = false;
  private _isStale = false;
  private _withResolved = false;
  private _path = '';
  private _found: AlertList | null = null;
  private _open: string | null = null;
  private _detail: AlertDetail | null = null;
  private _error: MlpipeError | null = null;
  private _loading: Promise<void> | null = null;
  private _soon: readonly ReturnType<typeof setTimeout>[] = [];
  /** Counts the workspaces that were looked at, so that answers about earlier ones are known. */
  private _era = 0;
}
