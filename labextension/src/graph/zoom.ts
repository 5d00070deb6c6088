/** How large a graph is drawn: sizes and scales only. */

export interface ISize {
  readonly width: number;
  readonly height: number;
}

const LEAST = 0.1;
const MOST = 2;
const STEP = 1.25;

/** Below this scale names cannot be read, so a graph that is opened is not drawn smaller: it scrolls. */
const READABLE = 0.75;

/** The scale at which a graph opens: as wide as there is room, but readable and not larger than life. */
export function openingScale(content: ISize, room: ISize): number {
  return clamp(room.width / content.width, READABLE, 1);
}

/** The scale at which all of a graph is seen. */
export function wholeScale(content: ISize, room: ISize): number {
  return clamp(Math.min(room.width / content.width, room.height / content.height), LEAST, 1);
}

/** One step larger (`1`) or smaller (`-1`); a wheel may go parts of one. */
export function steppedScale(scale: number, steps: number): number {
  return clamp(scale * STEP ** steps, LEAST, MOST);
}

/** Where to scroll so that what is under a point stays there when the scale changes. */
export function anchoredScroll(scroll: number, point: number, ratio: number): number {
  return (scroll + point) * ratio - point;
}

/** Where to scroll so that a stretch is seen, moving as little as need be. */
export function revealingScroll(scroll: number, room: number, start: number, end: number): number {
  if (start < scroll) {
    return start;
  }
  return end > scroll + room ? Math.min(end - room, start) : scroll;
}

function clamp(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(value, least), most) : 1;
}
