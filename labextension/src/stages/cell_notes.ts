/** What is wrong with a cell, or would surprise its author, in the words of one small line. Knows no DOM. */

import type { TranslationBundle } from '@jupyterlab/translation';

import type { ErrorInfo, FindingInfo, StageInfo } from '../api/types';
import { withoutPlace } from '../own_words';

/** Something to say about a cell. */
export interface ICellNote {
  readonly severity: 'error' | 'warning' | 'info';

  /** `MP110`; empty where there is none. */
  readonly code: string;
  readonly message: string;

  /** What to do about it. */
  readonly hint: string;
}

/** What notes are made from; a pipeline's model has it. */
export interface INoted {
  readonly analysis: { readonly findings: readonly FindingInfo[] } | null;
  readonly error: ErrorInfo | null;
  readonly errorCell: string | null;
  readonly stages: readonly StageInfo[];
}

/** The notes of each cell that has any, the gravest first. */
export function notesOfCells(noted: INoted, trans: TranslationBundle): ReadonlyMap<string, readonly ICellNote[]> {
  const found = new Map<string, ICellNote[]>();
  const add = (cell: string | null | undefined, note: ICellNote): void => {
    if (cell) {
      found.set(cell, [...(found.get(cell) ?? []), note]);
    }
  };
  if (noted.error) {
    add(noted.errorCell, {
      severity: 'error',
      code: noted.error.code,
      message: withoutPlace(noted.error.message),
      hint: noted.error.hint
    });
  }
  for (const stage of noted.stages) {
    // A stage has a badge that says how it ended; a plain cell has none.
    if (stage.implicit && (stage.state === 'failed' || stage.state === 'refused')) {
      add(stage.cells[0], {
        severity: 'error',
        code: '',
        message: trans.__('This cell failed in the newest run: %1', withoutPlace(stage.reason)),
        hint: ''
      });
    }
  }
  for (const { cell, severity, code, message, fix } of noted.analysis?.findings ?? []) {
    add(cell, { severity: severityOf(severity), code, message, hint: fix });
  }
  for (const notes of found.values()) {
    notes.sort((a, b) => RANKS.indexOf(a.severity) - RANKS.indexOf(b.severity));
  }
  return found;
}

const RANKS: readonly ICellNote['severity'][] = ['error', 'warning', 'info'];

function severityOf(word: string): ICellNote['severity'] {
  return RANKS.find(rank => rank === word) ?? 'info';
}
