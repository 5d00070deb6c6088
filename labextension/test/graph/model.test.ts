import { describe, expect, it, vi } from 'vitest';

import type { IGraphLayout, IGraphShape } from '../../src/graph/geometry';
import { layOut } from '../../src/graph/layout';
import { GraphModel } from '../../src/graph/model';
import { SettablePipeline, following as stage } from './settable_pipeline';

function opened(...stages: ReturnType<typeof stage>[]) {
  const pipeline = new SettablePipeline();
  pipeline.stages = stages;
  const asked = vi.fn(async (shape: IGraphShape): Promise<IGraphLayout> => layOut(shape));
  const model = new GraphModel(asked);
  model.pipeline = pipeline;
  return { model, pipeline, asked };
}

const settled = () => new Promise(resolve => setTimeout(resolve));

describe('GraphModel', () => {
  it('lays out what it is given', async () => {
    const { model } = opened(stage('load'), stage('train', ['load']));
    expect(model.isLayingOut).toBe(true);
    await settled();
    expect(model.isLayingOut).toBe(false);
    expect(model.layout?.nodes.map(node => node.name)).toEqual(['load', 'train']);
  });

  it('asks for no layout when only states change, and tells that they did', async () => {
    const { model, pipeline, asked } = opened(stage('load'));
    await settled();
    const [changed, layout] = [vi.fn(), model.layout];
    model.changed.connect(changed);
    pipeline.set({ stages: [stage('load', [], { state: 'running', started: 1 })] });
    await settled();
    expect(model.node('load')?.stage.state).toBe('running');
    expect(changed).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(model.layout).toBe(layout);
  });

  it('lays out again when an edge changes, and shows the last layout meanwhile', async () => {
    const { model, pipeline, asked } = opened(stage('load'), stage('train'));
    await settled();
    const before = model.layout;
    pipeline.set({ stages: [stage('load'), stage('train', ['load'])] });
    expect(model.layout).toBe(before);
    await settled();
    expect(asked).toHaveBeenCalledTimes(2);
    expect(model.layout?.edges).toHaveLength(1);
  });

  it('takes the answer to the newest question only', async () => {
    const answers: ((layout: IGraphLayout) => void)[] = [];
    const model = new GraphModel(() => new Promise(resolve => answers.push(resolve)));
    const pipeline = new SettablePipeline();
    pipeline.stages = [stage('load')];
    model.pipeline = pipeline;
    pipeline.set({ stages: [stage('load'), stage('train')] });
    answers[1]?.(layOut({ names: ['load', 'train'], after: [[], []] }));
    answers[0]?.(layOut({ names: ['load'], after: [[]] }));
    await settled();
    expect(model.layout?.nodes).toHaveLength(2);
  });

  it('asks for nothing where there is nothing to draw', async () => {
    const { model, asked } = opened(stage('cell-0'));
    await settled();
    expect(asked).not.toHaveBeenCalled();
    expect([model.nodes.length, model.cellCount, model.layout]).toEqual([0, 1, null]);
    model.withCells = true;
    await settled();
    expect(model.layout?.nodes).toHaveLength(1);
  });

  it('is on the active stage until the keyboard goes elsewhere, and comes back when the stage changes', async () => {
    const { model, pipeline } = opened(stage('load'), stage('train', ['load']), stage('plot', ['train']));
    await settled();
    expect(model.current).toBe('load');
    pipeline.set({ activeStage: 'train' });
    expect(model.current).toBe('train');
    model.current = model.neighbour('down');
    expect(model.current).toBe('plot');
    pipeline.set({});
    expect(model.current).toBe('plot');
    pipeline.set({ activeStage: 'load' });
    expect(model.current).toBe('load');
  });

  it('listens to one pipeline at a time', async () => {
    const { model, pipeline } = opened(stage('load'));
    model.pipeline = null;
    const changed = vi.fn();
    model.changed.connect(changed);
    pipeline.set({ stages: [] });
    expect(changed).not.toHaveBeenCalled();
    expect(model.nodes).toEqual([]);
  });
});
