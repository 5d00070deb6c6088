/** Chooses where a graph is laid out: small ones here, large ones in a worker. Loads the layout library on first use. */

import type { IGraphLayout, IGraphShape } from './geometry';

/** Up to so many nodes and edges, a layout is done in a few frames, sooner than a worker starts. */
const SMALL = 60;

/** Lays a graph out without blocking the page. */
export async function layOutInBackground(shape: IGraphShape): Promise<IGraphLayout> {
  const size = shape.after.reduce((count, sources) => count + sources.length, shape.names.length);
  if (size > SMALL) {
    try {
      return await inWorker(shape);
    } catch {
      // A page that may start no workers still shows the graph; it only waits for it.
    }
  }
  const { layOut } = await import('./layout');
  return layOut(shape);
}

function inWorker(shape: IGraphShape): Promise<IGraphLayout> {
  const worker = new Worker(new URL('./layout_worker.js', import.meta.url), { name: 'mlpipe-layout' });
  return new Promise<IGraphLayout>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<IGraphLayout>) => resolve(event.data);
    worker.onerror = event => reject(new Error(event.message));
    worker.postMessage(shape);
  }).finally(() => worker.terminate());
}
