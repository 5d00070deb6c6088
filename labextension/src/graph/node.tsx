/** One node of the graph. It is drawn again only when something that it shows has changed. */

import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Elapsed } from '../elements';
import { MARK_PATHS } from '../icons';
import type { IGraphNode } from './contraction';
import { type INodePlace, NODE_SIZE } from './geometry';
import { stageDetail, stageLabel, stageTooltip } from './summary';

/** What a node looks like; plain values, so that equal ones are known as equal. */
interface INodeLook {
  readonly name: string;
  readonly state: IGraphNode['stage']['state'];
  readonly implicit: boolean;
  readonly detail: string;
  readonly label: string;
  readonly tooltip: string;
  readonly started: number | null;
  readonly expected: number | null;
  readonly x: number;
  readonly y: number;
  readonly isActive: boolean;
  readonly isTabStop: boolean;
}

export function nodeLook(
  node: IGraphNode,
  place: INodePlace,
  about: Pick<INodeLook, 'isActive' | 'isTabStop'>,
  trans: TranslationBundle
): INodeLook {
  const { stage } = node;
  return {
    ...about,
    name: stage.name,
    state: stage.state,
    implicit: stage.implicit,
    detail: stageDetail(stage, trans),
    label: stageLabel(node, trans),
    tooltip: stageTooltip(node, trans),
    started: stage.state === 'running' ? stage.started : null,
    expected: stage.expected_seconds,
    x: place.x,
    y: place.y
  };
}

export const GraphNode = React.memo(function GraphNode(look: INodeLook): JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlpipeGraph-node"
      data-mlpipe-node={look.name}
      data-mlpipe-state={look.state}
      data-mlpipe-implicit={look.implicit || undefined}
      data-jp-suppress-context-menu
      aria-current={look.isActive || undefined}
      aria-label={look.label}
      title={look.tooltip}
      tabIndex={look.isTabStop ? 0 : -1}
      style={{
        ...NODE_SIZE,
        transform: `translate(${look.x - NODE_SIZE.width / 2}px, ${look.y - NODE_SIZE.height / 2}px)`
      }}
    >
      <span className="jp-MlpipeMark" data-mlpipe-state={look.state}>
        <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
          <path fill="currentColor" fillRule="evenodd" d={MARK_PATHS[look.state]} />
        </svg>
      </span>
      <span className="jp-MlpipeGraph-nodeText">
        <span className="jp-MlpipeGraph-nodeName">{look.name}</span>
        <span className="jp-MlpipeGraph-nodeDetail">
          {look.started === null ? look.detail : <Elapsed since={look.started} />}
        </span>
      </span>
      {look.started !== null && <ExpectedProgress since={look.started} expected={look.expected} />}
    </button>
  );
});

/** A line that fills up in the time that history leads to expect; it stays empty where nothing is known. */
function ExpectedProgress(props: { since: number; expected: number | null }): JSX.Element | null {
  const { since, expected } = props;
  // The animation runs by itself: what has passed already is said once.
  const [passed] = React.useState(() => Math.max(Date.now() / 1000 - since, 0));
  return expected ? (
    <span
      className="jp-MlpipeGraph-nodeProgress"
      style={{ animationDuration: `${expected}s`, animationDelay: `${-passed}s` }}
    />
  ) : null;
}
