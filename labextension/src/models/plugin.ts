/** The section “Models” in the sidebar, and versions of models in tabs of their own. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PanelWithToolbar, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';
import { Menu } from '@lumino/widgets';

import type { ModelVersionInfo } from '../api/types';
import { CommandIds, type IModelArguments } from '../commands';
import { localeOf } from '../elements';
import { modelIcon } from '../icons';
import { EXTENSION_ID, IMlpipeClient, IPipelineSidebar, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { addModelActions } from './actions';
import { DEED_COMMANDS, deedArguments } from './deeds';
import { Models } from './model';
import { VersionModel } from './version_model';
import type { IVersionActions } from './version_view';
import { ModelsWidget, VersionWidget } from './widgets';

/** Below the runs. */
const RANK = 20;

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:models`,
  description: 'The registered models of a workspace: versions, gates, promotion and rollback.',
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

    const models = new Models(client);
    const look = () => models.lookAt(pipelines.current?.path ?? browser?.model.path ?? '');
    look();
    pipelines.currentChanged.connect(look);
    browser?.model.pathChanged.connect(look);
    pipelines.news.connect((_, news) => models.hear(news));

    const openRun = (path: string, run: string) => void commands.execute(CommandIds.openRun, { path, run });
    const openVersion = (path: string, version: Pick<ModelVersionInfo, 'model' | 'version'>, other?: number) =>
      void commands.execute(CommandIds.openModel, {
        path,
        model: version.model,
        version: version.version,
        ...(other === undefined ? {} : { other })
      });
    const offer = (version: ModelVersionInfo, x: number, y: number, byKeyboard: boolean) => {
      const { path } = models;
      const focused = document.activeElement as HTMLElement | null;
      const menu = new Menu({ commands });
      const args = { path, model: version.model, version: version.version };
      menu.addItem({ command: CommandIds.openModel, args });
      const production = models.current(version.model, 'production');
      if (production !== null && production !== version.version) {
        menu.addItem({ command: CommandIds.openModel, args: { ...args, other: production } });
      }
      if (version.actions.length) {
        menu.addItem({ type: 'separator' });
      }
      for (const { action, target } of version.actions) {
        const command = DEED_COMMANDS[action];
        if (command) {
          menu.addItem({ command, args: { ...deedArguments(path, { ...version, target }) } });
        }
      }
      menu.aboutToClose.connect(() => {
        if (byKeyboard) {
          focused?.focus();
        }
      });
      menu.open(x, y);
      if (byKeyboard) {
        menu.activateNextItem();
      }
    };

    const list = new ModelsWidget(
      models,
      {
        open: version => openVersion(models.path, version),
        openRun: run => openRun(models.path, run),
        offer
      },
      language
    );
    const section = new PanelWithToolbar();
    section.id = 'jp-mlpipe-models-section';
    section.title.label = trans.__('Models');
    section.addClass('jp-MlpipeSection');
    section.addWidget(list);
    section.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Look into the registry: was anything changed there?'),
        onClick: () => void models.lookIntoRegistry()
      })
    );
    sidebar.addSection(section, RANK, 1.5);
    commands.addCommand(CommandIds.showModels, {
      label: trans.__('Show Models'),
      caption: trans.__('Show the registered models of this workspace'),
      execute: () => {
        sidebar.showSection(section);
        list.node.querySelector<HTMLElement>('[data-mlpipe-model-version][tabindex="0"], summary')?.focus();
      }
    });
    palette?.addItem({ command: CommandIds.showModels, category: trans.__('Pipeline') });

    const tabs = new WidgetTracker<MainAreaWidget<VersionWidget>>({ namespace: 'mlpipe-model' });
    models.acted.connect((_, name) =>
      tabs.forEach(({ content }) => {
        if (content.model.model === name) {
          void content.model.refresh();
        }
      })
    );
    const shown = ({ path, model, version }: IModelArguments) =>
      tabs.find(({ content }) => {
        const open = content.model;
        return open.path === path && open.model === model && open.version === version;
      });
    commands.addCommand(CommandIds.openModel, {
      label: args =>
        typeof args.other === 'number' ? trans.__('Compare with Version %1', args.other) : trans.__('Open Version'),
      caption: trans.__('Show what is on record of a version: metrics, gates, approvals, history'),
      execute: async args => {
        const given = args as unknown as IModelArguments;
        const { path, model, version, other } = given;
        let tab = shown(given);
        if (!tab) {
          const opened = new VersionModel(client, path, model, version);
          const actions: IVersionActions = {
            openRun: run => openRun(path, run),
            openNotebook: notebook => void commands.execute('docmanager:open', { path: notebook }),
            openVersion: number => openVersion(path, { model, version: number }),
            act: ({ action, target }) => {
              const command = DEED_COMMANDS[action];
              if (command) {
                void commands.execute(command, { ...deedArguments(path, { model, version, target }) });
              }
            },
            get isBusy() {
              return models.doing(model) !== null;
            }
          };
          tab = new MainAreaWidget({ content: new VersionWidget(opened, models, actions, language) });
          tab.id = `jp-mlpipe-model-${++count}`;
          tab.toolbar.hide();
          tab.title.icon = modelIcon;
          tab.title.label = trans.__('%1: version %2', model, version);
          tab.title.caption = trans.__('Version %1 of %2', version, model);
          shell.add(tab, 'main');
          await tabs.add(tab);
        }
        shell.activateById(tab.id);
        if (other !== undefined) {
          await tab.content.model.compareWith(other);
        }
      }
    });
    void restorer?.restore(tabs, {
      command: CommandIds.openModel,
      args: ({ content: { model } }) => ({ path: model.path, model: model.model, version: model.version }),
      name: ({ content: { model } }) => `${model.path}:${model.model}@${model.version}`
    });

    addModelActions({
      commands,
      client,
      models,
      language,
      allowed: given =>
        shown(given)?.content.model.detail?.info.actions ?? models.version(given.model, given.version)?.actions ?? null
    });
  }
};

export default plugin;

let count = 0;
