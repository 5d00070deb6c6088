/** One word or two for each state that a stage or a run can be in. Not for reasons: the server says those. */

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
