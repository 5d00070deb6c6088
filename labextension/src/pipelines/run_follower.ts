/** Reads a run's events as they come, until it ends. Not for what they mean. */

import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import { MlpipeError } from '../api/errors';
import type { RunEvents, RunStatus } from '../api/types';
import type { IMlpipeClient, IRunNews } from '../tokens';

/** How often we ask where no news comes: events of the server may be lost on the way, or not be delivered at all. */
const POLL_MS = 10_000;
const POLL_MOST_MS = 60_000;

export interface IRunFollowerOptions {
  readonly client: Pick<IMlpipeClient, 'followRun'>;
  readonly news: ISignal<unknown, IRunNews>;
  readonly run: string;

  /** The contents path of the run's notebook, which may be renamed. */
  readonly path: () => string;

  /** Id of the last event that is known already. */
  readonly after?: number;
}

/** Follows one run: asks when there is news, and now and then without. */
export class RunFollower implements IDisposable {
  constructor(private readonly options: IRunFollowerOptions) {
    this.last = options.after ?? 0;
    options.news.connect(this.onNews, this);
    this.poll = new Poll({
      name: `mlpipe:run:${options.run}`,
      frequency: { interval: POLL_MS, max: POLL_MOST_MS, backoff: true },
      factory: () => this.pull()
    });
  }

  get run(): string {
    return this.options.run;
  }

  /** Events as they come, oldest first. */
  get batches(): ISignal<this, RunEvents> {
    return this.batch;
  }

  /** How the run ended, once it has. */
  get ended(): Promise<RunStatus> {
    return this.end.promise;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.options.news.disconnect(this.onNews, this);
    this.poll.dispose();
    Signal.clearData(this);
  }

  /** Ask for what is new; done when all of it is there. */
  pull(): Promise<void> {
    this.pulling ??= this.read().finally(() => {
      this.pulling = null;
    });
    return this.pulling;
  }

  private async read(): Promise<void> {
    let reply: RunEvents;
    do {
      this.wanted = 0;
      try {
        reply = await this.options.client.followRun(this.run, { path: this.options.path(), after: this.last });
      } catch (error) {
        if (MlpipeError.from(error).status === 404) {
          this.finish('interrupted'); // its ledger is gone: there will never be more
          return;
        }
        throw error;
      }
      if (this.disposed) {
        return;
      }
      this.last = Math.max(this.last, reply.last);
      this.batch.emit(reply);
    } while (!this.disposed && (reply.more || this.wanted > this.last));
    if (reply.status !== 'running') {
      this.finish(reply.status);
    }
  }

  private finish(status: RunStatus): void {
    if (!this.disposed) {
      this.dispose();
      this.end.resolve(status);
    }
  }

  private onNews(_: unknown, news: IRunNews): void {
    if (news.run !== this.run || (news.last <= this.last && news.status === 'running')) {
      return;
    }
    this.wanted = Math.max(this.wanted, news.last);
    this.pull().catch(() => undefined); // the poll asks again
  }

  private readonly batch = new Signal<this, RunEvents>(this);
  private readonly end = new PromiseDelegate<RunStatus>();
  private readonly poll: Poll;
  private disposed = false;
  private last: number;
  private pulling: Promise<void> | null = null;
  private wanted = 0;
}
