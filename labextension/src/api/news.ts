/** News of runs as the server pushes them. Not for what is asked after them. */

import type { Event } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IRunNews } from '../tokens';

/** The id of the events' schema; its version stands in the event. */
export const RUN_PROGRESS_SCHEMA = 'https://events.jupyter-mlpipe.org/run_progress/v1';

/**
 * The server's events that are news of a run.
 *
 * An event may be lost on the way, or come twice: whoever must know asks for what came after the last it saw.
 */
export function runNews(stream: Event.Stream, sender: object): ISignal<object, IRunNews> {
  const news = new Signal<object, IRunNews>(sender);
  stream.connect((_, emission) => {
    if (emission.schema_id === RUN_PROGRESS_SCHEMA) {
      news.emit(emission as unknown as IRunNews);
    }
  });
  return news;
}
