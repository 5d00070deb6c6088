/** Where the arrow keys go in a graph. Knows places and edges only. */

import type { IGraphLayout, INodePlace } from './geometry';

export type Direction = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/**
 * The node that a key leads to, or null where it leads nowhere.
 *
 * Up and down follow edges, to the nearest node on the other end; left and right stay in the row; first and last are
 * those in notebook order.
 */
export function neighbour(layout: IGraphLayout, name: string, direction: Direction): string | null {
  const from = layout.nodes.find(node => node.name === name);
  switch (direction) {
    case 'first':
      return layout.nodes[0]?.name ?? null;
    case 'last':
      return layout.nodes[layout.nodes.length - 1]?.name ?? null;
  }
  return from ? nearest(from, reachable(layout, from, direction)) : null;
}

function reachable(layout: IGraphLayout, from: INodePlace, direction: Direction): INodePlace[] {
  switch (direction) {
    case 'left':
      return layout.nodes.filter(node => node.y === from.y && node.x < from.x);
    case 'right':
      return layout.nodes.filter(node => node.y === from.y && node.x > from.x);
    default: {
      const [near, far] = direction === 'up' ? (['to', 'from'] as const) : (['from', 'to'] as const);
      const names = new Set(layout.edges.filter(edge => edge[near] === from.name).map(edge => edge[far]));
      return layout.nodes.filter(node => names.has(node.name));
    }
  }
}

function nearest(from: INodePlace, nodes: readonly INodePlace[]): string | null {
  let found: INodePlace | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const distance = Math.hypot(node.x - from.x, node.y - from.y);
    if (distance < least) {
      [found, least] = [node, distance];
    }
  }
  return found?.name ?? null;
}
