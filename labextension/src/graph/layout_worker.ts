/** Lays large graphs out in a thread of their own. */

import type { IGraphShape } from './geometry';
import { layOut } from './layout';

self.onmessage = (event: MessageEvent<IGraphShape>) => {
  self.postMessage(layOut(event.data));
};
