/** Instants as records keep them, and as people read them: in their own time zone, to the minute. */

/** The ISO instant (`2026-11-20T05:43:12.000Z`) of milliseconds since 1970. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The ISO instant of now, by the clock. */
export function isoNow(clock: { now(): number }): string {
  return isoOf(clock.now());
}

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-11-20`, the calendar day of an ISO instant in the local time zone. */
export function renderDay(instant: string): string {
  const date = new Date(instant);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `2026-11-20 05:43`, an ISO instant in the local time zone; a text that is no instant comes back as it is. */
export function renderInstant(instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  return `${renderDay(instant)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
