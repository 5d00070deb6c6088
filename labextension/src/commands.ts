/** The ids of this extension's commands and what they take. Not for what they do: each part registers its own. */

/** A command's id, `mlpipe:verb-noun`. */
export type CommandId = `mlpipe:${string}-${string}`;

/** Every command of this extension, under the name the code calls it by. */
export const CommandIds = {
  runPipeline: 'mlpipe:run-pipeline',
  runStage: 'mlpipe:run-stage',
  runToStage: 'mlpipe:run-to-stage',
  runFromStage: 'mlpipe:run-from-stage',
  planPipeline: 'mlpipe:plan-pipeline',
  cancelRun: 'mlpipe:cancel-run',
  editParameters: 'mlpipe:edit-parameters',
  makeStage: 'mlpipe:make-stage',
  refreshAnalysis: 'mlpipe:refresh-analysis',
  showValues: 'mlpipe:show-values',
  explainStage: 'mlpipe:explain-stage',
  showVersions: 'mlpipe:show-versions',
  showVerdicts: 'mlpipe:show-verdicts',
  openFailedStage: 'mlpipe:open-failed-stage',
  openGraph: 'mlpipe:open-graph',
  showRuns: 'mlpipe:show-runs',
  openRun: 'mlpipe:open-run',
  openExecuted: 'mlpipe:open-executed',
  compareRuns: 'mlpipe:compare-runs',
  showModels: 'mlpipe:show-models',
  openModel: 'mlpipe:open-model',
  promoteModel: 'mlpipe:promote-model',
  approveModel: 'mlpipe:approve-model',
  rollBackModel: 'mlpipe:roll-back-model',
  deprecateModel: 'mlpipe:deprecate-model',
  showAlerts: 'mlpipe:show-alerts',
  acknowledgeAlert: 'mlpipe:acknowledge-alert',
  silenceAlert: 'mlpipe:silence-alert',
  openPanel: 'mlpipe:open-panel',
  openTutorial: 'mlpipe:open-tutorial'
} as const satisfies Record<string, CommandId>;

/** What commands about a notebook take; what is left out is the notebook in focus, its active stage, its newest run. */
export interface INotebookArguments {
  /** Contents path of an open notebook. */
  readonly path?: string;
  readonly stage?: string;
  readonly run?: string;
}

/** What commands about runs take: the workspace of which notebook or folder it is, and which runs. */
export interface IRunArguments {
  /** Contents path of a notebook or folder in the runs' workspace. */
  readonly path: string;
  readonly run: string;

  /** The later run, where two are compared. */
  readonly other?: string;
}

/** What commands about models take: the workspace of which notebook or folder it is, and which version. */
export interface IModelArguments {
  /** Contents path of a notebook or folder in the model's workspace. */
  readonly path: string;
  readonly model: string;
  readonly version: number;

  /** The lifecycle state that it is about. */
  readonly target?: string;

  /** The version to compare with. */
  readonly other?: number;
}

/** What commands about alerts take: the workspace of which notebook or folder it is, and which alert. */
export interface IAlertArguments {
  /** Contents path of a notebook or folder in the alert's workspace. */
  readonly path: string;
  readonly alert: string;
}
