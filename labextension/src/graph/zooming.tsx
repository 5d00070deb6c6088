/** A pane that scrolls and zooms what it holds. Not for what that is. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { addIcon, LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { anchoredScroll, type ISize, openingScale, revealingScroll, steppedScale, wholeScale } from './zoom';

/** The scale: a number that somebody has chosen, or whatever fits the room. */
type Scale = number | 'opening' | 'whole';

export interface IZoom {
  readonly pane: React.RefObject<HTMLDivElement>;
  readonly scale: number;

  /** Larger (`1`) or smaller (`-1`), around a point of the pane or its middle. */
  step(steps: number, point?: { readonly x: number; readonly y: number }): void;

  /** Show all of it. */
  showWhole(): void;

  /** Scroll as little as need be for a box of the content to be seen. */
  reveal(box: DOMRectReadOnly): void;
}

/** Zoom for content of a size, in a pane that the caller draws. */
export function useZoom(content: ISize): IZoom {
  const pane = React.useRef<HTMLDivElement>(null);
  const room = useRoom(pane);
  const [chosen, choose] = React.useState<Scale>('opening');
  const scale =
    chosen === 'opening' ? openingScale(content, room) : chosen === 'whole' ? wholeScale(content, room) : chosen;

  // Where to scroll once the new scale is drawn.
  const scroll = React.useRef<{ left: number; top: number } | null>(null);
  React.useLayoutEffect(() => {
    if (scroll.current) {
      pane.current?.scrollTo(scroll.current);
      scroll.current = null;
    }
  });

  const step = React.useCallback(
    (steps: number, point?: { readonly x: number; readonly y: number }) => {
      const node = pane.current;
      if (!node) {
        return;
      }
      const next = steppedScale(scale, steps);
      const { x, y } = point ?? { x: node.clientWidth / 2, y: node.clientHeight / 2 };
      scroll.current = {
        left: anchoredScroll(node.scrollLeft, x, next / scale),
        top: anchoredScroll(node.scrollTop, y, next / scale)
      };
      choose(next);
    },
    [scale]
  );

  useZoomingWheel(pane, step);
  return {
    pane,
    scale,
    step,
    showWhole: () => choose('whole'),
    reveal: box => {
      const node = pane.current;
      node?.scrollTo({
        left: revealingScroll(node.scrollLeft, node.clientWidth, box.left * scale, box.right * scale),
        top: revealingScroll(node.scrollTop, node.clientHeight, box.top * scale, box.bottom * scale)
      });
    }
  };
}

/** The size of a node's inside, followed. */
function useRoom(pane: React.RefObject<HTMLElement>): ISize {
  const [room, setRoom] = React.useState<ISize>({ width: 0, height: 0 });
  React.useLayoutEffect(() => {
    const node = pane.current;
    if (!node) {
      return undefined;
    }
    const measure = () => {
      const { offsetWidth: width, offsetHeight: height } = node;
      setRoom(last => (last.width === width && last.height === height ? last : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [pane]);
  return room;
}

/** Zoom with the wheel while Ctrl or ⌘ is held, and so by pinching; React's own handler could not keep the page still. */
function useZoomingWheel(pane: React.RefObject<HTMLElement>, step: IZoom['step']): void {
  React.useEffect(() => {
    const node = pane.current;
    const onWheel = (event: WheelEvent) => {
      if (node && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        const { left, top } = node.getBoundingClientRect();
        step(-event.deltaY / 100, { x: event.clientX - left, y: event.clientY - top });
      }
    };
    node?.addEventListener('wheel', onWheel, { passive: false });
    return () => node?.removeEventListener('wheel', onWheel);
  }, [pane, step]);
}

const minusIcon = new LabIcon({
  name: 'mlpipe:minus',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M5 11h14v2H5z"/></svg>'
});

const wholeIcon = new LabIcon({
  name: 'mlpipe:show-whole',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M4 9V4h5v2H6v3H4Zm11-5h5v5h-2V6h-3V4ZM6 15v3h3v2H4v-5h2Zm12 0h2v5h-5v-2h3v-3ZM9 9h6v6H9V9Z"/></svg>'
});

/** Buttons to zoom with. */
export function ZoomButtons(props: { zoom: IZoom; trans: TranslationBundle }): JSX.Element {
  const { zoom, trans } = props;
  const buttons = [
    { icon: addIcon, label: trans.__('Zoom in'), run: () => zoom.step(1) },
    { icon: minusIcon, label: trans.__('Zoom out'), run: () => zoom.step(-1) },
    { icon: wholeIcon, label: trans.__('Show the whole graph'), run: zoom.showWhole }
  ];
  return (
    <div className="jp-MlpipeZoom" role="toolbar" aria-label={trans.__('Zoom')}>
      {buttons.map(({ icon, label, run }) => (
        <button
          key={label}
          type="button"
          className="jp-Button jp-mod-minimal"
          title={label}
          aria-label={label}
          onClick={run}
        >
          <icon.react tag={null} />
        </button>
      ))}
    </div>
  );
}
