/** Looks after sessions between their turns: whose process sleeps, which of them end, and what their processes say unasked. */

import type { Log } from '../../adapters/log.ts';
import { sweepUntilGone } from '../../agents/end-processes.ts';
import { isoOf } from '../../format/instant.ts';
import { askedBack, isAttached, overdueMs } from '../../sessions/attach.ts';
import { endSessionProcess, hasRemains, livingGeneration, markOf, type SessionParts } from '../../sessions/process.ts';
import type { Session } from '../../sessions/record.ts';
import { chooseSleepers, type WarmthLimits } from '../../sessions/warmth.ts';
import { createHearing, type Hearing, type HearingParts } from './hearing.ts';

export interface KeeperLimits extends Omit<WarmthLimits, 'isMemoryShort'> {
  /** An open session that nobody uses for so long ends. */
  endAfterMs: number;
}

export interface KeeperParts extends SessionParts, HearingParts {
  graceMs: number;
  log: Log;
  limits(): KeeperLimits;
  isMemoryShort(): boolean;
  /** Sessions with a task that runs or waits. */
  busy(): ReadonlySet<string>;
  /** Ends what is left of tasks and sessions that are over; done now and then. */
  sweep?(): Promise<void>;
  /** Hears of a session that ended because nobody used it. */
  onEnded?(session: Session): Promise<void>;
}

export interface Keeper {
  /** Looks at all sessions once, and does what is to be done. */
  look(): Promise<void>;
  /** For a worker that leaves: ends the processes of sessions that have ended since the last look; open ones stay warm. */
  leave(): Promise<void>;
  /** Whether a process is warm: then somebody has to look after it. */
  hasWarm(): boolean;
  /** Does what wakes the session's process once there is room for it: who can sleep sleeps before. */
  waking<T>(sessionId: string, wake: () => Promise<T>): Promise<T>;
}

const sweepEveryMs = 5 * 60_000;

/** Ends a session that nobody uses any more; says whether it has ended. */
async function endIdle(parts: KeeperParts, session: Session, isBusy: boolean): Promise<boolean> {
  const { sessions, clock } = parts;
  const now = clock.now();
  const isOverdue = now - Math.min(Date.parse(session.last_used_at), now) >= parts.limits().endAfterMs;
  if (isOverdue && !isBusy) {
    const how = await sessions.end(session.session_id, 'idle', isoOf(now));
    if (how === 'ended') await parts.onEnded?.(sessions.load(session.session_id));
  }
  return sessions.load(session.session_id).ended_at !== null;
}

/** Ends the terminal program of a session that was asked back long ago: whoever was to do so is gone. */
async function endOverdue(parts: KeeperParts, { session_id: id, ended_at }: Session): Promise<void> {
  const asked = askedBack(parts, id)?.at ?? ended_at;
  if (asked !== null && parts.clock.now() - Date.parse(asked) > overdueMs) await sweepUntilGone(parts, markOf(id));
}

function createSweeping({ clock, sweep }: KeeperParts) {
  // Not at once: a shell that carries the mark of a task long gone may have started us a moment ago, with a command of ours.
  let sweptAt = clock.now();
  return async () => {
    const now = clock.now();
    if (now - sweptAt < sweepEveryMs && now >= sweptAt) return;
    sweptAt = now;
    await sweep?.();
  };
}

/** Puts processes to sleep; `waking` holds those that are being woken and may not be warm yet. */
function createSleeping(parts: KeeperParts, heard: Hearing, waking: ReadonlySet<string>) {
  const { clock, log } = parts;

  async function sleep(session: Session, why: string): Promise<void> {
    const { session_id: id } = session;
    log.info({ session_id: id, why }, 'a session goes to sleep');
    heard.forget(id);
    // A message may have come since we looked.
    await endSessionProcess(parts, id, parts.graceMs, () => parts.busy().has(id));
  }

  return {
    sleep,
    /** Puts to sleep who is to sleep now; gives how many stay warm. */
    async sleepSome(warm: readonly Session[], isMemoryShort: boolean): Promise<number> {
      const busy = parts.busy();
      const views = warm.map((session) => ({
        sessionId: session.session_id,
        lastUsedAt: Date.parse(session.last_used_at),
        isBusy: busy.has(session.session_id) || heard.hasBackground(session.session_id),
      }));
      const wanted = [...waking].filter((id) => !warm.some(({ session_id }) => session_id === id)).length;
      const sleepers = new Set(chooseSleepers(views, wanted, { ...parts.limits(), isMemoryShort }, clock.now()));
      for (const session of warm) if (sleepers.has(session.session_id)) await sleep(session, 'idle');
      return warm.length - sleepers.size;
    },
  };
}

export function createKeeper(parts: KeeperParts): Keeper {
  const { sessions, log } = parts;
  const heard = createHearing(parts);
  const waking = new Set<string>();
  const { sleep, sleepSome } = createSleeping(parts, heard, waking);
  let warmCount = 0;
  const sweepNowAndThen = createSweeping(parts);
  /** Ended ones of which nothing is left: most are, and nothing begins in them any more. One whose record changes is another. */
  const atRest = new WeakSet<Session>();

  /** For one that is about to wake. */
  async function makeRoom(): Promise<void> {
    const warm: Session[] = [];
    for (const session of sessions.list()) {
      if (session.ended_at !== null || !livingGeneration(parts, session)) continue;
      await heard.hear(session);
      warm.push(session);
    }
    await sleepSome(warm, false);
  }
  let making: Promise<unknown> = Promise.resolve();

  return {
    hasWarm: () => warmCount > 0,
    async waking(id, wake) {
      waking.add(id);
      try {
        // One after the other: each counts those before it.
        making = making
          .then(makeRoom)
          .catch((error) => log.warn({ session_id: id, error: String(error) }, 'no room was made for a session'));
        await making;
        return await wake();
      } finally {
        waking.delete(id);
      }
    },
    async leave() {
      const busy = parts.busy();
      for (const session of sessions.list()) {
        const { session_id: id, ended_at } = session;
        if (ended_at === null || atRest.has(session) || busy.has(id) || isAttached(parts, id)) continue;
        if (livingGeneration(parts, session)) await sleep(session, 'ended');
      }
    },
    async look() {
      await sweepNowAndThen();
      const busy = parts.busy();
      const warm: Session[] = [];
      for (const session of sessions.list()) {
        if (atRest.has(session)) continue;
        const id = session.session_id;
        if (isAttached(parts, id)) {
          await endOverdue(parts, session);
          continue;
        }
        const isWarm = livingGeneration(parts, session) !== null;
        const isBusy = busy.has(id) || (isWarm && (await heard.hear(session)));
        const hasEnded = session.ended_at !== null || (await endIdle(parts, session, isBusy));
        if (isWarm && !hasEnded) warm.push(session);
        else if (isWarm && !busy.has(id)) await sleep(session, 'ended');
        else if (!isWarm && !busy.has(id)) {
          if (hasRemains(parts, session)) await sleep(session, 'dead');
          else if (session.ended_at !== null) atRest.add(session);
        }
      }
      warmCount = await sleepSome(warm, parts.isMemoryShort());
    },
  };
}
