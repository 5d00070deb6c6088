/** Provides the open notebooks as pipelines to the other parts. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { onRunNews } from '../api/news';
import { EXTENSION_ID, IMlpipeClient, IPipelines } from '../tokens';
import { Pipelines } from './pipelines';

const plugin: JupyterFrontEndPlugin<IPipelines> = {
  id: `${EXTENSION_ID}:pipelines`,
  description: 'The open notebooks as pipelines.',
  autoStart: true,
  provides: IPipelines,
  requires: [IMlpipeClient, INotebookTracker],
  activate: (app: JupyterFrontEnd, client: IMlpipeClient, tracker: INotebookTracker): IPipelines => {
    const { contents, events } = app.serviceManager;
    const pipelines = new Pipelines({
      client,
      tracker,
      contents,
      connectNews: listener => onRunNews(events.stream, listener)
    });
    // Files may have changed in an editor outside of the browser.
    window.addEventListener('focus', () => {
      if (pipelines.current?.isPipeline) {
        void pipelines.current.refresh();
      }
    });
    return pipelines;
  }
};

export default plugin;
