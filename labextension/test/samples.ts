/** Values of the wire's shapes for tests; each test says only what it is about. */

import type { Analysis, CodeCell, RunDetail, RunEvent, RunInfo, StageInfo } from '../src/api/types';

export function stage(name: string, about: Partial<StageInfo> = {}): StageInfo {
  return {
    name,
    implicit: false,
    state: 'never',
    reason: '',
    cells: [`${name}-cell`],
    after: [],
    inputs: [],
    key: `${name}-key`,
    owner: null,
    resources: { cpus: null, gpus: null, memory: null, timeout: null, retries: 0 },
    gates: [],
    last_run: null,
    last_seconds: null,
    expected_seconds: null,
    cost: null,
    currency: null,
    expected_cost: null,
    started: null,
    run: null,
    verdicts: [],
    ...about
  };
}

export function analysis(stages: readonly StageInfo[], about: Partial<Analysis> = {}): Analysis {
  return {
    pipeline: 'flights',
    stages,
    parameters: [],
    findings: [],
    expected_seconds: 0,
    expected_cost: null,
    owner: null,
    run: null,
    error: null,
    error_cell: null,
    ...about
  };
}

export function cell(id: string, source: string, about: Partial<CodeCell> = {}): CodeCell {
  return { id, source, index: 0, tags: [], ...about };
}

export function event(id: number, type: string, about: Partial<RunEvent> = {}): RunEvent {
  return {
    id,
    type,
    time: id,
    stage: null,
    cell: null,
    status: null,
    text: null,
    output: null,
    outputs: null,
    ...about
  };
}

export function run(id: string, about: Partial<RunInfo> = {}): RunInfo {
  return {
    run: id,
    pipeline: 'flights',
    notebook: 'flights.ipynb',
    status: 'running',
    started: 0,
    ended: null,
    seconds: null,
    user: 'ada',
    host: 'here',
    owner: null,
    team: null,
    parameters: {},
    executed: null,
    door: 'lab',
    error: null,
    ...about
  };
}

export function detail(id: string, about: Partial<RunInfo> = {}): RunDetail {
  return { run: run(id, about), stages: [] };
}
