/** Delivers for one bot: takes its outbox lock, works while it holds it, and lets it go. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Log } from '../adapters/log.ts';
import type { TelegramApi } from '../adapters/telegram-api.ts';
import type { Paths } from '../config/paths.ts';
import type { Language } from '../notifications/notification.ts';
import { type Budget, createBudget } from './budget.ts';
import { layoutOf } from './layout.ts';
import { type DeliveryRoom, TokenRefused } from './requests.ts';
import { type DeliveryRules, standardRules } from './rules.ts';
import { createShift, type Shift } from './shift.ts';
import { createSpool } from './spool.ts';
import { createOutbox } from './store.ts';
import { createTurns } from './turns.ts';

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
  /** Something that did not wait here was sent to the chat: it counts all the same, and what waits goes later. */
  noteSent(chatId: string): void;
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
    const ending = new AbortController();
    const room = roomOf(parts, rules, budget, AbortSignal.any([signal, ending.signal]));
    const layout = layoutOf(parts.paths);
    shift = createShift({ room, files: parts.files, layout, mode, end: () => ending.abort() });
    try {
      return await shift.run();
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
    if (shift) return shift.isQuiet() && !outbox.hasDeliverable();
    return locks.isHeld(lockPath) || !outbox.hasDeliverable();
  };

  /** Ends the shift as soon as somebody better placed is there. */
  const watchForBetter = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      if (standsBack()) shift?.end();
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
    noteSent: (chatId) => spendUnasked(budget, chatId, clock.now()),
    async waitIdle(signal) {
      while (!isIdle() && !signal.aborted) await clock.sleep(50, signal);
    },
    yieldLock() {
      isYielding = true;
      shift?.end();
    },
  };
}

/** A request that was made without asking whether the rates allow it. */
function spendUnasked(budget: Budget, chatId: string, now: number): void {
  budget.spend(chatId, 'must', now);
  budget.overall.spend(now);
}

function roomOf(parts: DelivererParts, rules: DeliveryRules, budget: Budget, signal: AbortSignal): DeliveryRoom {
  const { api, files, clock, log, language = 'en', random = Math.random, hasButtons = () => false } = parts;
  const spool = createSpool({ files, layout: layoutOf(parts.paths), clock, log, botId: api.botId });
  const turns = createTurns({ overall: budget.overall, clock, signal });
  return { api, spool, budget, turns, clock, log, random, rules, language, hasButtons, signal };
}
