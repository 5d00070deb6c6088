/** The tutorial: a card in the launcher, and the command behind it. What it teaches is a notebook of the Python package. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIds } from '../commands';
import { pipelineIcon } from '../icons';
import { reportError } from '../messages';
import { EXTENSION_ID, IMlpipeClient, TRANSLATION_DOMAIN } from '../tokens';

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:tutorial`,
  description: 'Opens a copy of the tutorial from the launcher, the palette and the help menu.',
  autoStart: true,
  requires: [IMlpipeClient],
  optional: [ILauncher, ICommandPalette, IMainMenu, IDefaultFileBrowser, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    client: IMlpipeClient,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    const command = CommandIds.openTutorial;
    app.commands.addCommand(command, {
      label: args => (args.isLauncher ? trans.__('Pipeline Tutorial') : trans.__('Open the Pipeline Tutorial')),
      caption: trans.__('A notebook that is a pipeline: real data, seven stages, one run'),
      icon: args => (args.isPalette ? undefined : pipelineIcon),
      execute: async args => {
        const folder = typeof args.cwd === 'string' ? args.cwd : (browser?.model.path ?? '');
        try {
          // The contents API knows no drives; the tutorial is copied on the server's own.
          const { path } = await client.copyTutorial({ folder: app.serviceManager.contents.localPath(folder) });
          return await app.commands.execute('docmanager:open', { path, factory: 'Notebook' });
        } catch (error) {
          reportError(error, trans);
        }
      }
    });
    // Cards of kernels stand in “Notebook”, which shows no icons but theirs.
    launcher?.add({ command, category: trans.__('Other'), rank: 0, args: { isLauncher: true } });
    palette?.addItem({ command, category: trans.__('Pipeline'), args: { isPalette: true } });
    menu?.helpMenu.addGroup([{ command }], 20);
  }
};

export default plugin;
