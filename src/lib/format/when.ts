/** Points of time as people type them: `2026-11-21T09:00`, `09:00`, `+90m`, `in 2h`; in the local time zone. */

import { parseDuration } from './duration.ts';

/** What was typed is no time, lies behind us, or too far ahead. */
export type WhenFault = 'garbage' | 'past' | 'far';

/** Nothing is planned for longer ahead: what lies there was mistyped. */
export const farthestMs = 366 * 24 * 3_600_000;

const dayTime = /^([01]?\d|2[0-3]):([0-5]\d)$/;
const whole =
  /^(\d{4})-(\d\d)-(\d\d)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,3})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/i;
const span = /^(?:\+\s*|in\s+)(\S.*)$/i;

/** The next moment at which clocks here show that time. */
function nextAt(hours: number, minutes: number, now: number): number {
  const date = new Date(now);
  date.setHours(hours, minutes, 0, 0);
  if (date.getTime() <= now) {
    date.setDate(date.getDate() + 1);
    // Clocks that were changed in between have moved it.
    date.setHours(hours, minutes, 0, 0);
  }
  return date.getTime();
}

/** A day and time; null where the calendar has none of it. Without an offset it is the local one. */
function atDate(match: RegExpExecArray): number | null {
  const [, year, month, day, hours, minutes, seconds = '00', offset] = match;
  const isDay = (date: Date) =>
    date.getUTCFullYear() === Number(year) &&
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day);
  if (!isDay(new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))))) return null;
  const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}${offset ? offset.toUpperCase() : ''}`);
  return Number.isNaN(at) ? null : at;
}

/** Whether the text has one of the forms, whatever the time is. */
export function looksLikeWhen(text: string): boolean {
  return parseWhen(text, 0) !== 'garbage';
}

/** Milliseconds since 1970, or what is wrong with the text. `now` is in milliseconds since 1970, too. */
export function parseWhen(text: string, now: number): number | WhenFault {
  const clean = text.trim();
  const time = dayTime.exec(clean);
  if (time) return nextAt(Number(time[1]), Number(time[2]), now);
  const ahead = span.exec(clean);
  const date = ahead ? null : whole.exec(clean);
  let at: number | null = null;
  if (ahead) {
    const amount = (ahead[1] as string).replace(/\s+/g, '');
    // A bare number says not what it counts.
    const ms = /[a-z]$/i.test(amount) ? parseDuration(amount) : null;
    at = ms === null ? null : now + ms;
  } else if (date) at = atDate(date);
  if (at === null) return 'garbage';
  if (at > now + farthestMs) return 'far';
  return at <= now ? 'past' : at;
}
