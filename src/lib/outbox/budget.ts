/** How often a chat may be spoken to: pure bookkeeping over instants, in milliseconds since 1970. */

/** `count` requests in any `windowMs`. */
export interface Rate {
  count: number;
  windowMs: number;
}

/** What differs between a private chat and a group. */
export interface PerChatKind<T> {
  private: T;
  group: T;
}

export interface BudgetRules {
  /** Of one chat. Edits count as much as messages. */
  chat: PerChatKind<Rate>;
  /** Of all chats together. */
  overall: Rate;
  /** So many requests more a chat takes in its window for questions: an agent stands still until they are answered. */
  forQuestions: PerChatKind<number>;
  /** Between two requests about progress in a chat; grows after a 429. */
  progressGapMs: PerChatKind<number>;
  /** After so long without a further 429 the gap is halved again. */
  forgiveMs: number;
}

/**
 * Telegram's own figures: a message a second in a chat, with short bursts, 20 a minute in a group (two of them are kept for
 * questions), 30 a second over all.
 * Streams of edits have cost bots pauses of minutes; hence the gaps.
 */
export const telegramRules: BudgetRules = {
  chat: { private: { count: 3, windowMs: 3000 }, group: { count: 18, windowMs: 60_000 } },
  forQuestions: { private: 3, group: 2 },
  overall: { count: 30, windowMs: 1000 },
  progressGapMs: { private: 3000, group: 10_000 },
  forgiveMs: 300_000,
};

/** Questions go ahead of all else; what must arrive goes as soon as the rates allow; progress keeps a gap and leaves half of the chat's budget free. */
export type Urgency = 'question' | 'must' | 'progress';

export interface Budget {
  /** The instant from which on the chat's own rates allow a request; not after `now` means at once. */
  allowedAt(chatId: string, urgency: Urgency, now: number): number;
  spend(chatId: string, urgency: Urgency, now: number): void;
  /** What all chats share. */
  overall: OverallBudget;
  /** Telegram has asked the bot to slow down in this chat; where it was busy in all of them, it slows down in all. */
  slowDown(chatId: string, now: number): void;
}

export interface OverallBudget {
  /** The instant from which on one more request is allowed, whichever chat it is for. */
  allowedAt(now: number): number;
  spend(now: number): void;
  /** The request that was spent last is not made after all. */
  giveBack(): void;
}

/** Groups have negative ids. */
export function chatKindOf(chatId: string): keyof PerChatKind<unknown> {
  return chatId.startsWith('-') ? 'group' : 'private';
}

/** How much slower than the rules: doubles with each 429, and is halved with time. */
interface Slowness {
  factor: number;
  since: number;
}

export interface ChatAccount {
  requests: number[];
  progress: number[];
  slowness: Slowness;
}

const slowest = 8;
const notSlow: Slowness = { factor: 1, since: 0 };

/** Fewer accounts than this are not worth a look whether any can be forgotten. */
const leastForgotten = 100;

/** `chats`: the accounts, by chat; one that has been silent for so long that nothing of it counts any more is forgotten. */
export function createBudget(rules: BudgetRules, chats = new Map<string, ChatAccount>()): Budget {
  const factorOf = ({ factor, since }: Slowness, now: number) =>
    Math.max(1, factor / 2 ** Math.floor(Math.max(0, now - since) / rules.forgiveMs));
  const slower = (slowness: Slowness, now: number): Slowness => ({
    factor: Math.min(slowest, factorOf(slowness, now) * 2),
    since: now,
  });
  const overall = createOverall(rules.overall, factorOf, slower);

  const accountOf = (chatId: string): ChatAccount =>
    chats.get(chatId) ?? { requests: [], progress: [], slowness: notSlow };
  const isIdle = (chatId: string, { requests, slowness }: ChatAccount, now: number) => {
    const kind = chatKindOf(chatId);
    const countsMs = Math.max(rules.chat[kind].windowMs, rules.progressGapMs[kind]);
    return factorOf(slowness, now) === 1 && requests.every((at) => at <= now - countsMs);
  };
  let forgetAbove = leastForgotten;
  const keep = (chatId: string, account: ChatAccount, now: number): void => {
    chats.set(chatId, account);
    if (chats.size <= forgetAbove) return;
    for (const [id, one] of chats) if (isIdle(id, one, now)) chats.delete(id);
    // Looked at again only when there are twice as many: not for each request.
    forgetAbove = Math.max(leastForgotten, 2 * chats.size);
  };

  return {
    allowedAt(chatId, urgency, now) {
      const kind = chatKindOf(chatId);
      const account = accountOf(chatId);
      const rate = rules.chat[kind];
      if (urgency === 'question') {
        return freeAt(account.requests, { ...rate, count: rate.count + rules.forQuestions[kind] }, now);
      }
      const must = freeAt(account.requests, rate, now);
      if (urgency === 'must') return must;
      const half = { count: Math.max(1, Math.floor(rate.count / 2)), windowMs: rate.windowMs };
      const gap = { count: 1, windowMs: rules.progressGapMs[kind] * factorOf(account.slowness, now) };
      return Math.max(must, freeAt(account.progress, half, now), freeAt(account.progress, gap, now));
    },
    spend(chatId, urgency, now) {
      const account = accountOf(chatId);
      const kind = chatKindOf(chatId);
      const most = rules.chat[kind].count + rules.forQuestions[kind];
      account.requests = [...account.requests, now].slice(-most);
      if (urgency === 'progress') account.progress = [...account.progress, now].slice(-most);
      keep(chatId, account, now);
    },
    overall,
    slowDown(chatId, now) {
      const account = accountOf(chatId);
      account.slowness = slower(account.slowness, now);
      keep(chatId, account, now);
      overall.slowDown(now);
    },
  };
}

/** A 429 names no reason: where more than half of what all chats share was in use, that may have been it. */
function createOverall(
  { count, windowMs }: Rate,
  factorOf: (slowness: Slowness, now: number) => number,
  slower: (slowness: Slowness, now: number) => Slowness,
): OverallBudget & { slowDown(now: number): void } {
  let requests: number[] = [];
  let slowness = notSlow;
  return {
    allowedAt(now) {
      const rate = { count: Math.max(1, Math.floor(count / factorOf(slowness, now))), windowMs };
      return freeAt(requests, rate, now);
    },
    spend(now) {
      requests.push(now);
      // Cut now and then: with a thousand a second, not for each of them.
      if (requests.length > 2 * count) requests = requests.slice(-count);
    },
    giveBack() {
      requests.pop();
    },
    slowDown(now) {
      const recent = requests.filter((at) => at <= now && at > now - windowMs).length;
      if (recent > count / factorOf(slowness, now) / 2) slowness = slower(slowness, now);
    },
  };
}

/** When the next request fits into the rate. Instants in the future come from a clock that was set back: they do not count. */
function freeAt(requests: readonly number[], { count, windowMs }: Rate, now: number): number {
  const past = requests.filter((at) => at <= now);
  return past.length < count ? now : Math.max(now, (past[past.length - count] as number) + windowMs);
}

/** How long to wait after the `tries`-th failure in a row: doubling, with jitter, so that not all come back at once. */
export function backoffMs(tries: number, rules: { firstMs: number; mostMs: number }, random: () => number): number {
  const full = Math.min(rules.mostMs, rules.firstMs * 2 ** Math.max(0, Math.min(tries, 30) - 1));
  return Math.round(full * (0.5 + random() / 2));
}
