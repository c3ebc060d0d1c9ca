/** Which warm processes are to be put to sleep now: a pure choice over all of them. */

export interface WarmView {
  sessionId: string;
  /** Milliseconds since 1970 when it was last used. */
  lastUsedAt: number;
  /** A turn is at work, something runs in its background, or a message waits for it: it stays awake. */
  isBusy: boolean;
}

export interface WarmthLimits {
  /** So many may be warm at once, those at work included. */
  maxWarm: number;
  /** Without use for so long it sleeps. */
  sleepAfterMs: number;
  /** Memory is short: whoever can sleep does, one at a look. */
  isMemoryShort: boolean;
}

/**
 * The sessions to put to sleep, the least recently used first. `wanted` says how many more are about to be woken: room is made
 * for them. Those that are busy never sleep, so more than the limit may be warm for a while.
 */
export function chooseSleepers(warm: readonly WarmView[], wanted: number, limits: WarmthLimits, now: number): string[] {
  const idle = warm.filter(({ isBusy }) => !isBusy).sort((a, b) => a.lastUsedAt - b.lastUsedAt);
  // A time ahead of us is of a clock that was set back: it counts as now.
  const isOverdue = ({ lastUsedAt }: WarmView) => now - Math.min(lastUsedAt, now) >= limits.sleepAfterMs;
  const surplus = Math.max(0, warm.length + wanted - limits.maxWarm);
  const pressed = Math.max(surplus, limits.isMemoryShort ? 1 : 0);
  return idle.filter((view, index) => index < pressed || isOverdue(view)).map(({ sessionId }) => sessionId);
}
