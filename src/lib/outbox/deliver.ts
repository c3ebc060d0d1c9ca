/** Delivers for one bot: holds its outbox lock, and gives each chat a lane of its own. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Log } from '../adapters/log.ts';
import type { TelegramApi } from '../adapters/telegram-api.ts';
import type { Paths } from '../config/paths.ts';
import type { Language } from '../notifications/notification.ts';
import { type Budget, createBudget } from './budget.ts';
import { createLane, type Lane } from './lane.ts';
import { layoutOf } from './layout.ts';
import { type DeliveryRoom, TokenRefused } from './requests.ts';
import { type DeliveryRules, standardRules } from './rules.ts';
import { createSpool } from './spool.ts';
import { createOutbox } from './store.ts';

export interface Deliverer {
  /**
   * Delivers until the signal aborts: waits for the outbox lock while another process holds it, and lets it go at the
   * end. A request that is under way is waited for. Returns early when Telegram refuses the token, which is in the log.
   */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Delivers what must arrive, without live progress, until nothing is left, the network fails, or a chat has to cool
   * down for long. `busy`: another process delivers. `left`: something is still there.
   */
  flush(signal: AbortSignal): Promise<'empty' | 'left' | 'busy'>;
  /** Whether nothing is left for us to send: all is delivered, or another process delivers, or the token was refused. */
  isIdle(): boolean;
  /** Resolves when {@link isIdle} is true or the signal aborts. */
  waitIdle(signal: AbortSignal): Promise<void>;
  /** Lets go of the lock when the requests under way are done, and leaves it free for a while: somebody better delivers. */
  yieldLock(): void;
}

export interface DelivererParts {
  api: TelegramApi;
  files: Files;
  locks: Locks;
  clock: Clock;
  paths: Pick<Paths, 'outbox' | 'outboxLock'>;
  log: Log;
  /** From 0 up to 1, for jitter. */
  random?: () => number;
  rules?: DeliveryRules;
  /** Whether a bot process hears presses of buttons; without it messages carry none. */
  hasButtons?: () => boolean;
  /** Whether somebody better placed delivers, or is about to: then we give the lock up, and leave it alone. */
  standsBack?: () => boolean;
  /** For readers whose language nobody knows; English where none is given. */
  language?: Language;
}

/** After giving the lock up we try for it again so many polls later: the other one has time to take it. */
const yieldPolls = 5;
const flushRounds = 5;

/** The lanes while we hold the lock. */
interface Shift {
  lanes: Map<string, Lane>;
  end: AbortController;
}

export function createDeliverer(parts: DelivererParts): Deliverer {
  const { locks, clock, log, rules = standardRules, standsBack = () => false } = parts;
  const outbox = createOutbox({ ...parts, botId: parts.api.botId });
  const lockPath = parts.paths.outboxLock(parts.api.botId);
  // Kept over shifts: what was sent before the lock was given up counts all the same.
  const budget = createBudget(rules.budget);
  let shift: Shift | null = null;
  let isTokenRefused = false;
  let isYielding = false;

  const work = async (signal: AbortSignal, mode: 'keep' | 'flush'): Promise<boolean> => {
    const current: Shift = { lanes: new Map(), end: new AbortController() };
    shift = current;
    const room = roomOf(parts, rules, budget, AbortSignal.any([signal, current.end.signal]));
    try {
      return await runShift(parts, room, current, mode);
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      isTokenRefused = true;
      log.error({}, `Nothing can be delivered: ${error.message} Check TELEGRAM_BOT_TOKEN (ccdispatch doctor does).`);
      return false;
    } finally {
      shift = null;
    }
  };

  const isIdle = (): boolean => {
    if (isTokenRefused) return true;
    if (shift) return [...shift.lanes.values()].every((lane) => lane.isQuiet()) && !outbox.hasDeliverable();
    return locks.isHeld(lockPath) || !outbox.hasDeliverable();
  };

  /** Ends the shift as soon as somebody better placed is there. */
  const watchForBetter = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      if (standsBack()) shift?.end.abort();
      await clock.sleep(rules.lockPollMs, signal);
    }
  };

  return {
    async run(signal) {
      while (!signal.aborted && !isTokenRefused) {
        const lock = standsBack() ? null : locks.tryTake(lockPath, 'delivery');
        const watching = new AbortController();
        if (lock) {
          void watchForBetter(watching.signal);
          await work(signal, 'keep').finally(() => lock.release());
        }
        watching.abort();
        const pause = isYielding ? yieldPolls : 1;
        isYielding = false;
        await clock.sleep(rules.lockPollMs * pause, signal);
      }
    },
    async flush(signal) {
      for (let round = 0; round < flushRounds; round++) {
        const lock = locks.tryTake(lockPath, 'delivery');
        if (!lock) return 'busy';
        const isDone = await work(signal, 'flush').finally(() => lock.release());
        if (!isDone) return 'left';
        // Whoever announced something while we held the lock has left it to us: look again.
        if (!outbox.hasDeliverable()) return 'empty';
      }
      return 'left';
    },
    isIdle,
    async waitIdle(signal) {
      while (!isIdle() && !signal.aborted) await clock.sleep(50, signal);
    },
    yieldLock() {
      isYielding = true;
      shift?.end.abort();
    },
  };
}

function roomOf(parts: DelivererParts, rules: DeliveryRules, budget: Budget, signal: AbortSignal): DeliveryRoom {
  const { api, files, clock, log, language = 'en', random = Math.random, hasButtons = () => false } = parts;
  const spool = createSpool({ files, layout: layoutOf(parts.paths), clock, log, botId: api.botId });
  return { api, spool, budget, clock, log, random, rules, language, hasButtons, signal };
}

/** Runs a lane for each chat; says whether all of them came to an end because nothing was left. */
async function runShift(
  { files, paths }: DelivererParts,
  room: DeliveryRoom,
  shift: Shift,
  mode: 'keep' | 'flush',
): Promise<boolean> {
  const layout = layoutOf(paths);
  files.makeFolder(layout.root);
  room.spool.sweep();
  const running: Promise<boolean>[] = [];
  const stops: (() => void)[] = [];
  const errors: unknown[] = [];
  const scan = () => {
    for (const chatId of room.spool.chats()) {
      const known = shift.lanes.get(chatId);
      known?.wake();
      if (known || room.signal.aborted) continue;
      const lane = createLane(room, chatId);
      shift.lanes.set(chatId, lane);
      if (mode === 'keep') stops.push(files.watch(layout.chat(chatId), () => lane.wake(), room.rules.pollMs));
      const end = (error: unknown) => {
        errors.push(error);
        shift.end.abort();
        return false;
      };
      running.push(lane.run(mode).catch(end));
    }
  };
  // One listener for all lanes: hundreds of them on one signal would look like a leak.
  const wakeAll = () => {
    for (const lane of shift.lanes.values()) lane.wake();
  };
  room.signal.addEventListener('abort', wakeAll, { once: true });
  if (mode === 'keep') stops.push(files.watch(layout.root, scan, room.rules.pollMs));
  scan();
  if (mode === 'keep') await aborted(room.signal);
  const results = await Promise.all(running);
  for (const stop of stops) stop();
  if (errors.length > 0) throw errors[0];
  return results.every(Boolean);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
