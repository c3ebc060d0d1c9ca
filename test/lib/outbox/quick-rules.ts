/** The figures of delivery for tests. */

import type { DeliveryRules } from '../../../src/lib/outbox/rules.ts';

/** Telegram's order of things in a fraction of its time. */
export const quickRules: DeliveryRules = {
  budget: {
    chat: { private: { count: 50, windowMs: 20 }, group: { count: 50, windowMs: 20 } },
    overall: { count: 500, windowMs: 20 },
    forQuestions: { private: 50, group: 50 },
    progressGapMs: { private: 1, group: 1 },
    forgiveMs: 1000,
  },
  backoff: { firstMs: 10, mostMs: 60 },
  redrawMs: { private: 60_000, group: 60_000 },
  sharedAbove: 3,
  pollMs: 1000,
  lockPollMs: 10,
  flushPatienceMs: 500,
};
