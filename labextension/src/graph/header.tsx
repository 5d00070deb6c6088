/** What stands over the graph: the pipeline's name, what a run would do or how far it is, and what is wrong. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ErrorNote } from '../elements';
import type { IPipelineModel } from '../tokens';
import { pipelineSummary } from './summary';

/** What can be done with a pipeline. */
export interface IPipelineActions {
  run(): void;
  cancel(): void;
}

export function PipelineHeader(props: {
  pipeline: IPipelineModel;
  actions: IPipelineActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { pipeline, actions, trans } = props;
  const { activeRun, error, errorCell } = pipeline;
  const isRunning = activeRun?.status === 'running';
  const isGoingOn = isRunning || activeRun?.status === 'starting' || activeRun?.status === 'cancelling';
  const [icon, label, act] = isGoingOn
    ? ([stopIcon, trans.__('Cancel'), actions.cancel] as const)
    : ([runIcon, trans.__('Run'), actions.run] as const);
  return (
    <div className="jp-MlpipeHeader">
      <div className="jp-MlpipeHeader-line">
        <div className="jp-MlpipeHeader-text">
          <div className="jp-MlpipeHeader-name" title={pipeline.path}>
            {pipeline.analysis?.pipeline ?? pipeline.path}
          </div>
          <div className="jp-MlpipeHeader-summary" aria-live="polite">
            {pipelineSummary(pipeline, trans)}
          </div>
        </div>
        <button
          type="button"
          className="jp-MlpipeHeader-run jp-mod-styled jp-mod-minimal"
          disabled={activeRun?.status === 'starting' || activeRun?.status === 'cancelling'}
          onClick={act}
        >
          <icon.react tag={null} />
          {label}
        </button>
      </div>
      {isGoingOn && activeRun && (
        <progress
          className="jp-MlpipeProgress"
          aria-label={trans.__('Stages done')}
          max={activeRun.total || 1}
          value={activeRun.settled}
        />
      )}
      {error && (
        <ErrorNote
          error={error.info}
          action={errorCell ? { label: trans.__('Show the cell'), run: () => pipeline.goToCell(errorCell) } : undefined}
        />
      )}
    </div>
  );
}
