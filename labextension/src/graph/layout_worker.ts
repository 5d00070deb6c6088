/** Lays large graphs out in a thread of their own. */

import { type IGraphShape, layOut } from './layout';

self.onmessage = (event: MessageEvent<IGraphShape>) => {
  self.postMessage(layOut(event.data));
};
