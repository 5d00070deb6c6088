/** The section “Panels” in the sidebar, and panels in tabs of their own. What a panel shows is drawn on the server. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { launchIcon, PanelWithToolbar, ReactWidget, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIds } from '../commands';
import { pipelineIcon } from '../icons';
import { EXTENSION_ID, IMlpipeClient, IPipelineSidebar, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { PanelChoice } from './choice';
import { PanelsModel } from './model';
import { PanelView } from './view';

/** Below the graph and the history of runs. */
const RANK = 300;

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:panels`,
  description: 'Panels that packages offer, in the sidebar and in tabs.',
  autoStart: true,
  requires: [IMlpipeClient, IPipelines, IPipelineSidebar, IRenderMimeRegistry],
  optional: [IDefaultFileBrowser, ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IMlpipeClient,
    pipelines: IPipelines,
    sidebar: IPipelineSidebar,
    rendermime: IRenderMimeRegistry,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const { commands, serviceManager, shell } = app;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);

    /** The workspace that the user is in: the open notebook's, else the file browser's folder. */
    const place = () => serviceManager.contents.localPath(pipelines.current?.path ?? browser?.model.path ?? '');
    const refreshButton = (model: PanelsModel) =>
      new ToolbarButton({ icon: refreshIcon, tooltip: trans.__('Draw it anew'), onClick: () => void model.refresh() });

    const tabs = new WidgetTracker<MainAreaWidget<PanelView>>({ namespace: 'mlpipe-panel' });
    commands.addCommand(CommandIds.openPanel, {
      label: trans.__('Open Panel in Tab'),
      caption: trans.__('Show what there is to know of a workspace in a tab of its own'),
      execute: async args => {
        const model = new PanelsModel(client);
        await model.look(typeof args.path === 'string' ? args.path : place());
        if (typeof args.panel === 'string') {
          await model.choose(args.panel);
        }
        const tab = new MainAreaWidget({ content: new PanelView({ model, rendermime, trans }) });
        tab.id = `jp-mlpipe-panel-${model.chosen}-${model.path}`;
        const open = tabs.find(other => other.id === tab.id);
        if (open) {
          tab.dispose();
          shell.activateById(open.id);
          return;
        }
        tab.title.label = model.panels.find(panel => panel.id === model.chosen)?.title ?? trans.__('Panel');
        tab.title.caption = trans.__('%1 of %2', tab.title.label, model.path ?? '');
        tab.title.icon = pipelineIcon;
        tab.toolbar.addItem('refresh', refreshButton(model));
        shell.add(tab, 'main', { mode: 'tab-after' });
        await tabs.add(tab);
        shell.activateById(tab.id);
      }
    });
    palette?.addItem({ command: CommandIds.openPanel, category: trans.__('Pipeline') });
    void restorer?.restore(tabs, {
      command: CommandIds.openPanel,
      args: ({ content: { model } }) => ({ path: model.path, panel: model.chosen }),
      name: ({ id }) => id
    });

    const model = new PanelsModel(client);
    const view = new PanelView({ model, rendermime, trans });
    const section = new PanelWithToolbar();
    section.id = 'jp-mlpipe-panels-section';
    section.title.label = trans.__('Panels');
    section.addClass('jp-MlpipeSection');
    section.toolbar.addItem('choice', ReactWidget.create(<PanelChoice model={model} label={trans.__('Panel')} />));
    section.toolbar.addItem('refresh', refreshButton(model));
    section.toolbar.addItem(
      'open',
      new ToolbarButton({
        icon: launchIcon,
        tooltip: trans.__('Open in a tab'),
        onClick: () => void commands.execute(CommandIds.openPanel, { path: model.path, panel: model.chosen })
      })
    );
    section.addWidget(view);
    sidebar.addSection(section, RANK);

    // Nothing is asked for before somebody looks.
    const follow = () => {
      if (view.isVisible) {
        void model.look(place());
      }
    };
    view.shown.connect(follow);
    pipelines.currentChanged.connect(follow);
    pipelines.news.connect((_, { status }) => {
      if (status !== 'running' && view.isVisible) {
        void model.refresh();
      }
    });
  }
};

export default plugin;
