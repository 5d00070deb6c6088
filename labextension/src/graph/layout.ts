/** Where nodes and edges of a graph are drawn, top to bottom. This module loads the layout library: import it on demand. */

import { Graph, layout } from '@dagrejs/dagre';

import { type IGraphLayout, type IGraphShape, NODE_SIZE } from './geometry';

const MARGIN = 16;

/** From here on, edges are so many that the best ranks would take seconds to find: good ones do. */
const MANY_EDGES = 250;

/** Lay a graph out; the same shape always gets the same places. */
export function layOut(shape: IGraphShape): IGraphLayout {
  const graph = new Graph();
  const edgeCount = shape.after.reduce((count, sources) => count + sources.length, 0);
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 20,
    edgesep: 12,
    ranksep: 36,
    marginx: MARGIN,
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
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const place = (name: string) => graph.node(name) as IPoint;
  return {
    width,
    height,
    nodes: shape.names.map(name => {
      const { x, y } = place(name);
      return { name, x, y };
    }),
    edges: graph.edges().map(({ v, w }) => {
      const { points } = graph.edge(v, w) as { points: readonly IPoint[] };
      return { from: v, to: w, path: edgePath(place(v), place(w), points) };
    })
  };
}

interface IPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * A curve from the lower side of a node to the upper side of another that bends between the rows only, so that it
 * meets no node on its way and enters every row upright.
 *
 * `points` go from node to node and alternate between the middle of a gap and the middle of a row.
 */
function edgePath(from: IPoint, to: IPoint, points: readonly IPoint[]): string {
  const half = NODE_SIZE.height / 2;
  const rows = points.filter((_, index) => index > 0 && index < points.length - 1 && index % 2 === 0);
  let at = { x: port(from, points[0]), y: from.y + half };
  let path = `M${rounded(at.x)} ${rounded(at.y)}`;
  const bendTo = (x: number, y: number) => {
    const middle = rounded((at.y + y) / 2);
    path += ` C${rounded(at.x)} ${middle} ${rounded(x)} ${middle} ${rounded(x)} ${rounded(y)}`;
  };
  for (const { x, y } of rows) {
    bendTo(x, y - half);
    path += ` V${rounded(y + half)}`;
    at = { x, y: y + half };
  }
  bendTo(port(to, points[points.length - 1]), to.y - half);
  return path;
}

/** Where an edge that is drawn towards a point meets a node's side: not at its round corners. */
function port(node: IPoint, towards: IPoint = node): number {
  const reach = NODE_SIZE.width / 2 - 16;
  return Math.min(Math.max(towards.x, node.x - reach), node.x + reach);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
