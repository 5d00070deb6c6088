import { expect, it } from 'vitest';

import { anchoredScroll, openingScale, revealingScroll, steppedScale, wholeScale } from '../../src/graph/zoom';

const ROOM = { width: 300, height: 400 };

it('opens a graph as wide as there is room, yet readable and not larger than life', () => {
  expect(openingScale({ width: 100, height: 9000 }, ROOM)).toBe(1);
  expect(openingScale({ width: 375, height: 9000 }, ROOM)).toBe(0.8);
  expect(openingScale({ width: 40_000, height: 100 }, ROOM)).toBe(0.75);
  expect(openingScale({ width: 0, height: 0 }, ROOM)).toBe(1);
});

it('shows all of a graph where that is possible', () => {
  expect(wholeScale({ width: 600, height: 1600 }, ROOM)).toBe(0.25);
  expect(wholeScale({ width: 40_000, height: 100 }, ROOM)).toBe(0.1);
});

it('steps there and back, between bounds', () => {
  expect(steppedScale(steppedScale(1, 1), -1)).toBeCloseTo(1);
  expect(steppedScale(1.9, 1)).toBe(2);
  expect(steppedScale(0.11, -1)).toBe(0.1);
});

it('keeps what is under the pointer there', () => {
  expect(anchoredScroll(100, 50, 2)).toBe(250);
});

it('scrolls no further than need be', () => {
  expect(revealingScroll(100, 200, 120, 180)).toBe(100);
  expect(revealingScroll(100, 200, 40, 90)).toBe(40);
  expect(revealingScroll(100, 200, 280, 340)).toBe(140);
  expect(revealingScroll(100, 200, 400, 900)).toBe(400);
});
