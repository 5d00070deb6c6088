/** A run of an open notebook that is going on, as the notebook's model follows it. */

import type { IDisposable } from '@lumino/disposable';

import type { RunOutputs } from '../api/types';
import { LiveStages } from './live_stages';
import type { RunFollower } from './run_follower';

/** A run that is followed, with what is known of it. */
export class FollowedRun implements IDisposable {
  constructor(
    readonly follower: RunFollower,

    /** Where it was started: `lab`, `cli`, … */
    readonly door: string,

    /** Whether it was started from this page. */
    readonly mine: boolean,

    /** When it started, in seconds since the epoch. */
    readonly started: number,

    /** What its cells had put out before we began to follow it; null where we followed it from its start. */
    readonly before: RunOutputs | null = null
  ) {}

  readonly live = new LiveStages();

  /** Its end was asked for. */
  cancelling = false;

  get run(): string {
    return this.follower.run;
  }

  get isDisposed(): boolean {
    return this.follower.isDisposed;
  }

  dispose(): void {
    this.follower.dispose();
  }
}
