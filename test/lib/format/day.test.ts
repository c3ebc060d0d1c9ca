// A person's day begins at his own midnight, also where clocks are turned.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf, nextDayAt, renderMinute } from '../../../src/lib/format/day.ts';

const at = (instant: string) => Date.parse(instant);

describe('a day', () => {
  it.each([
    ['2026-11-20T15:59:59.999Z', 'Asia/Shanghai', '2026-11-20'],
    ['2026-11-20T16:00:00.000Z', 'Asia/Shanghai', '2026-11-21'],
    ['2026-11-20T04:59:59.999Z', 'America/New_York', '2026-11-19'],
    ['2026-11-20T05:00:00.000Z', 'America/New_York', '2026-11-20'],
    ['2026-12-31T18:15:00.000Z', 'Asia/Kathmandu', '2027-01-01'],
    ['2026-11-20T00:00:00.000Z', 'UTC', '2026-11-20'],
    ['2026-11-20T10:30:00.000Z', 'Pacific/Kiritimati', '2026-11-21'],
  ])('at %s in %s is %s', (instant, zone, day) => expect(dayOf(at(instant), zone)).toBe(day));

  it.each([
    ['2026-11-20T12:00:00Z', 'Asia/Shanghai', '2026-11-20T16:00:00.000Z'],
    ['2026-11-20T16:00:00Z', 'Asia/Shanghai', '2026-11-21T16:00:00.000Z'],
    // 23 and 25 hours.
    ['2026-03-08T06:00:00Z', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['2026-11-01T05:00:00Z', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    // Clocks go from midnight to one, and back at midnight to eleven.
    ['2026-09-05T12:00:00Z', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-04-04T12:00:00Z', 'America/Santiago', '2026-04-05T04:00:00.000Z'],
  ])('at %s in %s ends %s', (instant, zone, end) => {
    expect(new Date(nextDayAt(at(instant), zone)).toISOString()).toBe(end);
  });

  it('ends where the next one begins, in every zone and season', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Asia/Shanghai',
      'Europe/Berlin',
      'America/Havana',
      'Australia/Lord_Howe',
      'Africa/Cairo',
    );
    const instants = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') });
    fc.assert(
      fc.property(instants, zones, (now, zone) => {
        const end = nextDayAt(now, zone);
        expect(dayOf(end - 1, zone)).toBe(dayOf(now, zone));
        expect(dayOf(end, zone) > dayOf(now, zone)).toBe(true);
        expect(end - now).toBeLessThanOrEqual(25 * 3_600_000);
      }),
    );
  });

  it("is the machine's own without a zone", () => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(dayOf(at('2026-11-20T16:00:00Z'), null)).toBe(dayOf(at('2026-11-20T16:00:00Z'), here));
  });

  it('is shown with its minute', () => {
    expect(renderMinute(at('2026-11-20T16:00:00Z'), 'Asia/Shanghai')).toBe('2026-11-21 00:00');
  });
});
