/** An open notebook as a pipeline: what its stages would do, and the run that is going on. Knows no DOM. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { Analysis, AnalysisRequest, RunDetail, RunEvents, RunRequest, StageInfo } from '../api/types';
import { speaksToUs } from '../stage_line/directive';
import type { IMlpipeClient, IPipelineModel, IRunNews, IRunProgress } from '../tokens';
import { Analyst } from './analyst';
import { FollowedRun } from './followed_run';
import { merged } from './live_stages';
import type { INotebookSource } from './notebook_source';
import { RunFollower } from './run_follower';

/** What the model asks the server. */
export type PipelineClient = Pick<
  IMlpipeClient,
  'analyseNotebook' | 'startRun' | 'cancelRun' | 'followRun' | 'runOutputs' | 'showRun'
>;

export interface IPipelineModelOptions {
  readonly source: INotebookSource;
  readonly client: PipelineClient;
  readonly news: ISignal<unknown, IRunNews>;
}

/** A run has ended. */
export interface IEndedRun {
  readonly detail: RunDetail;

  /** Whether it was started from this page. */
  readonly mine: boolean;
}

export class PipelineModel implements IPipelineModel, IDisposable {
  constructor(options: IPipelineModelOptions) {
    this.source = options.source;
    this.client = options.client;
    this.news = options.news;
    this.analyst = new Analyst({
      question: () => this.question(),
      ask: request => this.client.analyseNotebook(request),
      answered: answer => this.onAnswer(answer)
    });
    this.source.edited.connect(this.onEdited, this);
    this.source.executed.connect(this.onExecuted, this);
    this.source.activeCellChanged.connect(this.onActiveCell, this);
    this.news.connect(this.onNews, this);
    this.analyst.noteEdit();
  }

  readonly source: INotebookSource;

  get path(): string {
    return this.source.path;
  }

  get isPipeline(): boolean {
    return this.meansUs;
  }

  get analysis(): Analysis | null {
    return this.lastGood;
  }

  get error(): MlpipeError | null {
    return this.problem;
  }

  get errorCell(): string | null {
    return this.problemCell;
  }

  get stages(): readonly StageInfo[] {
    this.mergedStages ??= (this.lastGood?.stages ?? []).map(stage =>
      this.followed ? merged(stage, this.followed.live.stages.get(stage.name), this.followed.run) : stage
    );
    return this.mergedStages;
  }

  get activeStage(): string | null {
    const cell = this.source.activeCell;
    return (cell && this.lastGood?.stages.find(stage => stage.cells.includes(cell))?.name) || null;
  }

  get activeRun(): IRunProgress | null {
    if (this.starting) {
      return { run: '', status: 'starting', started: 0, settled: 0, total: 0 };
    }
    const followed = this.followed;
    if (!followed || followed.isDisposed) {
      return null;
    }
    const written = this.stages.filter(stage => !stage.implicit);
    const settled = written.filter(stage => followed.live.settled.has(stage.name)).length;
    const ahead = written.filter(stage => stage.state === 'queued' || stage.state === 'running').length;
    return {
      run: followed.run,
      status: followed.cancelling ? 'cancelling' : 'running',
      started: followed.started,
      settled,
      total: settled + ahead
    };
  }

  /** The run that is followed; it stays a moment after its end, until an analysis knows of that. */
  get followedRun(): FollowedRun | null {
    return this.followed;
  }

  get changed(): ISignal<this, void> {
    return this.change;
  }

  /** A run begins to be followed, so that its events can be listened to from the first on. */
  get runFollowed(): ISignal<this, FollowedRun> {
    return this.following;
  }

  /** The run that was followed has ended. */
  get runEnded(): ISignal<this, IEndedRun> {
    return this.end;
  }

  get isDisposed(): boolean {
    return this.source.isDisposed;
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.news.disconnect(this.onNews, this);
    this.analyst.dispose();
    this.followed?.dispose();
    this.source.dispose();
    Signal.clearData(this);
  }

  stage(name: string): StageInfo | null {
    return this.stages.find(stage => stage.name === name) ?? null;
  }

  /** The stage that a cell belongs to. */
  stageOfCell(id: string): StageInfo | null {
    return this.stages.find(stage => stage.cells.includes(id)) ?? null;
  }

  goToStage(name: string): void {
    const cell = this.stage(name)?.cells[0];
    if (cell) {
      this.source.goToCell(cell);
    }
  }

  goToCell(id: string): void {
    this.source.goToCell(id);
  }

  refresh(): Promise<void> {
    return this.analyst.refresh();
  }

  /** What a run with these parameters would do. Changes nothing here. */
  async plan(parameters: Readonly<Record<string, unknown>> = {}): Promise<Analysis> {
    const analysis = await this.client.analyseNotebook({ ...this.request(), parameters });
    if (analysis.error) {
      throw new MlpipeError(analysis.error);
    }
    return analysis;
  }

  /** Save the notebook and start a run of it; done once the run is in the ledger. */
  async run(request: Omit<RunRequest, 'path'> = {}): Promise<void> {
    if (this.activeRun) {
      return;
    }
    this.lastRequest = request;
    this.setStarting(true);
    try {
      await this.source.save();
      const { run } = await this.client.startRun({ ...request, path: this.path });
      this.follow(new FollowedRun(this.followerOf(run), 'lab', true, Date.now() / 1000));
    } finally {
      this.setStarting(false);
    }
    void this.refresh();
  }

  /** Start the last run again, with consent to what it costs beyond these budgets. */
  runBeyond(budgets: readonly string[]): Promise<void> {
    return this.run({ ...this.lastRequest, accept_cost: budgets });
  }

  /** Ask for the end of the run that is going on. */
  async cancelRun(): Promise<void> {
    const followed = this.followed;
    if (!followed || followed.isDisposed || followed.cancelling) {
      return;
    }
    followed.cancelling = true;
    this.emitChanged();
    try {
      await this.client.cancelRun(followed.run, { path: this.path });
    } catch (error) {
      followed.cancelling = false;
      this.emitChanged();
      throw error;
    }
  }

  private lastRequest: Omit<RunRequest, 'path'> = {};
  private question(): AnalysisRequest | null {
    const request = this.request();
    const meansUs = this.source.isPython && request.cells.some(cell => speaksToUs(cell.source));
    if (meansUs !== this.meansUs) {
      this.meansUs = meansUs;
      this.emitChanged(); // long before the answer, in a large notebook
    }
    return meansUs ? request : null;
  }

  private request(): AnalysisRequest {
    return { path: this.path, cells: this.source.cells, kernel: this.source.kernel };
  }

  private onEdited(): void {
    this.analyst.noteEdit();
  }

  /** The kernel may have run a stage, and stored its result. */
  private onExecuted(): void {
    if (this.meansUs) {
      this.analyst.noteChange();
    }
  }

  private onActiveCell(): void {
    const stage = this.activeStage;
    if (stage !== this.shownStage) {
      this.shownStage = stage;
      this.emitChanged();
    }
  }

  private onAnswer(answer: Analysis | MlpipeError | null): void {
    if (answer instanceof MlpipeError) {
      this.problem = answer;
      this.problemCell = null;
    } else {
      this.problem = answer?.error ? new MlpipeError(answer.error) : null;
      this.problemCell = answer?.error_cell ?? null;
      this.lastGood = answer?.error ? (this.lastGood ?? answer) : answer;
      this.shownStage = this.activeStage;
    }
    this.emitChanged();
    const run = this.lastGood?.run;
    if (run && !this.problem) {
      this.adopt(run);
    }
  }

  private onNews(_: unknown, news: IRunNews): void {
    if (news.notebook === this.path && news.status === 'running') {
      this.adopt(news.run);
    }
  }

  /** Follow a run that was started elsewhere, or before this notebook was opened; one at a time. */
  private adopt(run: string): void {
    if (this.starting || this.adopting || this.followed?.run === run || this.activeRun) {
      return;
    }
    this.adopting = true;
    this.join(run)
      .catch(() => undefined) // the next analysis names it again
      .finally(() => {
        this.adopting = false;
      });
  }

  private async join(run: string): Promise<void> {
    const query = { path: this.path };
    const [before, detail] = await Promise.all([this.client.runOutputs(run, query), this.client.showRun(run, query)]);
    if (this.isDisposed || this.activeRun || detail.run.status !== 'running') {
      return;
    }
    const { door, started } = detail.run;
    const followed = new FollowedRun(this.followerOf(run, before.last), door, false, started, before);
    followed.live.settle(detail.stages.map(stage => stage.name));
    this.follow(followed);
    void this.refresh();
  }

  private followerOf(run: string, after = 0): RunFollower {
    return new RunFollower({ client: this.client, news: this.news, run, path: () => this.path, after });
  }

  private follow(followed: FollowedRun): void {
    this.followed?.dispose();
    this.followed = followed;
    followed.follower.batches.connect(this.onEvents, this);
    void followed.follower.ended.then(() => this.onRunEnded(followed));
    this.following.emit(followed);
    this.emitChanged();
  }

  private onEvents(_: RunFollower, batch: RunEvents): void {
    let changed = false;
    for (const event of batch.events) {
      changed = (this.followed?.live.take(event) ?? false) || changed;
    }
    if (changed) {
      this.emitChanged();
    }
  }

  private async onRunEnded(followed: FollowedRun): Promise<void> {
    this.emitChanged();
    const [detail] = await Promise.all([
      this.client.showRun(followed.run, { path: this.path }).catch(() => null),
      this.refresh()
    ]);
    if (this.isDisposed) {
      return;
    }
    if (this.followed === followed) {
      this.followed = null;
      this.emitChanged();
    }
    if (detail) {
      this.end.emit({ detail, mine: followed.mine });
    }
  }

  private setStarting(starting: boolean): void {
    this.starting = starting;
    this.emitChanged();
  }

  private emitChanged(): void {
    this.mergedStages = null;
    this.change.emit();
  }

  private readonly client: PipelineClient;
  private readonly news: ISignal<unknown, IRunNews>;
  private readonly analyst: Analyst;
  private readonly change = new Signal<this, void>(this);
  private readonly following = new Signal<this, FollowedRun>(this);
  private readonly end = new Signal<this, IEndedRun>(this);

  private meansUs = false;
  private lastGood: Analysis | null = null;
  private problem: MlpipeError | null = null;
  private problemCell: string | null = null;
  private mergedStages: readonly StageInfo[] | null = null;
  private shownStage: string | null = null;
  private followed: FollowedRun | null = null;
  private starting = false;
  private adopting = false;
}
