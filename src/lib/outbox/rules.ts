/** The figures of delivery in one place; tests hand in quicker ones. */

import { type BudgetRules, type PerChatKind, telegramRules } from './budget.ts';

export interface DeliveryRules {
  budget: BudgetRules;
  /** After a request that was refused or ambiguous. */
  backoff: { firstMs: number; mostMs: number };
  /** The message of a running task is drawn again after so long without news: the elapsed time moves on. */
  redrawMs: PerChatKind<number>;
  /** With more live tasks than this in a chat, they share one message. */
  sharedAbove: number;
  /** Changes are noticed at once; this is how often the outbox is looked at all the same. */
  pollMs: number;
  /** How often to try for the lock while somebody else delivers. */
  lockPollMs: number;
  /** A flush waits no longer than this for a chat that is cooling down. */
  flushPatienceMs: number;
}

/**
 * The standard figures, with so many requests a second to all chats together. What one second leaves over is not saved for the
 * next: Telegram speaks of short bursts within a single chat alone (core.telegram.org/bots/faq, "My bot is hitting limits").
 */
export function rulesFor({ messagesPerSecond }: { messagesPerSecond: number }): DeliveryRules {
  return { ...standardRules, budget: { ...telegramRules, overall: { count: messagesPerSecond, windowMs: 1000 } } };
}

export const standardRules: DeliveryRules = {
  budget: telegramRules,
  backoff: { firstMs: 1000, mostMs: 60_000 },
  redrawMs: { private: 30_000, group: 60_000 },
  sharedAbove: 3,
  pollMs: 5000,
  lockPollMs: 1000,
  flushPatienceMs: 5000,
};
