/** Where nodes and edges of a graph are drawn, top to bottom. This module loads the layout library: import it on demand. */

import { Graph, layout } from '@dagrejs/dagre';

import { type IGraphLayout, type IGraphShape, NODE_SIZE } from './geometry';
import { type IRowItem, narrowRows, rowWidth } from './rows';

const MARGIN = 12;
const GAP = 14;

/** From here on, edges are so many that the best ranks would take seconds to find: good ones do. */
const MANY_EDGES = 250;

/** How much wider than its widest row a layout may be. */
const SPREAD = 1.5;

/** A node or a bend: something that stands in a row. */
interface IPlaced extends IRowItem {
  readonly y: number;
}

interface IRoute {
  readonly from: IPlaced;
  readonly to: IPlaced;

  /** Where it passes through the rows in between. */
  readonly bends: readonly IPlaced[];
}

/** Lay a graph out; the same shape always gets the same places. */
export function layOut(shape: IGraphShape): IGraphLayout {
  const graph = ranked(shape);
  const nodes = new Map(graph.nodes().map(name => [name, placed(graph.node(name) as IPoint, NODE_SIZE.width)]));
  const routes = graph.edges().map(({ v, w }) => {
    const { points } = graph.edge(v, w) as { points: readonly IPoint[] };
    return { from: nodes.get(v) as IPlaced, to: nodes.get(w) as IPlaced, bends: bends(points), names: [v, w] as const };
  });
  const items = [...nodes.values(), ...routes.flatMap(route => route.bends)];
  narrow(items, routes);

  const left = Math.min(...items.map(({ x, width }) => x - width / 2)) - MARGIN;
  const right = Math.max(...items.map(({ x, width }) => x + width / 2)) + MARGIN;
  for (const item of items) {
    item.x -= left;
  }
  return {
    width: right - left,
    height: Math.max(...items.map(({ y }) => y)) + NODE_SIZE.height / 2 + MARGIN,
    nodes: [...nodes].map(([name, { x, y }]) => ({ name, x, y })),
    edges: routes.map(route => ({ from: route.names[0], to: route.names[1], path: edgePath(route) }))
  };
}

interface IPoint {
  readonly x: number;
  readonly y: number;
}

/** The graph with every node in a row, and the rows in an order that crosses few edges. */
function ranked(shape: IGraphShape): Graph {
  const graph = new Graph();
  const edgeCount = shape.after.reduce((count, sources) => count + sources.length, 0);
  graph.setGraph({
    rankdir: 'TB',
    nodesep: GAP,
    edgesep: GAP,
    ranksep: 34,
    marginy: MARGIN,
    ranker: edgeCount < MANY_EDGES ? 'network-simplex' : 'tight-tree'
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of shape.names) {
    graph.setNode(name, { ...NODE_SIZE });
  }
  shape.names.forEach((name, index) => {
    for (const source of shape.after[index] ?? []) {
      graph.setEdge(source, name);
    }
  });
  layout(graph);
  return graph;
}

function placed({ x, y }: IPoint, width: number): IPlaced {
  return { x, y, width, links: [] };
}

/** Where an edge passes through rows; its points alternate between the middle of a gap and the middle of a row. */
function bends(points: readonly IPoint[]): IPlaced[] {
  return points
    .filter((_, index) => index > 0 && index < points.length - 1 && index % 2 === 0)
    .map(point => placed(point, 0));
}

/** Bring rows together that the library has spread out. Small graphs stay as they are: straight. */
function narrow(items: readonly IPlaced[], routes: readonly IRoute[]): void {
  const rows = new Map<number, IPlaced[]>();
  for (const item of items) {
    const row = rows.get(item.y);
    row ? row.push(item) : rows.set(item.y, [item]);
  }
  for (const row of rows.values()) {
    row.sort((one, other) => one.x - other.x);
  }
  const xs = items.map(({ x }) => x);
  const needed = Math.max(...[...rows.values()].map(row => rowWidth(row, GAP)));
  if (Math.max(...xs) - Math.min(...xs) <= SPREAD * needed) {
    return;
  }
  for (const { from, to, bends } of routes) {
    const stops = [from, ...bends, to];
    stops.slice(1).forEach((below, index) => {
      const above = stops[index] as IPlaced;
      // A long edge that wavers is worse than a short one that slants.
      const weight = above.width && below.width ? 1 : above.width || below.width ? 2 : 6;
      above.links.push({ item: below, weight });
      below.links.push({ item: above, weight });
    });
  }
  const fromTop = [...rows].sort(([one], [other]) => one - other).map(([, row]) => row);
  narrowRows(fromTop, GAP);
}

/**
 * A curve from the lower side of a node to the upper side of another that bends between the rows only, so that it
 * meets no node on its way and enters every row upright.
 */
function edgePath({ from, to, bends }: IRoute): string {
  const half = NODE_SIZE.height / 2;
  let at = { x: port(from, bends[0] ?? to), y: from.y + half };
  let path = `M${rounded(at.x)} ${rounded(at.y)}`;
  const bendTo = (x: number, y: number) => {
    const middle = rounded((at.y + y) / 2);
    path += ` C${rounded(at.x)} ${middle} ${rounded(x)} ${middle} ${rounded(x)} ${rounded(y)}`;
  };
  for (const { x, y } of bends) {
    bendTo(x, y - half);
    path += ` V${rounded(y + half)}`;
    at = { x, y: y + half };
  }
  bendTo(port(to, bends.at(-1) ?? from), to.y - half);
  return path;
}

/** Where an edge that comes from somewhere meets a node's side: on the way there, but not at the round corners. */
function port(node: IPoint, towards: IPoint): number {
  const reach = NODE_SIZE.width / 2 - 16;
  return node.x + Math.min(Math.max((towards.x - node.x) * 0.3, -reach), reach);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
