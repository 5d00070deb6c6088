/** The shape of a graph and the places of its parts. Not for how places are found. */

/** The width and height of every node, in pixels at full size. */
export const NODE_SIZE = { width: 136, height: 42 } as const;

/** What a layout depends on: names and edges, nothing that changes while a run goes on. */
export interface IGraphShape {
  readonly names: readonly string[];

  /** For each name, the names that it follows. */
  readonly after: readonly (readonly string[])[];
}

/** A node's place: the middle of it. */
export interface INodePlace {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** An edge as the path of an SVG. */
export interface IEdgePath {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

/** A graph that can be drawn; nodes stand in the order of the shape's names. */
export interface IGraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly INodePlace[];
  readonly edges: readonly IEdgePath[];
}
