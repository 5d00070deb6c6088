/** The section “Alerts” in the sidebar, with how many wait for somebody, and the commands that do something about one. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { historyIcon, PanelWithToolbar, refreshIcon, ToolbarButton } from '@jupyterlab/ui-components';

import { CommandIds, type IAlertArguments } from '../commands';
import { localeOf } from '../elements';
import { reportError } from '../messages';
import { EXTENSION_ID, IMlpipeClient, IPipelineSidebar, IPipelines, TRANSLATION_DOMAIN } from '../tokens';
import { Alerts } from './model';
import { AlertsWidget } from './widget';

/** Below the models. */
const RANK = 25;

const HOUR = 3600;

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:alerts`,
  description: 'The alerts of a workspace: what is open, who was told, acknowledging and silencing.',
  autoStart: true,
  requires: [IMlpipeClient, IPipelines, IPipelineSidebar],
  optional: [ITranslator, ICommandPalette, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    client: IMlpipeClient,
    pipelines: IPipelines,
    sidebar: IPipelineSidebar,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const language = { trans, locale: localeOf(translator ?? nullTranslator) };

    const alerts = new Alerts(client);
    const look = () => alerts.lookAt(pipelines.current?.path ?? browser?.model.path ?? '');
    look();
    pipelines.currentChanged.connect(look);
    browser?.model.pathChanged.connect(look);
    pipelines.news.connect((_, news) => alerts.hear(news));

    const about = (id: string) => ({ path: alerts.path, alert: id });
    const list = new AlertsWidget(
      alerts,
      {
        acknowledge: ({ id }) => void commands.execute(CommandIds.acknowledgeAlert, about(id)),
        silence: ({ id }) => void commands.execute(CommandIds.silenceAlert, about(id)),
        openRun: run => void commands.execute(CommandIds.openRun, { path: alerts.path, run })
      },
      language
    );
    const section = new PanelWithToolbar();
    section.id = 'jp-mlpipe-alerts-section';
    section.addClass('jp-MlpipeSection');
    section.addWidget(list);
    const count = () => {
      const { unacknowledged } = alerts;
      section.title.label = unacknowledged ? trans.__('Alerts (%1)', unacknowledged) : trans.__('Alerts');
    };
    alerts.changed.connect(count);
    count();
    section.toolbar.addItem(
      'resolved',
      new ToolbarButton({
        icon: historyIcon,
        tooltip: trans.__('Show those that are over, too'),
        onClick: () => {
          alerts.withResolved = !alerts.withResolved;
        }
      })
    );
    section.toolbar.addItem(
      'refresh',
      new ToolbarButton({
        icon: refreshIcon,
        tooltip: trans.__('Look for new alerts'),
        onClick: () => void alerts.refresh()
      })
    );
    sidebar.addSection(section, RANK);

    commands.addCommand(CommandIds.showAlerts, {
      label: trans.__('Show Alerts'),
      caption: trans.__('Show what somebody should know of this workspace'),
      execute: () => {
        sidebar.showSection(section);
        list.node.querySelector<HTMLElement>('[data-mlpipe-alert] button')?.focus();
      }
    });
    palette?.addItem({ command: CommandIds.showAlerts, category: trans.__('Pipeline') });

    commands.addCommand(CommandIds.acknowledgeAlert, {
      label: trans.__('Acknowledge Alert…'),
      caption: trans.__('Say that you take care of an alert: nobody further is told of it'),
      isEnabled: ({ alert }) => typeof alert !== 'string' || alerts.alert(alert)?.status !== 'resolved',
      execute: async args => {
        const { path, alert } = args as unknown as IAlertArguments;
        const { button, value } = await InputDialog.getText({
          title: trans.__('You take care of it?'),
          label: alerts.alert(alert)?.title ?? alert,
          placeholder: trans.__('A note for the record'),
          okLabel: trans.__('Acknowledge')
        });
        if (button.accept) {
          await alerts.acknowledge(alert, (value ?? '').trim(), path).catch(error => reportError(error, trans));
        }
      }
    });

    const spans: readonly (readonly [string, number])[] = [
      [trans.__('1 hour'), HOUR],
      [trans.__('4 hours'), 4 * HOUR],
      [trans.__('1 day'), 24 * HOUR],
      [trans.__('1 week'), 168 * HOUR]
    ];
    commands.addCommand(CommandIds.silenceAlert, {
      label: trans.__('Silence Alert…'),
      caption: trans.__('For a while, have nobody told of alerts like this one'),
      execute: async args => {
        const { path, alert } = args as unknown as IAlertArguments;
        const { button, value } = await InputDialog.getItem({
          title: trans.__('Tell nobody for how long?'),
          label: trans.__('Alerts like this one are recorded, and told afterwards if they are still open.'),
          items: spans.map(([label]) => label),
          okLabel: trans.__('Silence')
        });
        const seconds = spans.find(([label]) => label === value)?.[1];
        if (button.accept && seconds !== undefined) {
          await alerts.silence(alert, seconds, '', path).catch(error => reportError(error, trans));
        }
      }
    });
  }
};

export default plugin;
