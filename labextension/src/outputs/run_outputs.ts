/** Brings what a run puts out into the cells of its open notebook, as it is produced. Knows no DOM. */

import type { RunEvents } from '../api/types';
import type { FollowedRun } from '../pipelines/followed_run';
import type { PipelineModel } from '../pipelines/model';
import type { IMlpipeClient } from '../tokens';
import { type ICellChange, PendingOutputs } from './pending_outputs';

/** Where runs are started whose outputs belong into the notebook that is open. */
const DOOR = 'lab';

/** How long we wait before we ask again who writes. */
const DECISION_MS = 1000;

/** A notebook into which outputs are written. */
export interface IOutputsTarget {
  /**
   * Whether this client is the one that writes what a run puts out: with real-time collaboration several have the
   * notebook open. Null while it is not known yet who they are.
   */
  writes(run: string): boolean | null;

  /** Tell the others that this client started a run, and writes what it puts out. */
  announce(run: string): void;

  /** The run whose outputs the notebook shows, as it remembers it. */
  shownRun: string | null;

  /** When the notebook was last written to disk, in seconds since the epoch. */
  readonly lastSaved: number;

  /** Whether it has changes by its user that are not saved. */
  readonly isDirty: boolean;

  /** Write changes into its cells; `trusted` where this user asked for them just now. */
  apply(changes: readonly ICellChange[], trusted: boolean): void;

  save(): Promise<void>;
}

export interface IRunOutputsWriterOptions {
  readonly model: Pick<PipelineModel, 'path' | 'activeRun' | 'runFollowed'>;
  readonly target: IOutputsTarget;
  readonly client: Pick<IMlpipeClient, 'runOutputs' | 'listRuns'>;

  /** Call back when the next frame is drawn: what comes meanwhile is written at once, so that no chatty cell freezes. */
  readonly nextFrame: (callback: () => void) => void;
}

/**
 * Writes the outputs of the runs that Lab started into their notebook.
 *
 * While a run goes on its events say what to append. When it has ended, its executed notebook is the truth, and cells
 * that differ from it are replaced. The notebook notes which run it shows, so that one that was closed meanwhile gets
 * its outputs when it is opened again.
 *
 * Outputs on their way do not make the notebook look edited: they are not lost with the page, since the run has them.
 * At the end they are saved, as the user's own execution would have been by the next save, unless the user has unsaved
 * edits: then saving stays with the user.
 */
export class RunOutputsWriter {
  constructor(private readonly options: IRunOutputsWriterOptions) {
    options.model.runFollowed.connect((_, followed) => this.follow(followed));
  }

  /**
   * Write what a run put out that ended while the notebook was closed.
   *
   * Nothing is done where the notebook was saved after the run's end: whoever saved it saw it as it is.
   */
  async catchUp(): Promise<void> {
    const { model, target, client } = this.options;
    const { runs } = await client.listRuns({ path: model.path, notebook: model.path, limit: 20 });
    const newest = runs.find(run => run.door === DOOR);
    const isMissing =
      newest?.ended && newest.status !== 'running' && newest.run !== target.shownRun && newest.ended > target.lastSaved;
    if (isMissing && !model.activeRun) {
      await this.finish(newest.run, new PendingOutputs(), false);
    }
  }

  private follow(followed: FollowedRun): void {
    if (followed.door !== DOOR) {
      return;
    }
    if (followed.mine) {
      this.options.target.announce(followed.run);
    }
    const pending = new PendingOutputs();
    if (followed.before) {
      pending.show(followed.before.cells, followed.before.last);
      this.writeSoon(followed.run, pending, followed.mine);
    }
    followed.follower.batches.connect((_, batch) => {
      for (const event of batch.events) {
        pending.take(event);
      }
      this.writeSoon(followed.run, pending, followed.mine);
      if (batch.status === 'running') {
        void this.showRestored(followed, batch, pending);
      }
    });
    void followed.follower.ended.then(() => this.finish(followed.run, pending, followed.mine)).catch(() => undefined);
  }

  /** Stages that were restored have run no cell: ask what their cells put out when they ran. */
  private async showRestored(followed: FollowedRun, batch: RunEvents, pending: PendingOutputs): Promise<void> {
    const restored = batch.events.filter(event => event.type === 'stage_finished' && event.status === 'hit');
    const [first, ...others] = restored.map(event => event.stage);
    if (!first) {
      return;
    }
    const query = { path: this.options.model.path };
    const about = others.length ? query : { ...query, stage: first };
    try {
      const { cells } = await this.options.client.runOutputs(followed.run, about);
      const names = new Set([first, ...others]);
      pending.show(
        cells.filter(cell => names.has(cell.stage)),
        batch.last
      );
      this.writeSoon(followed.run, pending, followed.mine);
    } catch {
      // the run's end brings them
    }
  }

  private async finish(run: string, pending: PendingOutputs, mine: boolean): Promise<void> {
    const { client, model, target } = this.options;
    const all = await client.runOutputs(run, { path: model.path });
    pending.show(all.cells, Number.POSITIVE_INFINITY);
    pending.settle();
    while (!this.write(run, pending, mine)) {
      await new Promise(resolve => setTimeout(resolve, DECISION_MS));
    }
    if (!target.writes(run)) {
      return;
    }
    const mayBeSaved = !target.isDirty;
    target.shownRun = run;
    if (mayBeSaved) {
      await target.save();
    }
  }

  private writeSoon(run: string, pending: PendingOutputs, mine: boolean): void {
    if (pending.isEmpty || this.scheduled) {
      return;
    }
    this.scheduled = true;
    this.options.nextFrame(() => {
      this.scheduled = false;
      if (!this.write(run, pending, mine)) {
        setTimeout(() => this.writeSoon(run, pending, mine), DECISION_MS);
      }
    });
  }

  /** Write what is waiting, or leave it to who writes; false while it is not known who that is. */
  private write(run: string, pending: PendingOutputs, mine: boolean): boolean {
    const { target } = this.options;
    const writes = target.writes(run);
    if (writes === null) {
      return false;
    }
    const changes = pending.drain();
    if (changes.length && writes) {
      target.apply(changes, mine);
    }
    return true;
  }

  private scheduled = false;
}
