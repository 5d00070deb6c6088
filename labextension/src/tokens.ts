/** What the parts of this extension ask each other for. Not for models or widgets: those stand in the folder of their part. */

import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Toolbar } from '@jupyterlab/ui-components';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import type { MlpipeClient } from './api/client';
import type { MlpipeError } from './api/errors';
import type { Analysis, RunStatus, StageInfo } from './api/types';

/** The prefix of every plugin id of this extension. */
export const EXTENSION_ID = '@jupyter-mlpipe/labextension';

/** The plugin whose schema holds this extension's settings. */
export const SETTINGS_ID = `${EXTENSION_ID}:plugin`;

/** The domain of this extension's translations. */
export const TRANSLATION_DOMAIN = 'jupyter_mlpipe';

/** The REST API; tests put something of their own in its place. */
export type IMlpipeClient = Pick<MlpipeClient, keyof MlpipeClient>;

export const IMlpipeClient = new Token<IMlpipeClient>(
  `${EXTENSION_ID}:IMlpipeClient`,
  'The REST API of jupyter_mlpipe, one typed method an operation.'
);

/** News of a run: it has events up to `last`. */
export interface IRunNews {
  /** Name of the workspace's folder. */
  readonly workspace: string;

  /** Contents path of the run's notebook; null where it is outside of what this server shows. */
  readonly notebook: string | null;
  readonly run: string;
  readonly status: RunStatus;

  /** Id of its newest event. */
  readonly last: number;
}

/** The run of a notebook that is going on, or that ended last while the notebook was open. */
export interface IRunProgress {
  readonly run: string;

  /** `starting` from the click until the server has answered, `cancelling` from a second click until the run ends. */
  readonly status: RunStatus | 'starting' | 'cancelling';

  /** When it started, in seconds since the epoch. */
  readonly started: number;

  /** How many stages have ended. */
  readonly settled: number;

  /** How many stages take part, as far as is known. */
  readonly total: number;
}

/** An open notebook as a pipeline: its stages, what they would do now, and the run that is going on. */
export interface IPipelineModel {
  /** Contents path of the notebook; it follows a rename. */
  readonly path: string;

  /** Whether it says anything about a pipeline: a notebook without a stage line is left alone, and has no analysis. */
  readonly isPipeline: boolean;

  /** The last good analysis: it stays while the notebook is broken, and is null until there was one. */
  readonly analysis: Analysis | null;

  /** What is wrong with the notebook as it is now, or why there is no answer; null where nothing is. */
  readonly error: MlpipeError | null;

  /** Id of the cell that `error` is about; null where it is about none. */
  readonly errorCell: string | null;

  /** The stages of the analysis in notebook order, each with what the run has said about it since. */
  readonly stages: readonly StageInfo[];

  /** Name of the stage whose cell is active; null where that cell belongs to none. */
  readonly activeStage: string | null;

  /** The run that is going on; null where none is. */
  readonly activeRun: IRunProgress | null;

  /** Something of the above has changed. */
  readonly changed: ISignal<IPipelineModel, void>;

  /** The stage has been asked to be shown: go to its first cell. */
  goToStage(name: string): void;

  /** Show a cell and make it the active one. */
  goToCell(id: string): void;

  /** Ask for an analysis of the notebook as the editor has it, and wait for the answer. */
  refresh(): Promise<void>;
}

/** The open notebooks as pipelines. */
export interface IPipelines {
  /** The pipeline of the notebook that was in focus last; null where no notebook is open. */
  readonly current: IPipelineModel | null;

  /** Another notebook is in focus, or none. */
  readonly currentChanged: ISignal<IPipelines, IPipelineModel | null>;

  /** Some run of some workspace has news, as the server tells it. What is asked after it is the listener's choice. */
  readonly news: ISignal<IPipelines, IRunNews>;

  /** The pipeline that a notebook's panel shows. */
  ofPanel(panel: NotebookPanel): IPipelineModel | null;

  /** The pipeline of the open notebook at a contents path. */
  ofPath(path: string): IPipelineModel | null;
}

export const IPipelines = new Token<IPipelines>(
  `${EXTENSION_ID}:IPipelines`,
  'The open notebooks as pipelines: stages, states and the run that is going on.'
);

/** The panel “Pipeline” in the sidebar. */
export interface IPipelineSidebar {
  /** Put a section into it; those with lower ranks stand above. It gets room by its share until somebody drags a border. */
  addSection(section: Widget & Toolbar.IWidgetToolbar, rank: number, share?: number): void;

  /** Show the panel with a section unfolded. */
  showSection(section: Widget): void;
}

export const IPipelineSidebar = new Token<IPipelineSidebar>(
  `${EXTENSION_ID}:IPipelineSidebar`,
  'The panel “Pipeline” in the sidebar, which parts put sections into.'
);
