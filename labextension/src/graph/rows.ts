/**
 * Where the items of a layered graph stand in their rows, once their order in the rows is known.
 *
 * The layout library's own answer keeps edges straight at any price: rows of a large graph come out ten times wider than
 * what stands in them. This one trades some bends for a graph that can be overlooked.
 */

/** A node, or a place that an edge passes through a row at. */
export interface IRowItem {
  /** Its middle; changed in place. */
  x: number;
  readonly width: number;

  /** What it is joined with in other rows, and how much it matters that both stand one above the other. */
  readonly links: { readonly item: IRowItem; readonly weight: number }[];
}

const SWEEPS = 24;

/** Bring items near what they are joined with, without changing their order in the rows. */
export function narrowRows(rows: readonly (readonly IRowItem[])[], gap: number): void {
  for (const row of rows) {
    centre(row, gap);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      packRow(row, gap);
    }
  }
}

/** Put the items of a row side by side, around zero: the sweeps find what is near, and this what is far. */
function centre(row: readonly IRowItem[], gap: number): void {
  let left = -rowWidth(row, gap) / 2;
  for (const item of row) {
    item.x = left + item.width / 2;
    left += item.width + gap;
  }
}

/** The width that a row needs. */
export function rowWidth(row: readonly IRowItem[], gap: number): number {
  return row.reduce((width, item) => width + item.width + gap, -gap);
}

function weight(item: IRowItem): number {
  return item.links.reduce((sum, link) => sum + link.weight, 0) || 0.01;
}

function wanted(item: IRowItem): number {
  const pull = item.links.reduce((sum, link) => sum + link.weight * link.item.x, 0);
  return item.links.length ? pull / weight(item) : item.x;
}

/**
 * Put the items of a row as near to where they want to be as their order and widths allow: least squares, by pooling
 * neighbours that want to pass each other.
 */
function packRow(row: readonly IRowItem[], gap: number): void {
  // With all widths and gaps to the left taken off, "not overlapping" is "not decreasing".
  const offsets: number[] = [];
  let taken = 0;
  row.forEach((item, index) => {
    taken += index ? ((row[index - 1]?.width ?? 0) + item.width) / 2 + gap : 0;
    offsets.push(taken);
  });
  const pools: { place: number; weight: number; count: number }[] = [];
  row.forEach((item, index) => {
    let pool = { place: wanted(item) - (offsets[index] ?? 0), weight: weight(item), count: 1 };
    for (let last = pools.at(-1); last && last.place > pool.place; last = pools.at(-1)) {
      const total = last.weight + pool.weight;
      const place = (last.place * last.weight + pool.place * pool.weight) / total;
      pool = { place, weight: total, count: last.count + pool.count };
      pools.pop();
    }
    pools.push(pool);
  });
  let index = 0;
  for (const { place, count } of pools) {
    for (const end = index + count; index < end; index++) {
      const item = row[index];
      if (item) {
        item.x = place + (offsets[index] ?? 0);
      }
    }
  }
}
