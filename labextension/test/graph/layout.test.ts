import { describe, expect, it } from 'vitest';

import { NODE_SIZE } from '../../src/graph/geometry';
import { layOut } from '../../src/graph/layout';
import { neighbour } from '../../src/graph/neighbours';

const SHAPE = {
  names: ['load', 'clean', 'features', 'train', 'evaluate'],
  after: [[], ['load'], ['load'], ['clean', 'features'], ['train', 'load']]
};

describe('layOut', () => {
  const layout = layOut(SHAPE);
  const y = (name: string) => layout.nodes.find(node => node.name === name)?.y ?? Number.NaN;

  it('puts every stage below those that it follows', () => {
    SHAPE.names.forEach((name, index) => {
      for (const source of SHAPE.after[index] ?? []) {
        expect(y(name)).toBeGreaterThan(y(source) + NODE_SIZE.height);
      }
    });
  });

  it('keeps nodes apart and inside', () => {
    for (const [index, one] of layout.nodes.entries()) {
      expect(one.x - NODE_SIZE.width / 2).toBeGreaterThanOrEqual(0);
      expect(one.x + NODE_SIZE.width / 2).toBeLessThanOrEqual(layout.width);
      for (const other of layout.nodes.slice(index + 1)) {
        const apart = Math.abs(one.x - other.x) >= NODE_SIZE.width || Math.abs(one.y - other.y) >= NODE_SIZE.height;
        expect(apart).toBe(true);
      }
    }
  });

  it('draws each edge once, upright at both ends', () => {
    expect(layout.edges).toHaveLength(6);
    const edge = layout.edges.find(({ from, to }) => from === 'load' && to === 'clean');
    const numbers = edge?.path.match(/[\d.]+/g)?.map(Number) ?? [];
    expect(numbers[1]).toBe(y('load') + NODE_SIZE.height / 2);
    expect(numbers[2]).toBe(numbers[0]);
    expect(numbers.at(-1)).toBe(y('clean') - NODE_SIZE.height / 2);
    expect(numbers.at(-4)).toBe(numbers.at(-2));
  });

  it('gives the same shape the same places', () => {
    expect(layOut(SHAPE)).toEqual(layout);
  });
});

describe('neighbour', () => {
  const layout = layOut(SHAPE);

  it.each([
    ['clean', 'up', 'load'],
    ['clean', 'down', 'train'],
    ['evaluate', 'up', 'train'],
    ['load', 'up', null],
    ['evaluate', 'down', null],
    ['train', 'first', 'load'],
    ['train', 'last', 'evaluate'],
    ['gone', 'down', null]
  ] as const)('from %s %s is %s', (from, direction, to) => expect(neighbour(layout, from, direction)).toBe(to));

  it('stays in the row sideways', () => {
    const [left, right] = ['clean', 'features'].sort(
      (one, other) =>
        (layout.nodes.find(n => n.name === one)?.x ?? 0) - (layout.nodes.find(n => n.name === other)?.x ?? 0)
    ) as [string, string];
    expect(neighbour(layout, left, 'right')).toBe(right);
    expect(neighbour(layout, right, 'left')).toBe(left);
    expect(neighbour(layout, right, 'right')).toBeNull();
  });
});
