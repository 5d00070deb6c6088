/** News of runs as the server pushes them. Not for what is asked after them. */

import type { Event } from '@jupyterlab/services';

import type { IRunNews } from '../tokens';

/** The id of the events' schema. */
export const RUN_PROGRESS_SCHEMA = 'https://events.jupyter-mlpipe.org/run_progress/v1';

/**
 * Call for each of the server's events that is news of a run.
 *
 * An event may be lost on the way, or come twice: whoever must know asks for what came after the last it saw.
 */
export function onRunNews(stream: Event.Stream, listener: (news: IRunNews) => void): void {
  stream.connect((_, emission) => {
    if (emission.schema_id === RUN_PROGRESS_SCHEMA) {
      listener(emission as unknown as IRunNews);
    }
  });
}
