/** The commands that look before they run: the plan, and the parameters. */

import { Notification } from '@jupyterlab/apputils';

import { CommandIds } from '../commands';
import type { PipelineModel } from '../pipelines/model';
import { targetPipeline } from '../pipelines/target';
import { type ICommandParts, startRun } from './run_commands';
import { reportRefusal } from './run_messages';

type Values = Readonly<Record<string, unknown>>;

export function addPlanCommands({ app, pipelines, trans }: ICommandParts): void {
  const { commands } = app;

  /** The values that were given last for each notebook, for as long as the page lives. */
  const remembered = new WeakMap<PipelineModel, Values>();

  const showPlan = async (model: PipelineModel, values: Values): Promise<void> => {
    try {
      const [plan, { confirmPlan }] = await Promise.all([model.plan(values), import('./plan_dialog')]);
      if (await confirmPlan(plan, values, trans)) {
        await startRun(model, { parameters: values }, trans);
      }
    } catch (error) {
      reportRefusal(error, model, trans);
    }
  };

  commands.addCommand(CommandIds.planPipeline, {
    label: trans.__('Show Plan…'),
    caption: trans.__('What a run would do now, why, and how long it took before'),
    isEnabled: args => targetPipeline(pipelines, args)?.isPipeline ?? false,
    execute: async args => {
      const model = targetPipeline(pipelines, args);
      if (model) {
        await showPlan(model, {});
      }
    }
  });

  commands.addCommand(CommandIds.editParameters, {
    label: trans.__('Run with Parameters…'),
    caption: trans.__('Give values for the parameters of the notebook, and run it with them'),
    isEnabled: args => {
      const model = targetPipeline(pipelines, args);
      return Boolean(model?.isPipeline && !model.activeRun);
    },
    execute: async args => {
      const model = targetPipeline(pipelines, args);
      if (!model?.analysis) {
        return;
      }
      const { parameters } = model.analysis;
      if (!parameters.length) {
        Notification.info(
          trans.__('This notebook has no parameters: tag a cell “parameters” that gives names their values.')
        );
        return;
      }
      const { askParameters } = await import('./parameter_dialog');
      const choice = await askParameters(parameters, remembered.get(model) ?? {}, trans);
      if (!choice) {
        return;
      }
      remembered.set(model, choice.values);
      if (choice.next === 'plan') {
        await showPlan(model, choice.values);
      } else {
        await startRun(model, { parameters: choice.values }, trans);
      }
    }
  });
}
