/** The times in which a run waited for a person's answer: they count against no clock. */

import type { Asked } from '../../tasks/approvals.ts';

/** Milliseconds since 1970; `to` is null while it goes on. */
export interface Wait {
  from: number;
  to: number | null;
}

/** The waits of a run, by its questions and their answers. */
export function waitsOf(asked: readonly Asked[], run: number): Wait[] {
  return asked
    .filter(({ approval }) => approval.run === run)
    .map(({ approval, answer }) => ({
      from: Date.parse(approval.asked_at),
      to: answer === null ? null : Date.parse(answer.at),
    }));
}

/** Whether one of them goes on. */
export function isWaiting(waits: readonly Wait[]): boolean {
  return waits.some(({ to }) => to === null);
}

/** How much of the time from `since` to `now` was spent waiting; waits that overlap count once. */
export function waitedMs(waits: readonly Wait[], since: number, now: number): number {
  let total = 0;
  let until = since;
  for (const { from, to } of [...waits].sort((a, b) => a.from - b.from)) {
    const end = Math.min(to ?? now, now);
    total += Math.max(0, end - Math.max(from, until));
    until = Math.max(until, end);
  }
  return total;
}

/** When the last of them ended; 0 where there was none. */
export function lastWaitEnd(waits: readonly Wait[]): number {
  return Math.max(0, ...waits.map(({ to }) => to ?? 0));
}
