import { describe, expect, it } from 'vitest';

import { type Output, PendingOutputs, sameOutputs } from '../../src/outputs/pending_outputs';
import { event } from '../samples';

const stream = (text: string | string[], name = 'stdout'): Output => ({ output_type: 'stream', name, text });
const picture = (data: string): Output => ({ output_type: 'display_data', data: { 'image/png': data }, metadata: {} });

describe('changes of a cell', () => {
  it('begin with its start, which clears it, and are handed over once', () => {
    const pending = new PendingOutputs();
    pending.take(event(1, 'cell_started', { cell: 'a' }));
    pending.take(event(2, 'cell_output', { cell: 'a', output: stream('one\n') }));
    expect(pending.drain()).toEqual([{ cell: 'a', running: true, replaces: true, outputs: [stream('one\n')] }]);
    expect(pending.isEmpty).toBe(true);
  });

  it('are appended to what was handed over before', () => {
    const pending = new PendingOutputs();
    pending.take(event(1, 'cell_started', { cell: 'a' }));
    pending.drain();
    pending.take(event(2, 'cell_output', { cell: 'a', output: picture('x') }));
    pending.take(event(3, 'cell_finished', { cell: 'a', status: 'done' }));
    expect(pending.drain()).toEqual([{ cell: 'a', running: false, replaces: false, outputs: [picture('x')] }]);
  });

  it('join neighbouring pieces of one stream', () => {
    const pending = new PendingOutputs();
    for (const [id, output] of [stream('a'), stream('b'), stream('!', 'stderr'), stream('c')].entries()) {
      pending.take(event(id, 'cell_output', { cell: 'a', output }));
    }
    expect(pending.drain()[0]?.outputs).toEqual([stream('ab'), stream('!', 'stderr'), stream('c')]);
  });

  it('replace all outputs where the event says so, and go on from there', () => {
    const pending = new PendingOutputs();
    pending.take(event(1, 'cell_output', { cell: 'a', output: stream('old') }));
    pending.take(event(2, 'cell_output', { cell: 'a', outputs: [picture('new')] }));
    pending.take(event(3, 'cell_output', { cell: 'a', output: stream('more') }));
    expect(pending.drain()).toEqual([
      { cell: 'a', running: null, replaces: true, outputs: [picture('new'), stream('more')] }
    ]);
  });

  it('start anew when the cell runs again', () => {
    const pending = new PendingOutputs();
    pending.take(event(1, 'cell_started', { cell: 'a' }));
    pending.take(event(2, 'cell_output', { cell: 'a', output: stream('first try') }));
    pending.take(event(3, 'cell_started', { cell: 'a' }));
    expect(pending.drain()).toEqual([{ cell: 'a', running: true, replaces: true, outputs: [] }]);
  });

  it('come from nothing but events of cells', () => {
    const pending = new PendingOutputs();
    pending.take(event(1, 'stage_started', { stage: 's' }));
    expect(pending.isEmpty).toBe(true);
  });
});

describe('all outputs of cells', () => {
  const shown = { cell: 'a', stage: 's', status: 'hit' as const, outputs: [stream('kept')] };

  it('replace what cells show', () => {
    const pending = new PendingOutputs();
    pending.show([shown], 5);
    expect(pending.drain()).toEqual([{ cell: 'a', running: false, replaces: true, outputs: [stream('kept')] }]);
  });

  it('are old news for a cell that newer events were about', () => {
    const pending = new PendingOutputs();
    pending.take(event(6, 'cell_started', { cell: 'a' }));
    pending.drain();
    pending.show([shown], 5);
    expect(pending.isEmpty).toBe(true);
  });

  it('say nothing about cells that were skipped', () => {
    const pending = new PendingOutputs();
    pending.show([{ ...shown, status: 'skipped' }], 5);
    expect(pending.isEmpty).toBe(true);
  });
});

it('a run that ended leaves no cell that seems to run', () => {
  const pending = new PendingOutputs();
  pending.take(event(1, 'cell_started', { cell: 'a' }));
  pending.take(event(2, 'cell_started', { cell: 'b' }));
  pending.take(event(3, 'cell_finished', { cell: 'b' }));
  pending.drain();
  pending.settle();
  expect(pending.drain()).toEqual([{ cell: 'a', running: false, replaces: false, outputs: [] }]);
});

describe('outputs are the same', () => {
  it('whether their text is whole or in lines', () => {
    expect(sameOutputs([stream(['a\n', 'b'])], [stream('a\nb')])).toBe(true);
    const json = { output_type: 'display_data', data: { 'application/x+json': ['a', 'b'] }, metadata: {} };
    expect(sameOutputs([json], [{ ...json, data: { 'application/x+json': 'ab' } }])).toBe(false);
  });

  it('whatever their execution count', () => {
    const result = { output_type: 'execute_result', data: { 'text/plain': ['1'] }, metadata: {}, execution_count: 3 };
    expect(sameOutputs([result], [{ ...result, execution_count: null, data: { 'text/plain': '1' } }])).toBe(true);
  });

  it('not where one differs, or one is missing', () => {
    expect(sameOutputs([picture('x')], [picture('y')])).toBe(false);
    expect(sameOutputs([picture('x')], [])).toBe(false);
    expect(sameOutputs([stream('x')], [stream('x', 'stderr')])).toBe(false);
  });
});
