/** A pipeline with its graph, or what to do next where there is none. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import * as React from 'react';

import { CommandIds } from '../commands';
import { EmptyState, ErrorNote } from '../elements';
import { pipelineIcon } from '../icons';
import type { IPipelineModel } from '../tokens';
import { PipelineHeader } from './header';
import type { GraphModel } from './model';
import { GraphView, type INodeActions } from './view';

export interface IPipelineWidgetOptions {
  readonly model: GraphModel;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}

export class PipelineWidget extends ReactWidget {
  constructor(private readonly options: IPipelineWidgetOptions) {
    super();
    this.addClass('jp-MlpipePipeline');
  }

  get model(): GraphModel {
    return this.options.model;
  }

  override dispose(): void {
    this.options.model.dispose();
    super.dispose();
  }

  protected override render(): JSX.Element {
    return <UseSignal signal={this.options.model.changed}>{() => <PipelineView {...this.options} />}</UseSignal>;
  }
}

function PipelineView({ model, commands, trans }: IPipelineWidgetOptions): JSX.Element {
  const { pipeline, layout } = model;
  const execute = (id: string) => void commands.execute(id, { path: pipeline?.path });
  if (!pipeline?.isPipeline || (pipeline.analysis && model.nodes.length === 0)) {
    return <NoStages pipeline={pipeline} execute={execute} commands={commands} trans={trans} />;
  }
  if (!pipeline.analysis) {
    return pipeline.error ? (
      <ErrorNote error={pipeline.error.info} />
    ) : (
      <div className="jp-MlpipeWaiting" role="status">
        {trans.__('Reading the notebook…')}
      </div>
    );
  }
  const actions = {
    run: () => execute(CommandIds.runPipeline),
    cancel: () => execute(CommandIds.cancelRun)
  };
  return (
    <>
      <PipelineHeader pipeline={pipeline} actions={actions} trans={trans} />
      {layout ? (
        <GraphView model={model} layout={layout} actions={nodeActions(pipeline, commands)} trans={trans} />
      ) : (
        <div className="jp-MlpipeWaiting" role="status">
          {trans._n('Laying out %1 stage…', 'Laying out %1 stages…', model.nodes.length)}
        </div>
      )}
    </>
  );
}

function NoStages(props: {
  pipeline: IPipelineModel | null;
  execute: (id: string) => void;
  commands: CommandRegistry;
  trans: TranslationBundle;
}): JSX.Element {
  const { pipeline, execute, commands, trans } = props;
  const tutorial = { label: trans.__('Open the tutorial'), run: () => execute(CommandIds.openTutorial) };
  const make = { label: trans.__('Make the active cell a stage'), run: () => execute(CommandIds.makeStage) };
  if (!pipeline) {
    return (
      <EmptyState icon={pipelineIcon} title={trans.__('No notebook is open')} actions={[tutorial]}>
        {trans.__('Open a notebook to see its stages here, or see what a pipeline looks like.')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={pipelineIcon}
      title={trans.__('No stages yet')}
      actions={commands.hasCommand(CommandIds.makeStage) ? [make, tutorial] : [tutorial]}
    >
      {trans.__('A cell whose first line says')} <code>%%stage NAME</code> {trans.__('is a stage of this notebook.')}
    </EmptyState>
  );
}

const MENU = [
  CommandIds.runStage,
  CommandIds.runToStage,
  CommandIds.runFromStage,
  null,
  CommandIds.showValues,
  CommandIds.showVersions,
  CommandIds.openFailedStage
];

function nodeActions(pipeline: IPipelineModel, commands: CommandRegistry): INodeActions {
  return {
    open: name => pipeline.goToStage(name),
    offer: (stage, x, y) => {
      const menu = new Menu({ commands });
      const args = { path: pipeline.path, stage };
      for (const command of MENU) {
        if (command === null) {
          menu.addItem({ type: 'separator' });
        } else if (commands.hasCommand(command)) {
          menu.addItem({ command, args });
        }
      }
      menu.open(x, y);
    }
  };
}
