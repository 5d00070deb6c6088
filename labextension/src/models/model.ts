/** The models of a workspace, as the server's ledger knows them, and what is being done with them. Knows no DOM. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { ModelInfo, ModelList, ModelOutcome, ModelVersionInfo } from '../api/types';
import type { IMlpipeClient, IRunNews } from '../tokens';
import { type DeedClient, type IDeed, perform } from './deeds';

export type ModelsClient = DeedClient & Pick<IMlpipeClient, 'listModels' | 'refreshModels'>;

/** How many versions of each model are shown at first, and by how many times more on request. */
const FIRST = 20;
const MORE = 10;
const MOST = 1000;

/** After so many milliseconds a registration that is on its way is looked for again. */
const SOON_MS = 2000;

export class Models implements IDisposable {
  constructor(private readonly client: ModelsClient) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Something was done with a model of this name, well or not. */
  get acted(): ISignal<this, string> {
    return this._acted;
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
    }
  }

  /** While nobody sees the models they are not asked for. */
  get isActive(): boolean {
    return this._isActive;
  }

  set isActive(isActive: boolean) {
    if (isActive !== this._isActive) {
      this._isActive = isActive;
      if (isActive) {
        void this.refresh();
      }
    }
  }

  get models(): readonly ModelInfo[] {
    return this._found?.models ?? [];
  }

  /** Whether there was an answer since the models look where they look. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** Whether the registry itself is being looked into, which takes seconds. */
  get isAsking(): boolean {
    return this._isAsking;
  }

  get error(): MlpipeError | null {
    return this._error;
  }

  /** What is being done with a model now; null where nothing is. */
  doing(model: string): IDeed | null {
    return this._deeds.find(deed => deed.model === model) ?? null;
  }

  /** A version that is shown. */
  version(model: string, version: number): ModelVersionInfo | null {
    const found = this.models.find(({ name }) => name === model);
    return found?.versions.find(other => other.version === version) ?? null;
  }

  /** The version that an alias of a model names; null where there is none. */
  current(model: string, alias: string): number | null {
    return this.models.find(({ name }) => name === model)?.aliases[alias] ?? null;
  }

  /** Ask for the models; while an answer is on its way, at most one more question waits for it. */
  async refresh(): Promise<void> {
    this._isStale = true;
    this._loading ??= this._load().finally(() => {
      this._loading = null;
    });
    return this._loading;
  }

  /** Have the server look into the registry, which finds what was changed there. */
  async lookIntoRegistry(): Promise<void> {
    if (this._isAsking) {
      return;
    }
    const era = this._era;
    this._isAsking = true;
    this._changed.emit();
    let error: MlpipeError | null = null;
    try {
      await this.client.refreshModels({ path: this._path });
    } catch (thrown) {
      error = MlpipeError.from(thrown);
    }
    this._isAsking = false;
    if (era === this._era) {
      await this.refresh();
      this._error ??= error;
    }
    this._changed.emit();
  }

  /** Show older versions. */
  async showOlder(): Promise<void> {
    this._limit = Math.min(MORE * this._limit, MOST);
    await this.refresh();
  }

  /**
   * Do something with a version.
   *
   * Throws an `MlpipeError` where the server could not say what came of it.
   */
  async act(path: string, deed: IDeed, said: string): Promise<ModelOutcome> {
    this._deeds = [...this._deeds, deed];
    this._changed.emit();
    try {
      return await perform(this.client, path, deed, said);
    } finally {
      this._deeds = this._deeds.filter(other => other !== deed);
      this._changed.emit();
      this._acted.emit(deed.model);
      await this.refresh();
    }
  }

  /** Follow up news of runs: one that ends may have registered a model. */
  hear({ status, workspace }: IRunNews): void {
    const isHere = !this._found || workspace === this._found.workspace;
    if (this._isActive && isHere && status !== 'running') {
      void this.refresh();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      clearTimeout(this._soon);
      Signal.clearData(this);
    }
  }

  private _startOver(): void {
    this._era++;
    this._found = null;
    this._isLoaded = false;
    this._error = null;
    this._limit = FIRST;
    this._changed.emit();
    if (this._isActive) {
      void this.refresh();
    }
  }

  private async _load(): Promise<void> {
    while (this._isStale && !this._isDisposed) {
      this._isStale = false;
      const era = this._era;
      const [found, error] = await this.client.listModels({ path: this._path, limit: this._limit }).then(
        reply => [reply, null] as const,
        thrown => [null, MlpipeError.from(thrown)] as const
      );
      if (era === this._era) {
        this._found = found ?? this._found;
        this._error = error;
        this._isLoaded = true;
        this._changed.emit();
        this._lookAgainSoon();
      } else {
        this._isStale = true; // it is another workspace by now
      }
    }
  }

  /** A registration that is on its way arrives seconds after its run has ended, and nobody tells of it. */
  private _lookAgainSoon(): void {
    clearTimeout(this._soon);
    const isOnItsWay = this.models.some(({ waiting }) => waiting.some(({ failures }) => failures === 0));
    if (isOnItsWay && this._isActive && !this._isDisposed) {
      this._soon = setTimeout(() => {
        if (this._isActive) {
          void this.refresh();
        }
      }, SOON_MS);
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _acted = new Signal<this, string>(this);
  private _isDisposed = false;
  private _isActive = false;
  private _isLoaded = false;
  private _isAsking = false;
  private _isStale = false;
  private _path = '';
  private _limit = FIRST;
  private _found: ModelList | null = null;
  private _error: MlpipeError | null = null;
  private _loading: Promise<void> | null = null;
  private _deeds: readonly IDeed[] = [];
  private _soon: ReturnType<typeof setTimeout> | undefined;
  /** Counts the workspaces that were looked at, so that answers about earlier ones are known. */
  private _era = 0;
}
