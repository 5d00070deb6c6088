/** The commands that show, explain, restore and make stages. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, type MainAreaWidget, Notification, showDialog } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

import { MlpipeError } from '../api/errors';
import type { StageInfo, StageVersion } from '../api/types';
import { CommandIds } from '../commands';
import { facts, reportError } from '../messages';
import type { PipelineModel } from '../pipelines/model';
import type { Pipelines } from '../pipelines/pipelines';
import { wouldRun } from '../pipelines/stage_states';
import { targetPipeline, targetStage } from '../pipelines/target';
import type { IMlpipeClient } from '../tokens';
import { verdictLine } from './badge_text';
import { whyLines } from './explain';
import { restoreStage } from './restore';

export interface IStageCommandParts {
  readonly app: JupyterFrontEnd;
  readonly client: IMlpipeClient;
  readonly pipelines: Pipelines;
  readonly rendermime: IRenderMimeRegistry;
  readonly trans: TranslationBundle;

  /** The language of numbers. */
  readonly locale: string | undefined;
}

/** How the ids of the tabs begin that stand beside notebooks. */
const BESIDE = 'mlpipe-beside:';

const LONGEST_LABEL = 110;

/** What a command about a stage works on. */
interface ITarget {
  readonly model: PipelineModel;
  readonly stage: StageInfo;
  readonly panel: NotebookPanel;

  /** The run that was named, else the stage's newest. */
  readonly run: string | null;
}

export function addStageCommands(parts: IStageCommandParts): void {
  const { app, client, pipelines, rendermime, trans, locale } = parts;

  const target = (args: ReadonlyPartialJSONObject): ITarget | null => {
    const model = targetPipeline(pipelines, args);
    const stage = targetStage(model, args);
    const panel = model && pipelines.panelOf(model);
    const run = typeof args.run === 'string' ? args.run : (stage?.last_run ?? null);
    return model && stage && panel ? { model, stage, panel, run } : null;
  };

  /** Do something about a stage, and say so where it fails. */
  const doing =
    (deed: (target: ITarget) => Promise<void>) =>
    async (args: ReadonlyPartialJSONObject): Promise<void> => {
      const found = target(args);
      if (found) {
        await deed(found).catch((error: unknown) => reportError(error, trans));
      }
    };

  /** Put a tab beside the notebook, with those that are there already; one that shows the same is replaced. */
  const showBeside = (panel: NotebookPanel, about: string, view: MainAreaWidget<Widget>): void => {
    const open = [...app.shell.widgets('main')].filter(widget => widget.id.startsWith(BESIDE));
    view.id = `${BESIDE}${about}`;
    const same = open.find(widget => widget.id === view.id);
    const neighbour = same ?? open.at(-1);
    app.shell.add(view, 'main', {
      ref: neighbour?.id ?? panel.id,
      mode: neighbour ? 'tab-after' : 'split-right'
    });
    same?.dispose();
    app.shell.activateById(view.id);
  };

  const showValues = async ({ model, stage, panel }: ITarget, run: string): Promise<void> => {
    const [values, { valuesView }] = await Promise.all([
      client.stageValues(run, stage.name, { path: model.path }),
      import('./values_view')
    ]);
    showBeside(panel, `values:${model.path}:${stage.name}`, valuesView({ values, rendermime, trans }));
  };

  app.commands.addCommand(CommandIds.showValues, {
    label: trans.__('Show Inputs and Outputs'),
    caption: trans.__('What the stage read and made in its newest run'),
    isEnabled: args => Boolean(target(args)?.run),
    execute: doing(async found => {
      if (found.run) {
        await showValues(found, found.run);
      }
    })
  });

  app.commands.addCommand(CommandIds.showVerdicts, {
    label: ({ gate, passed, text }) =>
      typeof gate === 'string'
        ? shortened(verdictLine({ gate, passed: passed === true, text: String(text ?? '') }, trans))
        : trans.__('Show Gates and Contracts'),
    caption: trans.__('How the stage’s gates and contracts stood when it last ended, and what they saw'),
    isEnabled: args => Boolean(target(args)?.run),
    execute: async args => {
      await doing(async ({ model, stage, panel, run }) => {
        const [found, { verdictsView }] = await Promise.all([
          client.stageVerdicts(run ?? '', stage.name, { path: model.path }),
          import('./verdicts_view')
        ]);
        const gate = typeof args.gate === 'string' ? args.gate : null;
        showBeside(panel, `verdicts:${model.path}:${stage.name}`, verdictsView({ found, gate, trans, locale }));
      })(args);
    }
  });

  app.commands.addCommand(CommandIds.showVersions, {
    label: trans.__('Show History'),
    caption: trans.__('The results that the stage had, to look at and to bring back'),
    isEnabled: args => target(args) !== null,
    execute: doing(async found => {
      const { model, stage, panel } = found;
      const pipeline = model.analysis?.pipeline ?? '';
      const [history, { versionsView }] = await Promise.all([
        client.stageVersions(stage.name, { path: model.path, pipeline, key: stage.key }),
        import('./versions_view')
      ]);
      const restore = async (version: StageVersion): Promise<void> => {
        try {
          const said = await restoreStage(panel.sessionContext, stage.name, version.key ?? '', trans);
          Notification.success(said || trans.__('“%1” is restored.', stage.name), { autoClose: 5000 });
        } catch (error) {
          reportError(error, trans);
        }
      };
      const view = versionsView({
        history,
        trans,
        restore,
        showValues: version => {
          showValues(found, version.run).catch((error: unknown) => reportError(error, trans));
        }
      });
      showBeside(panel, `versions:${model.path}:${stage.name}`, view);
    })
  });

  app.commands.addCommand(CommandIds.explainStage, {
    label: args =>
      target(args)?.stage.state === 'never' ? trans.__('Why It Would Run…') : trans.__('Why It Is Stale…'),
    caption: trans.__('What changed since the stage last ran'),
    isEnabled: args => target(args) !== null,
    isVisible: args => {
      const found = target(args);
      return found !== null && wouldRun(found.stage);
    },
    execute: doing(async ({ model, stage }) => {
      await showDialog({
        title: trans.__('Why “%1” would run', stage.name),
        body: facts(whyLines(stage.name, model.stages, trans)),
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      });
    })
  });

  app.commands.addCommand(CommandIds.openFailedStage, {
    label: trans.__('Open Where It Failed'),
    caption: trans.__('A notebook of its own with the inputs of the failed stage loaded and its cells to step through'),
    isEnabled: args => Boolean(target(args)?.run),
    isVisible: args => target(args)?.stage.state === 'failed' || typeof args.run === 'string',
    execute: doing(async ({ model, stage, run }) => {
      if (run) {
        const { path } = await client.writeDebugNotebook({ path: model.path, run, stage: stage.name });
        await app.commands.execute('docmanager:open', { path });
      }
    })
  });

  app.commands.addCommand(CommandIds.makeStage, {
    label: trans.__('Make Selected Cells a Stage…'),
    caption: trans.__('Write a %%stage line into the selected cells'),
    isEnabled: args => targetPipeline(pipelines, args)?.source.isPython ?? false,
    execute: async args => {
      const model = targetPipeline(pipelines, args);
      const panel = model && pipelines.panelOf(model);
      if (!panel) {
        return;
      }
      try {
        const { makeStage } = await import('./make_stage');
        await makeStage(panel.content, trans);
      } catch (error) {
        const { message, hint } = MlpipeError.from(error);
        Notification.warning([message, hint].join(' '), { autoClose: 6000 });
      }
    }
  });
}

/** As much of a line as a menu has room for. */
function shortened(line: string): string {
  return line.length <= LONGEST_LABEL ? line : `${line.slice(0, LONGEST_LABEL - 1)}…`;
}
