/** The commands that run a pipeline and end its run. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { RunRequest } from '../api/types';
import { CommandIds } from '../commands';
import type { PipelineModel } from '../pipelines/model';
import type { Pipelines } from '../pipelines/pipelines';
import { targetPipeline, targetStage } from '../pipelines/target';
import { reportRefusal } from './run_messages';

export interface ICommandParts {
  readonly app: JupyterFrontEnd;
  readonly pipelines: Pipelines;
  readonly trans: TranslationBundle;
}

/** Save a notebook, run it, and say so where that was refused. */
export async function startRun(
  model: PipelineModel,
  request: Omit<RunRequest, 'path'>,
  trans: TranslationBundle
): Promise<void> {
  try {
    await model.run(request);
  } catch (error) {
    reportRefusal(error, model, trans);
  }
}

export function addRunCommands({ app, pipelines, trans }: ICommandParts): void {
  const { commands } = app;
  const modelOf = (args: ReadonlyPartialJSONObject): PipelineModel | null => targetPipeline(pipelines, args);
  const canRun = (args: ReadonlyPartialJSONObject): boolean => {
    const model = modelOf(args);
    return Boolean(model?.isPipeline && !model.activeRun);
  };

  commands.addCommand(CommandIds.runPipeline, {
    label: args => (args.force ? trans.__('Run All Stages Again') : trans.__('Run Pipeline')),
    caption: args =>
      args.force
        ? trans.__('Save the notebook and run every stage, whatever is cached')
        : trans.__('Save the notebook and run every stage that has no stored result'),
    icon: args => (args.force ? undefined : runIcon),
    isEnabled: canRun,
    execute: async args => {
      const model = modelOf(args);
      if (model) {
        await startRun(model, args.force ? { force: true } : {}, trans);
      }
    }
  });

  const addStageCommand = (id: string, mode: 'stage' | 'upto' | 'from', label: string, caption: string): void => {
    commands.addCommand(id, {
      label,
      caption,
      isEnabled: args => canRun(args) && targetStage(modelOf(args), args) !== null,
      execute: async args => {
        const model = modelOf(args);
        const stage = targetStage(model, args);
        if (model && stage) {
          await startRun(model, { mode, stage: stage.name }, trans);
        }
      }
    });
  };
  addStageCommand(
    CommandIds.runStage,
    'stage',
    trans.__('Run This Stage'),
    trans.__('Run the stage, cached or not, and first what it needs')
  );
  addStageCommand(
    CommandIds.runToStage,
    'upto',
    trans.__('Run Up to Here'),
    trans.__('Run the stage and what it needs, where nothing is stored')
  );
  addStageCommand(
    CommandIds.runFromStage,
    'from',
    trans.__('Run from Here'),
    trans.__('Run the stage and all that follows from it, cached or not')
  );

  commands.addCommand(CommandIds.cancelRun, {
    label: trans.__('Cancel Run'),
    caption: trans.__('End the run of this notebook; stages that have finished stay'),
    icon: stopIcon,
    isEnabled: args => modelOf(args)?.activeRun?.status === 'running',
    execute: async args => {
      const model = modelOf(args);
      try {
        await model?.cancelRun();
      } catch (error) {
        reportRefusal(error, model, trans);
      }
    }
  });

  commands.addCommand(CommandIds.refreshAnalysis, {
    label: trans.__('Analyse Notebook Again'),
    caption: trans.__('Ask again what each stage would do, as after a file was changed outside of JupyterLab'),
    icon: refreshIcon,
    isEnabled: args => modelOf(args)?.isPipeline ?? false,
    execute: args => modelOf(args)?.refresh()
  });
}
