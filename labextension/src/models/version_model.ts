/** One version of a model with all that is on record of it, and another one to compare it with. Knows no DOM. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { ModelVersionDetail } from '../api/types';
import type { IMlpipeClient } from '../tokens';

export class VersionModel implements IDisposable {
  constructor(
    private readonly client: Pick<IMlpipeClient, 'showModelVersion'>,
    /** Contents path of a notebook or folder in the model's workspace. */
    readonly path: string,
    readonly model: string,
    readonly version: number
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** What is on record; null before the first answer. */
  get detail(): ModelVersionDetail | null {
    return this._detail;
  }

  get error(): MlpipeError | null {
    return this._error;
  }

  /** The version that it is compared with; null where it is with none. */
  get other(): number | null {
    return this._other;
  }

  /** What is on record of the other one. */
  get otherDetail(): ModelVersionDetail | null {
    return this._otherDetail;
  }

  /** Compare with another version, or with none. */
  async compareWith(other: number | null): Promise<void> {
    this._other = other === this.version ? null : other;
    this._otherDetail = null;
    this._changed.emit();
    await this.refresh();
  }

  /** Ask for what is on record now. Of several answers on their way, only the one asked for last counts. */
  async refresh(): Promise<void> {
    const asked = ++this._asked;
    const other = this._other;
    const show = (version: number) => this.client.showModelVersion(this.model, version, { path: this.path });
    try {
      const [detail, otherDetail] = await Promise.all([
        show(this.version),
        other === null ? Promise.resolve(null) : show(other)
      ]);
      if (asked === this._asked) {
        this._detail = detail;
        this._otherDetail = otherDetail;
        this._error = null;
      }
    } catch (error) {
      if (asked === this._asked) {
        this._error = MlpipeError.from(error);
      }
    }
    if (asked === this._asked && !this._isDisposed) {
      this._changed.emit();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._asked++;
      Signal.clearData(this);
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _detail: ModelVersionDetail | null = null;
  private _otherDetail: ModelVersionDetail | null = null;
  private _error: MlpipeError | null = null;
  private _other: number | null = null;
  private _asked = 0;
}
