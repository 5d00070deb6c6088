/** The graph: nodes that are buttons over edges that are an SVG. Where they stand, the model knows. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { type IGraphLayout, NODE_SIZE } from './geometry';
import type { GraphModel } from './model';
import type { Direction } from './neighbours';
import { GraphNode, nodeLook } from './node';
import { useZoom, ZoomButtons } from './zooming';

/** What can be done with a node. */
export interface INodeActions {
  /** Go to a stage's cell in the notebook. */
  open(name: string): void;

  /** Offer what can be done with a stage, at a place of the window. */
  offer(name: string, x: number, y: number): void;
}

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  Home: 'first',
  End: 'last'
};

export function GraphView(props: {
  model: GraphModel;
  layout: IGraphLayout;
  actions: INodeActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, layout, actions, trans } = props;
  const zoom = useZoom(layout);
  const plane = React.useRef<HTMLDivElement>(null);
  const { current } = model;
  useFollowing(current, layout, plane, zoom.reveal);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const direction = KEYS[event.key];
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (direction && plain) {
      model.current = model.neighbour(direction) ?? model.current;
    } else if ((event.key === '+' || event.key === '-') && !event.ctrlKey && !event.metaKey) {
      zoom.step(event.key === '+' ? 1 : -1);
    } else if (event.key === '0' && plain) {
      zoom.showWhole();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event: React.MouseEvent) => {
    const name = nodeName(event.target);
    if (name) {
      model.current = name;
      actions.open(name);
    }
  };
  const onContextMenu = (event: React.MouseEvent) => {
    const name = nodeName(event.target);
    if (name) {
      event.preventDefault();
      event.stopPropagation();
      model.current = name;
      actions.offer(name, event.clientX, event.clientY);
    }
  };

  const { width, height } = layout;
  const { scale } = zoom;
  const active = model.pipeline?.activeStage ?? null;
  return (
    <div className="jp-MlpipeGraph">
      <div className="jp-MlpipeGraph-pane" ref={zoom.pane}>
        <div className="jp-MlpipeGraph-canvas" style={{ width: width * scale, height: height * scale }}>
          <div
            className="jp-MlpipeGraph-plane"
            ref={plane}
            role="graphics-document document"
            aria-roledescription={trans.__('pipeline graph')}
            aria-label={trans.__('Stages of %1', model.pipeline?.analysis?.pipeline ?? '')}
            style={{ width, height, transform: `scale(${scale})` }}
            onClick={onClick}
            onContextMenu={onContextMenu}
            onKeyDown={onKeyDown}
          >
            <Edges model={model} layout={layout} near={model.attended} />
            {layout.nodes.map(place => {
              const node = model.node(place.name);
              return node ? (
                <GraphNode
                  key={place.name}
                  {...nodeLook(
                    node,
                    place,
                    { isActive: place.name === active, isTabStop: place.name === current },
                    trans
                  )}
                />
              ) : null;
            })}
          </div>
        </div>
      </div>
      <ZoomButtons zoom={zoom} trans={trans} />
    </div>
  );
}

/** All edges; those of the node in question stand out, and those into running stages move. */
function Edges(props: { model: GraphModel; layout: IGraphLayout; near: string | null }): JSX.Element {
  const { model, layout, near } = props;
  return (
    <svg className="jp-MlpipeGraph-edges" width={layout.width} height={layout.height} aria-hidden="true">
      {layout.edges.map(({ from, to, path }) => (
        <Edge
          key={`${from}→${to}`}
          path={path}
          isNear={from === near || to === near}
          isRunning={model.node(to)?.stage.state === 'running'}
        />
      ))}
    </svg>
  );
}

const Edge = React.memo(function Edge(props: { path: string; isNear: boolean; isRunning: boolean }): JSX.Element {
  const kind = props.isRunning ? 'running' : props.isNear ? 'near' : undefined;
  return <path className="jp-MlpipeGraph-edge" data-mlpipe-edge={kind} d={props.path} />;
});

/** Keep the current node in sight, and the focus on it once it is in the graph. */
function useFollowing(
  current: string | null,
  layout: IGraphLayout,
  plane: React.RefObject<HTMLElement>,
  reveal: (box: DOMRectReadOnly) => void
): void {
  const revealNow = React.useRef(reveal);
  revealNow.current = reveal;
  React.useEffect(() => {
    const place = layout.nodes.find(node => node.name === current);
    if (!place) {
      return;
    }
    const { width, height } = NODE_SIZE;
    const air = 12;
    revealNow.current(
      new DOMRectReadOnly(place.x - width / 2 - air, place.y - height / 2 - air, width + 2 * air, height + 2 * air)
    );
    if (plane.current?.contains(document.activeElement)) {
      plane.current
        .querySelector<HTMLElement>(`[data-mlpipe-node="${CSS.escape(place.name)}"]`)
        ?.focus({ preventScroll: true });
    }
  }, [current, layout, plane]);
}

function nodeName(target: EventTarget): string | null {
  const node = target instanceof Element ? target.closest('[data-mlpipe-node]') : null;
  return node?.getAttribute('data-mlpipe-node') ?? null;
}
