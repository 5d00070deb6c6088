/** How far the stages of a run are, put together from its events. Not for outputs: `outputs` follows those. */

import type { RunEvent, StageInfo, StageState, StageStatus } from '../api/types';

/** What a run has said about a stage since it was analysed. */
export interface ILiveStage {
  readonly state: StageState;
  readonly reason: string;

  /** When it started, in seconds since the epoch; null where it does not run. */
  readonly started: number | null;

  /** How long it took; null where it has not ended, or did not run. */
  readonly seconds: number | null;
}

const STATE_AFTER: Readonly<Record<StageStatus, StageState>> = {
  done: 'cached',
  hit: 'restored',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'stale',
  skipped: 'stale'
};

/** The stages of one run, from its events. */
export class LiveStages {
  /** What is known of each stage that an event was about. */
  get stages(): ReadonlyMap<string, ILiveStage> {
    return this.known;
  }

  /** Names of the stages that have ended, and were not started again since. */
  get settled(): ReadonlySet<string> {
    return this.ended;
  }

  /** Take in an event; whether anything of the above changed. */
  take(event: RunEvent): boolean {
    const { stage } = event;
    if (!stage) {
      return false;
    }
    switch (event.type) {
      case 'stage_started':
        this.known.set(stage, { state: 'running', reason: '', started: event.time, seconds: null });
        this.ended.delete(stage);
        return true;
      case 'stage_retrying':
        this.known.set(stage, { state: 'queued', reason: event.text ?? '', started: null, seconds: null });
        return true;
      case 'stage_finished':
        this.known.set(stage, this.end(stage, event));
        this.ended.add(stage);
        return true;
      default:
        return false;
    }
  }

  /** Take in stages that had ended before anybody listened. */
  settle(names: Iterable<string>): void {
    for (const name of names) {
      this.ended.add(name);
    }
  }

  private end(stage: string, event: RunEvent): ILiveStage {
    const started = this.known.get(stage)?.started ?? null;
    const well = event.status === 'done' || event.status === 'hit';
    return {
      state: STATE_AFTER[event.status as StageStatus] ?? 'stale',
      reason: well ? '' : (event.text ?? ''),
      started: null,
      seconds: event.status === 'done' && started !== null ? event.time - started : null
    };
  }

  private readonly known = new Map<string, ILiveStage>();
  private readonly ended = new Set<string>();
}

/** A stage as the analysis has it, with what the run has said since. */
export function merged(stage: StageInfo, live: ILiveStage | undefined, run: string): StageInfo {
  if (!live) {
    return stage;
  }
  const atWork = live.state === 'running' || live.state === 'queued';
  return {
    ...stage,
    state: live.state,
    reason: live.reason,
    started: live.started,
    run: atWork ? run : null,
    last_run: atWork ? stage.last_run : run,
    last_seconds: live.seconds ?? stage.last_seconds
  };
}
