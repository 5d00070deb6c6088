import { describe, expect, it } from 'vitest';

import { MlpipeError } from '../../src/api/errors';
import type { PanelContent } from '../../src/api/types';
import { PanelsModel } from '../../src/panels/model';

const PANELS = [
  { id: 'cost', title: 'Cost' },
  { id: 'storage', title: 'Storage' }
];

function drawn(id: string, path: string): PanelContent {
  return { id, title: id, blocks: [{ data: { 'text/plain': path }, metadata: {} }] };
}

describe('PanelsModel', () => {
  it('shows the first panel of the workspace that is looked at', async () => {
    const model = new PanelsModel({
      listPanels: async () => ({ panels: PANELS }),
      drawPanel: async (id, { path }) => drawn(id, path)
    });
    await model.look('a/b.ipynb');
    expect(model.chosen).toBe('cost');
    expect(model.content).toEqual(drawn('cost', 'a/b.ipynb'));
    await model.choose('storage');
    expect(model.content).toEqual(drawn('storage', 'a/b.ipynb'));
    await model.look(null);
    expect(model.content).toBeNull();
    expect(model.error).toBeNull();
  });

  it('keeps the newest answer, in whatever order they come', async () => {
    const waiting: Array<() => void> = [];
    const model = new PanelsModel({
      listPanels: async () => ({ panels: PANELS }),
      drawPanel: (id, { path }) => new Promise(done => waiting.push(() => done(drawn(id, path))))
    });
    const first = model.look('first');
    await Promise.resolve();
    const second = model.look('second');
    await new Promise(done => setTimeout(done));
    for (const answer of waiting.reverse()) {
      answer();
    }
    await Promise.all([first, second]);
    expect(model.content).toEqual(drawn('cost', 'second'));
    expect(model.busy).toBe(false);
  });

  it('says why there is nothing', async () => {
    const model = new PanelsModel({
      listPanels: async () => ({ panels: PANELS }),
      drawPanel: async () => {
        throw new MlpipeError({ code: 'MP400', message: 'nothing has been run', hint: 'run it', details: {} });
      }
    });
    await model.look('a.ipynb');
    expect(model.content).toBeNull();
    expect(model.error?.code).toBe('MP400');
  });
});
