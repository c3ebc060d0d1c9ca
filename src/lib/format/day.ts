/** Days of a place: which one an instant falls on in its time zone, and when the next begins. */

const hourMs = 3_600_000;
/** No day is longer, whatever clocks are turned back. */
const longestDayMs = 26 * hourMs;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string | null): Intl.DateTimeFormat {
  const key = timeZone ?? '';
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...(timeZone === null ? {} : { timeZone }),
    });
    formats.set(key, format);
  }
  return format;
}

function partsOf(at: number, timeZone: string | null): Record<string, string> {
  return Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
}

/** `2026-11-20`, the day of an instant (milliseconds since 1970); the machine's own time zone for null. */
export function dayOf(at: number, timeZone: string | null): string {
  const { year = '', month, day } = partsOf(at, timeZone);
  return `${year.padStart(4, '0')}-${month}-${day}`;
}

/** `2026-11-20 05:43` in that time zone. */
export function renderMinute(at: number, timeZone: string | null): string {
  const { hour, minute } = partsOf(at, timeZone);
  return `${dayOf(at, timeZone)} ${hour}:${minute}`;
}

/** When the next day begins, in milliseconds since 1970; midnight, or what there is of it where clocks skip it. */
export function nextDayAt(at: number, timeZone: string | null): number {
  const today = dayOf(at, timeZone);
  let [before, after] = [at, at + longestDayMs];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle, timeZone) === today) before = middle;
    else after = middle;
  }
  return after;
}

/** Whether a name is that of a time zone, such as `Asia/Shanghai`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
