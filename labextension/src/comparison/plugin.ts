/** Two runs side by side, in tabs that stay through a reload. The view itself is loaded when the first of them opens. */

import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIds } from '../commands';
import { compareIcon } from '../icons';
import { EXTENSION_ID, IMlpipeClient, TRANSLATION_DOMAIN } from '../tokens';
import { Comparison, comparedRuns } from './comparison';
import type { ComparisonTab } from './view';

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:comparison`,
  description: 'Shows how two runs differ: code, parameters, inputs, metrics and outputs.',
  autoStart: true,
  requires: [IMlpipeClient, IRenderMimeRegistry],
  optional: [ITranslator, ILayoutRestorer],
  activate: (
    { commands, shell }: JupyterFrontEnd,
    client: IMlpipeClient,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const tabs = new WidgetTracker<ComparisonTab>({ namespace: 'mlpipe-comparison' });
    commands.addCommand(CommandIds.compareRuns, {
      label: trans.__('Compare Runs'),
      caption: trans.__('Show how two runs differ: code, parameters, inputs, metrics and outputs'),
      icon: compareIcon,
      isEnabled: args => comparedRuns(args) !== null,
      execute: async args => {
        const runs = comparedRuns(args);
        if (!runs) {
          return;
        }
        const { ComparisonTab } = await import('./view');
        let tab = tabs.find(tab => tab.comparison.isOf(runs));
        if (!tab) {
          tab = new ComparisonTab({ comparison: new Comparison(runs, client), rendermime, trans });
          shell.add(tab, 'main');
          void tabs.add(tab);
        }
        shell.activateById(tab.id);
      }
    });
    void restorer?.restore(tabs, {
      command: CommandIds.compareRuns,
      args: ({ comparison }) => ({ ...comparison.runs }),
      name: ({ comparison: { runs } }) => `${runs.path}:${runs.run}:${runs.other}`
    });
  }
};

export default plugin;
