/** Short names for the JSON that goes over the wire, and for what each operation takes and gives. Generated types stand behind all of them. */

import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Analysis = Schemas['Analysis'];
export type AnalysisRequest = Schemas['AnalysisRequest'];
export type CodeCell = Schemas['CodeCell'];
export type CostRange = Schemas['CostRange'];
export type StageInfo = Schemas['StageInfo'];
export type StageState = StageInfo['state'];
export type Resources = Schemas['Resources'];
export type ParameterInfo = Schemas['ParameterInfo'];
export type FindingInfo = Schemas['FindingInfo'];
export type StageLineInfo = Schemas['StageLineInfo'];
export type StageOption = Schemas['StageOption'];

export type RunRequest = Schemas['RunRequest'];
export type RunMode = NonNullable<RunRequest['mode']>;
export type RunInfo = Schemas['RunInfo'];
export type RunStatus = RunInfo['status'];
export type RunList = Schemas['RunList'];
export type RunDetail = Schemas['RunDetail'];
export type StageRunInfo = Schemas['StageRunInfo'];
export type StageStatus = StageRunInfo['status'];
export type ArtifactInfo = Schemas['ArtifactInfo'];
export type VerdictInfo = Schemas['VerdictInfo'];
export type CheckInfo = Schemas['CheckInfo'];
export type StageVerdicts = Schemas['StageVerdicts'];
export type RunEvent = Schemas['RunEvent'];
export type RunEvents = Schemas['RunEvents'];
export type RunOutputs = Schemas['RunOutputs'];
export type CellOutputs = Schemas['CellOutputs'];
export type RunComparison = Schemas['RunComparison'];
export type StageDiff = Schemas['StageDiff'];
export type Change = Schemas['Change'];
export type DifferenceText = Schemas['DifferenceText'];
export type DiffLine = Schemas['DiffLine'];

export type StageValues = Schemas['StageValues'];
export type ValueInfo = Schemas['ValueInfo'];
export type StageVersions = Schemas['StageVersions'];
export type StageVersion = Schemas['StageVersion'];

export type ModelList = Schemas['ModelList'];
export type ModelInfo = Schemas['ModelInfo'];
export type ModelVersionInfo = Schemas['ModelVersionInfo'];
export type ModelVersionDetail = Schemas['ModelVersionDetail'];
export type Lifecycle = ModelVersionInfo['lifecycle'];
export type AllowedAction = Schemas['AllowedAction'];
export type UnregisteredModel = Schemas['UnregisteredModel'];
export type ApprovalInfo = Schemas['ApprovalInfo'];
export type TransitionInfo = Schemas['TransitionInfo'];
export type ModelOutcome = Schemas['ModelOutcome'];

export type AlertList = Schemas['AlertList'];
export type AlertInfo = Schemas['AlertInfo'];
export type AlertDetail = Schemas['AlertDetail'];
export type AlertEventInfo = Schemas['AlertEventInfo'];

export type PanelInfo = Schemas['PanelInfo'];
export type PanelList = Schemas['PanelList'];
export type PanelContent = Schemas['PanelContent'];
export type PanelBlock = Schemas['PanelBlock'];

export type ServerInfo = Schemas['ServerInfo'];
export type CreatedNotebook = Schemas['CreatedNotebook'];
export type ErrorInfo = Schemas['ErrorInfo'];

/** An operation of the API, by its id. */
export type OperationId = keyof operations;

/** What an operation takes in its query. */
export type Query<Id extends OperationId> = NonNullable<operations[Id]['parameters']['query']>;

/** What an operation takes as its body. */
export type Body<Id extends OperationId> = operations[Id] extends {
  requestBody: { content: { 'application/json': infer Content } };
}
  ? Content
  : never;

/** What an operation gives. */
export type Reply<Id extends OperationId> = operations[Id]['responses'][200]['content']['application/json'];
