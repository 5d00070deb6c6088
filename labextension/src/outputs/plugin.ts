/** Brings the outputs of batch runs into open notebooks. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { PipelineModel } from '../pipelines/model';
import type { Pipelines } from '../pipelines/pipelines';
import { EXTENSION_ID, IMlpipeClient, IPipelines } from '../tokens';
import { NotebookTarget } from './notebook_target';
import { RunOutputsWriter } from './run_outputs';

/** How long we wait where the browser draws no frames, since its tab is in the background. */
const HIDDEN_FRAME_MS = 250;

const plugin: JupyterFrontEndPlugin<void> = {
  id: `${EXTENSION_ID}:outputs`,
  description: 'Shows what batch runs put out in the cells of their open notebook.',
  autoStart: true,
  requires: [IMlpipeClient, IPipelines],
  activate: (_: JupyterFrontEnd, client: IMlpipeClient, pipelines: Pipelines): void => {
    pipelines.forEach((panel, model) => {
      const writer = new RunOutputsWriter({ model, target: new NotebookTarget(panel), client, nextFrame });
      void onceAnalysed(panel, model).then(() => writer.catchUp().catch(() => undefined));
    });
  }
};

export default plugin;

function nextFrame(callback: () => void): void {
  if (document.visibilityState === 'hidden') {
    setTimeout(callback, HIDDEN_FRAME_MS);
  } else {
    requestAnimationFrame(callback);
  }
}

/** Done when a notebook is there and turned out to be a pipeline. */
async function onceAnalysed(panel: NotebookPanel, model: PipelineModel): Promise<void> {
  await panel.context.ready;
  await new Promise<void>(resolve => {
    const look = (): void => {
      if (model.analysis) {
        model.changed.disconnect(look);
        resolve();
      }
    };
    model.changed.connect(look);
    look();
  });
}
