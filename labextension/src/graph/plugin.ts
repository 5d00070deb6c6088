/** The section “Pipeline” in the sidebar, and graphs in tabs of their own. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandToolbarButton, codeIcon, launchIcon, PanelWithToolbar, ToolbarButton } from '@jupyterlab/ui-components';

import { CommandIds, type INotebookArguments } from '../commands';
import { EXTENSION_ID, IPipelineSidebar, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { layOutInBackground } from './layout_engine';
import { GraphModel } from './model';
import { GraphTab } from './tab';
import { PipelineWidget } from './widget';

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:graph`,
  description: 'The graph of a notebook’s stages, in the sidebar and in tabs.',
  autoStart: true,
  requires: [IPipelines, IPipelineSidebar],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    pipelines: IPipelines,
    sidebar: IPipelineSidebar,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const newWidget = () => new PipelineWidget({ model: new GraphModel(layOutInBackground), commands, trans });

    /** A button that shows or hides plain cells in a graph. */
    const cellsButton = (model: GraphModel) => {
      const button = new ToolbarButton({
        icon: codeIcon,
        tooltip: trans.__('Show plain cells that run like stages'),
        pressedTooltip: trans.__('Hide plain cells'),
        onClick: () => {
          model.withCells = !model.withCells;
        }
      });
      const update = () => {
        button.pressed = model.withCells;
        button.enabled = model.withCells || model.cellCount > 0;
      };
      model.changed.connect(update);
      update();
      return button;
    };

    const tabs = new WidgetTracker<GraphTab>({ namespace: 'mlpipe-graph' });
    commands.addCommand(CommandIds.openGraph, {
      label: args => (args.isPalette ? trans.__('Open Graph of the Pipeline') : trans.__('Open Graph in Tab')),
      caption: trans.__('Show the stages of a notebook and what feeds what in a tab of its own'),
      isEnabled: args => typeof args.path === 'string' || pipelines.current !== null,
      execute: async args => {
        const path = (args as INotebookArguments).path ?? pipelines.current?.path;
        if (path === undefined) {
          return;
        }
        const tab = tabs.find(tab => tab.path === path) ?? new GraphTab(newWidget(), path, pipelines, trans);
        if (!tab.isAttached) {
          tab.toolbar.addItem('cells', cellsButton(tab.content.model));
          shell.add(tab, 'main', { mode: 'split-right' });
          await tabs.add(tab);
        }
        shell.activateById(tab.id);
      }
    });
    palette?.addItem({ command: CommandIds.openGraph, category: trans.__('Pipeline'), args: { isPalette: true } });
    void restorer?.restore(tabs, {
      command: CommandIds.openGraph,
      args: ({ path }) => ({ path }),
      name: ({ path }) => path
    });

    const current = newWidget();
    const follow = () => {
      current.model.pipeline = pipelines.current;
      commands.notifyCommandChanged(CommandIds.openGraph);
    };
    pipelines.currentChanged.connect(follow);
    follow();
    const section = new PanelWithToolbar();
    section.id = 'jp-mlpipe-pipeline-section';
    section.title.label = trans.__('Pipeline');
    section.addClass('jp-MlpipeSection');
    section.addWidget(current);
    section.toolbar.addItem('cells', cellsButton(current.model));
    section.toolbar.addItem(
      'open',
      new CommandToolbarButton({ commands, id: CommandIds.openGraph, icon: launchIcon, label: '' })
    );
    sidebar.addSection(section, 0, 2);
  }
};

export default plugin;
