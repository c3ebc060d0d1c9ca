// Money, counts and instants as people read them, at the borders between their forms.

import { describe, expect, it } from 'vitest';
import { renderCost, renderCount, renderTokens } from '../../../src/lib/format/amount.ts';
import { renderDay, renderInstant } from '../../../src/lib/format/instant.ts';

describe('amounts', () => {
  it.each([
    [0, '$0.00'],
    [0.00012, '$0.0001'],
    [0.5, '$0.5000'],
    [1, '$1.00'],
    [12.345, '$12.35'],
  ])('%d dollars', (dollars, text) => expect(renderCost(dollars)).toBe(text));

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1.0k'],
    [12_345, '12.3k'],
    [999_949, '999.9k'],
    [999_950, '1.0M'],
    [4_000_000, '4.0M'],
  ])('%d tokens', (count, text) => expect(renderTokens(count)).toBe(text));

  it('one and several', () => {
    expect([0, 1, 2].map((count) => renderCount(count, 'run'))).toEqual(['0 runs', '1 run', '2 runs']);
  });
});

describe('instants', () => {
  // Without a zone a text means local time, whichever that is here.
  const local = new Date('2026-01-02T03:04:05').toISOString();

  it('are shown in local time', () => {
    expect(renderInstant(local)).toBe('2026-01-02 03:04');
    expect(renderDay(local)).toBe('2026-01-02');
  });

  it('are left alone where they are none', () => expect(renderInstant('soon')).toBe('soon'));
});
