/** The section “Runs” in the sidebar, and runs in tabs of their own. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PanelWithToolbar, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';

import { MlpipeError } from '../api/errors';
import { CommandIds, type IRunArguments } from '../commands';
import { localeOf } from '../elements';
import { pipelineIcon } from '../icons';
import { EXTENSION_ID, IMlpipeClient, IPipelineSidebar, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { historyActions, runActions } from './actions';
import { RunHistory } from './history';
import { RunModel } from './run_model';
import { RunsWidget, RunWidget } from './widgets';

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:runs`,
  description: 'The runs of a workspace: their history, and the facts of each.',
  autoStart: true,
  requires: [IMlpipeClient, IPipelines, IPipelineSidebar],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    client: IMlpipeClient,
    pipelines: IPipelines,
    sidebar: IPipelineSidebar,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    browser: IDefaultFileBrowser | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const language = { trans, locale: localeOf(translator ?? nullTranslator) };

    const history = new RunHistory(client);
    const look = () => {
      const notebook = pipelines.current?.path ?? null;
      history.lookAt(notebook ?? browser?.model.path ?? '', notebook);
    };
    look();
    pipelines.currentChanged.connect(look);
    browser?.model.pathChanged.connect(look);
    pipelines.news.connect((_, news) => history.hear(news));

    const list = new RunsWidget(history, historyActions({ history, pipelines, commands, trans }), language);
    const section = new PanelWithToolbar();
    section.id = 'jp-mlpipe-runs-section';
    section.title.label = trans.__('Runs');
    section.addClass('jp-MlpipeSection');
    section.addWidget(list);
    section.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Look for new runs'),
        onClick: () => void history.refresh()
      })
    );
    sidebar.addSection(section, 10);
    commands.addCommand(CommandIds.showRuns, {
      label: trans.__('Show Runs'),
      caption: trans.__('Show the runs of this notebook or workspace'),
      execute: () => {
        sidebar.showSection(section);
        list.node.querySelector<HTMLElement>('[data-mlpipe-run][tabindex="0"], input')?.focus();
      }
    });
    palette?.addItem({ command: CommandIds.showRuns, category: trans.__('Pipeline') });

    const tabs = new WidgetTracker<MainAreaWidget<RunWidget>>({ namespace: 'mlpipe-run' });
    pipelines.news.connect((_, news) =>
      tabs.forEach(({ content }) => {
        content.model.hear(news);
      })
    );
    commands.addCommand(CommandIds.openRun, {
      label: trans.__('Open Run'),
      caption: trans.__('Show the facts and stages of a run'),
      execute: async given => {
        const { path, run } = given as unknown as IRunArguments;
        const id = `jp-mlpipe-run-${run}`;
        if (!tabs.find(tab => tab.id === id)) {
          const model = new RunModel(client, path, run);
          const tab = new MainAreaWidget({ content: new RunWidget(model, runActions(path, commands), language) });
          tab.id = id;
          tab.title.icon = pipelineIcon;
          tab.title.caption = trans.__('Run %1', run);
          const name = () => {
            const pipeline = model.detail?.run.pipeline;
            tab.title.label = pipeline ? trans.__('%1: run', pipeline) : trans.__('Run %1', run);
          };
          model.changed.connect(name);
          name();
          shell.add(tab, 'main');
          await tabs.add(tab);
        }
        shell.activateById(id);
      }
    });
    void restorer?.restore(tabs, {
      command: CommandIds.openRun,
      args: ({ content: { model } }) => ({ path: model.path, run: model.run }),
      name: ({ id }) => id
    });

    commands.addCommand(CommandIds.openExecuted, {
      label: trans.__('Open Executed Notebook'),
      caption: trans.__('Open the notebook with its outputs as a run left it'),
      execute: async given => {
        const { path, run } = given as unknown as IRunArguments;
        try {
          const { run: info } = await client.showRun(run, { path });
          // What lies in a hidden folder cannot be opened: a copy beside the source can.
          const executed = info.executed ?? (await client.copyExecuted(run, { path: info.notebook ?? path })).path;
          await commands.execute('docmanager:open', { path: executed });
        } catch (error) {
          const { message, hint } = MlpipeError.from(error);
          await showErrorMessage(trans.__('The executed notebook cannot be opened'), `${message}\n${hint}`.trim());
        }
      }
    });
  }
};

export default plugin;
