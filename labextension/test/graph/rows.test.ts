import { expect, it } from 'vitest';

import { layOut } from '../../src/graph/layout';
import { type IRowItem, narrowRows } from '../../src/graph/rows';

function item(x: number): IRowItem {
  return { x, width: 100, links: [] };
}

function join(above: IRowItem, below: IRowItem): void {
  above.links.push({ item: below, weight: 1 });
  below.links.push({ item: above, weight: 1 });
}

it('keeps items of a row in their order and apart', () => {
  const [left, right, below] = [item(0), item(900), item(450)];
  join(left, below);
  join(right, below);
  narrowRows([[left, right], [below]], 10);
  expect(right.x - left.x).toBeCloseTo(110);
  expect(below.x).toBeCloseTo((left.x + right.x) / 2);
});

it('puts a chain in one line', () => {
  const chain = [item(0), item(300), item(100)] as const;
  join(chain[0], chain[1]);
  join(chain[1], chain[2]);
  narrowRows(
    chain.map(link => [link]),
    10
  );
  expect(chain[1].x).toBeCloseTo(chain[0].x, 0);
  expect(chain[2].x).toBeCloseTo(chain[0].x, 0);
});

it('keeps a graph of many crossing edges about as wide as its widest row', () => {
  const names = Array.from({ length: 100 }, (_, index) => `s${index}`);
  const after = names.map((_, index) => {
    const row = Math.floor(index / 10);
    return row ? [`s${index - 10}`, `s${(row - 1) * 10 + ((index * 7 + row) % 10)}`] : [];
  });
  const layout = layOut({ names, after: after.map(sources => [...new Set(sources)]) });
  expect(layout.width).toBeLessThan(2 * 10 * 150);
});
