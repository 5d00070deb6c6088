import type { ModelInfo, ModelOutcome, ModelVersionDetail, ModelVersionInfo } from '../../src/api/types';

export function version(number: number, about: Partial<ModelVersionInfo> = {}): ModelVersionInfo {
  return {
    model: 'flight-delay',
    version: number,
    lifecycle: 'candidate',
    aliases: [],
    metrics: {},
    registered: 0,
    user: 'ada',
    run: 'r1',
    pipeline: 'flights',
    stage: 'register',
    safe: true,
    passed: null,
    said: '',
    actions: [],
    ...about
  };
}

export function model(versions: readonly ModelVersionInfo[], about: Partial<ModelInfo> = {}): ModelInfo {
  return { name: 'flight-delay', versions, older: 0, aliases: {}, warnings: [], waiting: [], refused: [], ...about };
}

export function detail(info: ModelVersionInfo): ModelVersionDetail {
  return {
    info,
    name: 'model',
    content: 'b3:1',
    digest: null,
    key: null,
    flavor: null,
    notebook: null,
    owner: null,
    team: null,
    parameters: {},
    inputs: [],
    files: {},
    environment: {},
    signature: null,
    checks: [],
    approvals: [],
    history: [],
    others: []
  };
}

export function outcome(about: Partial<ModelOutcome> = {}): ModelOutcome {
  return {
    model: 'flight-delay',
    version: 2,
    action: 'promote',
    target: 'production',
    decision: 'done',
    before: null,
    text: 'done',
    reasons: [],
    checks: [],
    ...about
  };
}
