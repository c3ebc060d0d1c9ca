// Mistyped words find the ones that were meant, and only those.

import { describe, expect, it } from 'vitest';
import { countEdits, nearestWord } from '../../../src/lib/format/nearest.ts';

describe('countEdits', () => {
  it.each([
    ['', '', 0],
    ['abc', 'abc', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['cancel', 'cancle', 1],
    ['dialy', 'daily', 1],
    ['enabeld', 'enabled', 1],
    ['note', 'name', 2],
    ['kitten', 'sitting', 3],
  ])('of %j and %j is %i', (a, b, edits) => {
    expect(countEdits(a, b)).toBe(edits);
    expect(countEdits(b, a)).toBe(edits);
  });
});

describe('nearestWord', () => {
  const known = ['status', 'stats', 'start', 'cancel'];

  it.each([
    ['statu', 2, 'status'],
    ['stat', 1, 'stats'],
    ['strat', 1, 'start'],
    ['cancell', 1, 'cancel'],
    ['cancellation', 3, null],
    ['', 2, null],
  ])('%j, %i edits away at most, is %j', (word, maxEdits, expected) => {
    expect(nearestWord(word, known, maxEdits)).toBe(expected);
  });
});
