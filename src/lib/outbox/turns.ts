/** Whose turn it is to ask Telegram something: all chats together may do so only so often. Questions go first, then what must arrive, then who has waited longest. */

import type { Clock } from '../adapters/clock.ts';
import type { OverallBudget, Urgency } from './budget.ts';

export interface Turns {
  /** Takes a turn where one is free and nobody who comes first waits for it. */
  tryTake(urgency: Urgency): boolean;
  /** Waits for a turn and takes it; false where delivery ended before. */
  take(urgency: Urgency): Promise<boolean>;
  /** The turn that was taken just now is not needed. */
  giveBack(): void;
}

export interface TurnParts {
  overall: OverallBudget;
  clock: Clock;
  /** Delivery ends. */
  signal: AbortSignal;
}

const order: readonly Urgency[] = ['question', 'must', 'progress'];

export function createTurns({ overall, clock, signal }: TurnParts): Turns {
  const waiting: Record<Urgency, ((isTaken: boolean) => void)[]> = { question: [], must: [], progress: [] };
  let isServing = false;
  const next = () => waiting.question.shift() ?? waiting.must.shift() ?? waiting.progress.shift();
  /** Whether somebody waits who comes before a newcomer of this urgency. */
  const isAnyBefore = (urgency: Urgency) =>
    order.slice(0, order.indexOf(urgency) + 1).some((one) => waiting[one].length > 0);

  /** Gives each turn to one alone: were all told at once, each of them would look at its chat again for nothing. */
  const serve = async (): Promise<void> => {
    if (isServing) return;
    isServing = true;
    while (isAnyBefore('progress') && !signal.aborted) {
      const now = clock.now();
      const at = overall.allowedAt(now);
      if (at > now) await clock.sleep(at - now, signal);
      else {
        overall.spend(now);
        next()?.(true);
        // Whoever was given the turn may give it back, and does so before anything else happens.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    if (signal.aborted) for (let turn = next(); turn; turn = next()) turn(false);
    isServing = false;
  };

  return {
    tryTake(urgency) {
      const now = clock.now();
      if (isAnyBefore(urgency) || overall.allowedAt(now) > now) return false;
      overall.spend(now);
      return true;
    },
    take: (urgency) =>
      new Promise((resolve) => {
        waiting[urgency].push(resolve);
        void serve();
      }),
    giveBack: () => overall.giveBack(),
  };
}
