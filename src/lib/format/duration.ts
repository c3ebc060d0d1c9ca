/** Durations and sizes as people type and read them: `90s`, `10m`, `2h`, `30d`; `5GB`. */

const unitMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const unitBytes: Record<string, number> = {
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1024 ** 4,
};

const rounded = (value: number): number | null => (Number.isFinite(value) ? Math.round(value) : null);

/** Milliseconds of `90s`, `1h30m`, or a bare number of seconds; null where it is no duration. */
export function parseDuration(text: string): number | null {
  const clean = text.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(clean)) return rounded(Number(clean) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/.test(clean)) return null;
  let total = 0;
  for (const [, amount, unit] of clean.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (unitMs[unit as string] as number);
  }
  return rounded(total);
}

/** Short form with at most two units: `850 ms`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function renderDuration(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${seconds} s`;
  const pair = (big: number, bigName: string, small: number, smallName: string) =>
    small > 0 ? `${big} ${bigName} ${small} ${smallName}` : `${big} ${bigName}`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.floor(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** Bytes of `500MB`, `5G`, `1024`; null where it is no size. Units are powers of 1024. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?b?)$/i.exec(text.trim());
  if (!match) return null;
  return rounded(Number(match[1]) * (unitBytes[(match[2] || 'b').toLowerCase()] as number));
}

/** `12 B`, `3.4 kB`, `56 MB`, `1.2 GB`. */
export function renderSize(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let step = 0;
  // What would round to 1024 is shown in the next unit.
  while (value >= 1023.5 && step < names.length - 1) {
    value /= 1024;
    step++;
  }
  return `${step > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${names[step]}`;
}
