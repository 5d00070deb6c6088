/** Provides the REST API to the other parts. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { EXTENSION_ID, IMlpipeClient, TRANSLATION_DOMAIN } from '../tokens';
import { MlpipeClient } from './client';

const plugin: JupyterFrontEndPlugin<IMlpipeClient> = {
  id: `${EXTENSION_ID}:client`,
  description: 'The REST API of jupyter_mlpipe.',
  autoStart: true,
  provides: IMlpipeClient,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): IMlpipeClient => {
    const trans = (translator ?? nullTranslator).load(TRANSLATION_DOMAIN);
    return new MlpipeClient(app.serviceManager.serverSettings, trans);
  }
};

export default plugin;
