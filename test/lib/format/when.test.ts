// Points of time as people type them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { farthestMs, looksLikeWhen, parseWhen } from '../../../src/lib/format/when.ts';

/** A Friday at ten past five in the afternoon, local time. */
const now = new Date(2026, 10, 20, 17, 10, 30).getTime();
const local = (day: number, hours: number, minutes = 0, seconds = 0) =>
  new Date(2026, 10, day, hours, minutes, seconds).getTime();
const minute = 60_000;

describe('a point of time', () => {
  it.each<[string, number]>([
    ['2026-11-21T09:00', local(21, 9)],
    ['2026-11-21 09:00', local(21, 9)],
    [' 2026-11-21t09:00:30 ', local(21, 9, 0, 30)],
    ['2026-11-21T09:00Z', Date.UTC(2026, 10, 21, 9)],
    ['2026-11-21T09:00+02:00', Date.UTC(2026, 10, 21, 7)],
    ['17:11', local(20, 17, 11)],
    ['17:10', local(21, 17, 10)],
    ['9:05', local(21, 9, 5)],
    ['00:00', local(21, 0)],
    ['+90m', now + 90 * minute],
    ['+ 1h30m', now + 90 * minute],
    ['in 2h', now + 120 * minute],
    ['IN 2 h', now + 120 * minute],
    ['+1d', now + 24 * 60 * minute],
  ])('%s', (text, at) => expect(parseWhen(text, now)).toBe(at));

  it.each([
    '',
    ' ',
    'soon',
    'tomorrow',
    '24:00',
    '12:60',
    '9',
    '+5',
    '90m',
    '-90m',
    '+-5m',
    'in',
    'in h',
    '2026-02-30T09:00',
    '2027-02-29T09:00',
    '2026-13-01T09:00',
    '2026-11-21',
    '2026-11-21T25:00',
    '2026-11-21T09:00+99:00',
    '20261-11-21T09:00',
    `+${'9'.repeat(400)}h`,
    '+1e9h',
    '+NaNh',
  ])('is none: %j', (text) => {
    expect(parseWhen(text, now)).toBe('garbage');
    expect(looksLikeWhen(text)).toBe(false);
  });

  it.each(['2026-11-20T17:10', '1970-01-01T00:00', '+0m', '+0.001ms'])('lies behind: %s', (text) =>
    expect(parseWhen(text, now)).toBe('past'),
  );

  it.each(['+9000d', '2028-01-01T00:00', '9999-12-31T23:59', '+99999999999999h'])('lies too far ahead: %s', (text) =>
    expect(parseWhen(text, now)).toBe('far'),
  );

  it('is, whatever is typed, a time ahead of us within a year, or says what is wrong', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 4e12 }), (text, at) => {
        const found = parseWhen(text, at);
        if (typeof found !== 'number') return void expect(['garbage', 'past', 'far']).toContain(found);
        expect(found).toBeGreaterThan(at);
        expect(found).toBeLessThanOrEqual(at + farthestMs);
      }),
    );
  });

  it('of a clock comes within a day and two hours, whatever clocks are changed meanwhile', () => {
    const clock = fc.tuple(fc.nat({ max: 23 }), fc.nat({ max: 59 }));
    fc.assert(
      fc.property(clock, fc.integer({ min: 0, max: 4e12 }), ([hours, minutes], at) => {
        const two = (value: number) => String(value).padStart(2, '0');
        const found = parseWhen(`${two(hours)}:${two(minutes)}`, at) as number;
        expect(found - at).toBeGreaterThan(0);
        expect(found - at).toBeLessThanOrEqual(26 * 60 * minute);
      }),
    );
  });
});
