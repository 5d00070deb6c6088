/** Messages of the server, said where they belong: what the place says already is left out. */

/** `cell 4: `, `cell 4, `, ``stage `fit` failed in cell 4: ``, ``stage `fit` was refused: ``; cells are counted from 0 there, which helps nobody. */
const PLACE = /^(?:stage `[^`]*` was refused: |(?:stage `[^`]*` failed in )?cell \d+(?:: |, ))/;

/** A message without the stage and the cell that it is about, for where these are named or seen. */
export function withoutPlace(message: string): string {
  return message.replace(PLACE, '');
}
