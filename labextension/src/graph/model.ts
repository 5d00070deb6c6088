/** The graph of one pipeline as it is shown: nodes, states, places. Not for how it looks. */

import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IPipelineModel } from '../tokens';
import { graphNodes, type IGraphNode } from './contraction';
import type { IGraphLayout, IGraphShape } from './geometry';
import { type Direction, neighbour } from './neighbours';

/** Lays a graph out; answers may come late and out of order. */
export type LayOut = (shape: IGraphShape) => Promise<IGraphLayout>;

/**
 * Follows a pipeline and keeps its graph.
 *
 * A new layout is asked for only when names or edges change; states, times and the active stage never move a node. The
 * last layout stays until the next has come.
 */
export class GraphModel implements IDisposable {
  constructor(private readonly layOut: LayOut) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The pipeline that is shown; null where there is none. */
  get pipeline(): IPipelineModel | null {
    return this._pipeline;
  }

  set pipeline(pipeline: IPipelineModel | null) {
    if (pipeline === this._pipeline) {
      return;
    }
    this._pipeline?.changed.disconnect(this._onPipelineChanged, this);
    pipeline?.changed.connect(this._onPipelineChanged, this);
    this._pipeline = pipeline;
    this._drop();
    this._update();
  }

  /** Whether plain cells that run like stages are drawn, too. */
  get withCells(): boolean {
    return this._withCells;
  }

  set withCells(withCells: boolean) {
    if (withCells !== this._withCells) {
      this._withCells = withCells;
      this._update();
    }
  }

  /** How many plain cells run like stages. */
  get cellCount(): number {
    return this._pipeline?.stages.filter(stage => stage.implicit).length ?? 0;
  }

  /** The nodes as they stand now, in notebook order. */
  get nodes(): readonly IGraphNode[] {
    return this._nodes;
  }

  /** The node of a name; undefined where none is drawn. */
  node(name: string): IGraphNode | undefined {
    return this._byName.get(name);
  }

  /** Where nodes are drawn; null until the first layout has come. Its nodes may lag behind `nodes`. */
  get layout(): IGraphLayout | null {
    return this._layout;
  }

  /** Whether a layout is on its way. */
  get isLayingOut(): boolean {
    return this._asked !== null;
  }

  /** The node that somebody is at: the last one that the keyboard went to, or the active stage; null where nobody is. */
  get attended(): string | null {
    const wanted = [this._current, this._pipeline?.activeStage ?? null];
    return wanted.find(name => name !== null && this._byName.has(name)) ?? null;
  }

  /** The node that the keyboard is on, or that it comes to first. */
  get current(): string | null {
    return this.attended ?? this._nodes[0]?.stage.name ?? null;
  }

  set current(name: string | null) {
    if (name !== this._current) {
      this._current = name;
      this._changed.emit();
    }
  }

  /** The node that a key leads to from the current one; null where it leads nowhere. */
  neighbour(direction: Direction): string | null {
    return this._layout && this.current ? neighbour(this._layout, this.current, direction) : null;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._pipeline?.changed.disconnect(this._onPipelineChanged, this);
      Signal.clearData(this);
    }
  }

  private _drop(): void {
    this._layout = null;
    this._shape = '';
    this._asked = null;
    this._current = null;
  }

  private _onPipelineChanged(): void {
    const active = this._pipeline?.activeStage ?? null;
    if (active !== this._active) {
      this._active = active;
      this._current = active ?? this._current;
    }
    this._update();
  }

  private _update(): void {
    this._nodes = graphNodes(this._pipeline?.stages ?? [], this._withCells);
    this._byName = new Map(this._nodes.map(node => [node.stage.name, node]));
    const shape = { names: this._nodes.map(node => node.stage.name), after: this._nodes.map(node => node.after) };
    const text = JSON.stringify(shape);
    if (text !== this._shape) {
      this._shape = text;
      void this._lay(shape);
    }
    this._changed.emit();
  }

  private async _lay(shape: IGraphShape): Promise<void> {
    if (shape.names.length === 0) {
      this._asked = this._layout = null;
      return;
    }
    this._asked = shape;
    const layout = await this.layOut(shape).catch(() => null);
    if (this._isDisposed || this._asked !== shape) {
      return;
    }
    this._asked = null;
    this._layout = layout ?? this._layout;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isDisposed = false;
  private _pipeline: IPipelineModel | null = null;
  private _withCells = false;
  private _nodes: readonly IGraphNode[] = [];
  private _byName: ReadonlyMap<string, IGraphNode> = new Map();
  private _layout: IGraphLayout | null = null;
  /** The newest shape as text, so that states alone ask for no layout. */
  private _shape = '';
  /** The shape whose layout is awaited. */
  private _asked: IGraphShape | null = null;
  private _active: string | null = null;
  private _current: string | null = null;
}
