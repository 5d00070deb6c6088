/** Stages and code that are compared, for tests; each test says only what it is about. */

import type { DiffLine, StageDiff } from '../../src/api/types';

export function stageDiff(name: string, about: Partial<StageDiff> = {}): StageDiff {
  return {
    name,
    before: 'done',
    after: 'done',
    changed: false,
    code: [],
    parameters: [],
    environment: [],
    inputs: [],
    metrics: [],
    seconds: { name: 'seconds', before: 1, after: 1 },
    source: [],
    outputs_before: [],
    outputs_after: [],
    ...about
  };
}

/** Lines as a diff prints them: ` same`, `-removed`, `+added`. */
export function diff(...lines: string[]): DiffLine[] {
  const kinds = { ' ': 'same', '-': 'removed', '+': 'added' } as const;
  return lines.map(line => ({ kind: kinds[line[0] as ' ' | '-' | '+'], text: line.slice(1) }));
}
