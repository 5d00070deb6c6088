/** What is asked before something is done with a version: what would come of it, and why it is done. Knows no DOM. */

import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { ModelOutcome } from '../api/types';
import type { IMlpipeClient } from '../tokens';
import type { IDeed } from './deeds';

export class DeedRequest {
  constructor(
    private readonly client: Pick<IMlpipeClient, 'checkPromotion'>,
    readonly path: string,
    readonly deed: IDeed,
    /** The version that the target's alias names now. */
    readonly current: number | null
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The reason or comment of whoever asks. */
  said = '';

  /** Whether the gates are being asked, which takes seconds. */
  get isChecking(): boolean {
    return this._isChecking;
  }

  /** What the gates and the policy say; null where they have not answered, or there is nothing to ask them. */
  get check(): ModelOutcome | null {
    return this._check;
  }

  /** Why they have not answered. */
  get error(): MlpipeError | null {
    return this._error;
  }

  /** Whether to go on makes sense: what would be refused for certain is not asked for. */
  get isPossible(): boolean {
    return !this._isChecking && !(this.deed.kind === 'promote' && this._check?.decision === 'refused');
  }

  /** Ask the gates, where they have a say. */
  async look(): Promise<void> {
    const { kind, model, version, target } = this.deed;
    if (kind !== 'promote' && kind !== 'approve') {
      return;
    }
    this._isChecking = true;
    this._changed.emit();
    try {
      this._check = await this.client.checkPromotion(model, version, { path: this.path, target });
    } catch (error) {
      this._error = MlpipeError.from(error);
    }
    this._isChecking = false;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isChecking = false;
  private _check: ModelOutcome | null = null;
  private _error: MlpipeError | null = null;
}
