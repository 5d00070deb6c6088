/** Running pipelines from their notebook: commands, the button in the toolbar, and what is said when a run ends. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { CommandIds } from '../commands';
import type { PipelineModel } from '../pipelines/model';
import type { Pipelines } from '../pipelines/pipelines';
import { EXTENSION_ID, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { addPlanCommands } from './plan_commands';
import { RunButton } from './run_button';
import { addRunCommands } from './run_commands';
import { reportEnd } from './run_messages';

const COMMANDS: readonly string[] = [
  CommandIds.runPipeline,
  CommandIds.planPipeline,
  CommandIds.editParameters,
  CommandIds.runStage,
  CommandIds.runToStage,
  CommandIds.runFromStage,
  CommandIds.cancelRun,
  CommandIds.refreshAnalysis
];

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:running`,
  description: 'Runs pipelines from their notebook.',
  autoStart: true,
  requires: [IPipelines],
  optional: [ICommandPalette, IToolbarWidgetRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    pipelines: Pipelines,
    palette: ICommandPalette | null,
    toolbars: IToolbarWidgetRegistry | null,
    translator: ITranslator | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const parts = { app, pipelines, trans };
    addRunCommands(parts);
    addPlanCommands(parts);
    for (const command of COMMANDS) {
      palette?.addItem({ command, category: trans.__('Pipeline') });
    }
    toolbars?.addFactory<NotebookPanel>('Notebook', 'mlpipe-run', panel => {
      const model = pipelines.ofPanel(panel);
      return model ? new RunButton({ model, commands, trans }) : new Widget();
    });
    pipelines.currentChanged.connect(() => notify(commands));
    pipelines.forEach((panel, model) => {
      notifyOfChanges(model, commands);
      model.runEnded.connect((_, ended) => reportEnd(ended, model, panel.isVisible, trans));
    });
  }
};

export default plugin;

/** Menus and the palette ask again which commands can be used, where that may have changed. */
function notifyOfChanges(model: PipelineModel, commands: CommandRegistry): void {
  let before = '';
  model.changed.connect(() => {
    const now = [model.isPipeline, model.activeRun?.status, model.activeStage].join();
    if (now !== before) {
      before = now;
      notify(commands);
    }
  });
}

function notify(commands: CommandRegistry): void {
  for (const command of COMMANDS) {
    commands.notifyCommandChanged(command);
  }
}
