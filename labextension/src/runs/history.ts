/** The runs of a workspace, newest first: page after page, filtered, kept up to date. Not for one run's stages. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { RunInfo, RunList, RunStatus } from '../api/types';
import { formatValue } from '../format';
import type { IMlpipeClient, IRunNews } from '../tokens';

/** Which runs are shown. */
export interface IRunFilter {
  /** Only those of the notebook in focus, where there is one. */
  readonly ofNotebook: boolean;
  readonly pipeline: string | null;
  readonly status: RunStatus | null;

  /** Words that must all stand somewhere in what is shown of a run. */
  readonly text: string;
}

const EVERYTHING: IRunFilter = { ofNotebook: true, pipeline: null, status: null, text: '' };

export class RunHistory implements IDisposable {
  constructor(private readonly client: Pick<IMlpipeClient, 'listRuns' | 'cancelRun'>) {}

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

  /** Contents path of the notebook in focus; null where there is none. */
  get notebook(): string | null {
    return this._notebook;
  }

  /** Look at the workspace of a notebook, or of a folder where no notebook is open. */
  lookAt(path: string, notebook: string | null): void {
    if (path !== this._path || notebook !== this._notebook) {
      this._path = path;
      this._notebook = notebook;
      this._startOver();
    }
  }

  /** While nobody sees the runs, news of them are not followed up: they are asked for when somebody looks again. */
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

  get filter(): IRunFilter {
    return this._filter;
  }

  /** Change some of the filter. */
  narrow(changes: Partial<IRunFilter>): void {
    const { text, ...asked } = changes;
    this._filter = { ...this._filter, ...changes };
    if (Object.keys(asked).length) {
      this._startOver();
    } else {
      this._changed.emit();
    }
  }

  /** Whether the filter leaves anything out. */
  get isNarrowed(): boolean {
    const { pipeline, status, text } = this._filter;
    return pipeline !== null || status !== null || text.trim() !== '';
  }

  /** Show everything again. */
  widen(): void {
    const { ofNotebook } = this._filter;
    this.narrow({ ...EVERYTHING, ofNotebook });
  }

  /** The runs that are shown. */
  get runs(): readonly RunInfo[] {
    const words = this._filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    return words.length ? this._runs.filter(run => holds(run, words)) : this._runs;
  }

  /** Names to filter by. */
  get pipelines(): readonly string[] {
    return this._pipelines;
  }

  /** Whether there are older runs than those that were loaded. */
  get more(): boolean {
    return this._more;
  }

  /** Whether there was an answer since the history looks where it looks. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  get isLoading(): boolean {
    return this._loading !== null;
  }

  get error(): MlpipeError | null {
    return this._error;
  }

  /** The runs that are chosen to be compared: two at most, the older one first. */
  get chosen(): readonly string[] {
    // Ids of runs sort by time.
    return [...this._chosen].sort();
  }

  /** Choose a run to be compared, or not any more; a third one takes the place of the first. */
  toggleChoice(run: string): void {
    this._chosen = this._chosen.includes(run)
      ? this._chosen.filter(other => other !== run)
      : [...this._chosen, run].slice(-2);
    this._changed.emit();
  }

  clearChoice(): void {
    this._chosen = [];
    this._changed.emit();
  }

  /** Ask for the newest runs; while an answer is on its way, at most one more question waits for it. */
  async refresh(): Promise<void> {
    if (this._loading) {
      this._askAgain = true;
      return this._loading;
    }
    return this._load(null);
  }

  /** Load the page of runs before the oldest one. */
  async loadOlder(): Promise<void> {
    const oldest = this._runs.at(-1);
    await this._loading;
    if (oldest && this._more) {
      await this._load(oldest.run);
    }
  }

  /** Ask for a run's end. */
  async cancel(run: string): Promise<void> {
    try {
      await this.client.cancelRun(run, { path: this._path });
    } catch (error) {
      this._error = MlpipeError.from(error);
      this._changed.emit();
    }
    await this.refresh();
  }

  /** Follow up news of a run, if they change what is shown. */
  hear(news: IRunNews): void {
    const known = this._runs.find(run => run.run === news.run);
    const isHere = this._workspace === null || news.workspace === this._workspace;
    if (this._isActive && isHere && known?.status !== news.status) {
      void this.refresh();
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  private _startOver(): void {
    this._era++;
    this._loading = null;
    this._askAgain = false;
    this._runs = [];
    this._chosen = [];
    this._more = false;
    this._isLoaded = false;
    this._error = null;
    this._changed.emit();
    if (this._isActive) {
      void this.refresh();
    }
  }

  private async _load(before: string | null): Promise<void> {
    const era = this._era;
    const { ofNotebook, pipeline, status } = this._filter;
    const answer = this.client
      .listRuns({ path: this._path, notebook: ofNotebook ? this._notebook : null, pipeline, status, before })
      .then(
        page => ({ page, error: null }),
        error => ({ page: null, error: MlpipeError.from(error) })
      )
      .then(({ page, error }) => {
        if (era !== this._era || this._isDisposed) {
          return;
        }
        this._loading = null;
        this._error = error;
        this._isLoaded = true;
        if (page) {
          this._take(page, before);
        }
        this._changed.emit();
      });
    this._loading = answer;
    this._changed.emit();
    await answer;
    if (era === this._era && this._askAgain && !this._isDisposed) {
      this._askAgain = false;
      await this._load(null);
    }
  }

  private _take(page: RunList, before: string | null): void {
    this._workspace = page.workspace;
    this._pipelines = page.pipelines;
    if (before !== null) {
      this._runs = [...this._runs.filter(run => run.run >= before), ...page.runs];
      this._more = page.more;
      return;
    }
    const oldest = page.runs.at(-1)?.run;
    const newestKnown = this._runs[0]?.run;
    // Older pages stay, unless so many runs are new that some between them and this page are missing.
    const joins = oldest !== undefined && newestKnown !== undefined && newestKnown >= oldest;
    const older = page.more && joins ? this._runs.filter(run => run.run < oldest) : [];
    this._more = older.length ? this._more : page.more;
    this._runs = [...page.runs, ...older];
    this._chosen = this._chosen.filter(chosen => this._runs.some(run => run.run === chosen));
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _isActive = false;
  private _path = '';
  private _notebook: string | null = null;
  private _filter = EVERYTHING;
  private _runs: readonly RunInfo[] = [];
  private _pipelines: readonly string[] = [];
  private _workspace: string | null = null;
  private _more = false;
  private _isLoaded = false;
  private _error: MlpipeError | null = null;
  private _chosen: readonly string[] = [];
  /** The answer that is on its way. */
  private _loading: Promise<void> | null = null;
  private _askAgain = false;
  /** Counts how often the question has changed, so that answers to earlier ones are known. */
  private _era = 0;
}

function holds(run: RunInfo, words: readonly string[]): boolean {
  const parameters = Object.entries(run.parameters).map(([name, value]) => `${name}=${formatValue(value)}`);
  const shown = [
    run.run,
    run.pipeline,
    run.notebook,
    run.status,
    run.user,
    run.host,
    run.owner,
    run.team,
    ...parameters
  ]
    .join(' ')
    .toLowerCase();
  return words.every(word => shown.includes(word));
}
