/** One word or two for each state that a stage or a run can be in, and for where runs come from. Not for reasons: the server says those. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { Mark } from './icons';

/** How a state is called, in the reader's language. */
export function markWord(mark: Mark, trans: TranslationBundle): string {
  switch (mark) {
    case 'never':
      return trans.__('not run yet');
    case 'cached':
      return trans.__('cached');
    case 'restored':
    case 'hit':
      return trans.__('restored from cache');
    case 'stale':
      return trans.__('stale');
    case 'queued':
      return trans.__('queued');
    case 'running':
      return trans.__('running');
    case 'done':
      return trans.__('done');
    case 'failed':
      return trans.__('failed');
    case 'refused':
      return trans.__('refused by a gate');
    case 'cancelled':
      return trans.__('cancelled');
    case 'interrupted':
      return trans.__('interrupted');
    case 'skipped':
      return trans.__('skipped');
  }
}

/** Where a run was started, in the reader's language; what is not known is said as it is. */
export function doorWord(door: string, trans: TranslationBundle): string {
  switch (door) {
    case 'lab':
      return trans.__('JupyterLab');
    case 'cli':
      return trans.__('command line');
    case 'python':
      return trans.__('Python');
    case 'papermill':
      return trans.__('papermill');
    case 'live kernel':
      return trans.__('kernel of the notebook');
    default:
      return door;
  }
}
