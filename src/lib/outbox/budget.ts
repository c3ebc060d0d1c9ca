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
  /** Between two requests about progress in a chat; grows after a 429. */
  progressGapMs: PerChatKind<number>;
  /** After so long without a further 429 the gap is halved again. */
  forgiveMs: number;
}

/**
 * Telegram's own figures: a message a second in a chat, with short bursts, 20 a minute in a group, 30 a second over all.
 * Streams of edits have cost bots pauses of minutes; hence the gaps.
 */
export const telegramRules: BudgetRules = {
  chat: { private: { count: 3, windowMs: 3000 }, group: { count: 20, windowMs: 60_000 } },
  overall: { count: 30, windowMs: 1000 },
  progressGapMs: { private: 3000, group: 10_000 },
  forgiveMs: 300_000,
};

/** What must arrive goes as soon as the rates allow; progress keeps a gap and leaves half of the chat's budget free. */
export type Urgency = 'must' | 'progress';

export interface Budget {
  /** The instant from which on a request is allowed; not after `now` means at once. */
  allowedAt(chatId: string, urgency: Urgency, now: number): number;
  spend(chatId: string, urgency: Urgency, now: number): void;
  /** Telegram has asked this chat's bot to slow down. */
  slowDown(chatId: string, now: number): void;
}

/** Groups have negative ids. */
export function chatKindOf(chatId: string): keyof PerChatKind<unknown> {
  return chatId.startsWith('-') ? 'group' : 'private';
}

interface ChatAccount {
  requests: number[];
  progress: number[];
  slowness: number;
  slowedAt: number;
}

const slowest = 8;

export function createBudget(rules: BudgetRules): Budget {
  const chats = new Map<string, ChatAccount>();
  let overall: number[] = [];

  const accountOf = (chatId: string): ChatAccount => {
    const known = chats.get(chatId) ?? { requests: [], progress: [], slowness: 1, slowedAt: 0 };
    chats.set(chatId, known);
    return known;
  };
  const slownessOf = ({ slowness, slowedAt }: ChatAccount, now: number) =>
    Math.max(1, slowness / 2 ** Math.floor(Math.max(0, now - slowedAt) / rules.forgiveMs));

  return {
    allowedAt(chatId, urgency, now) {
      const kind = chatKindOf(chatId);
      const account = accountOf(chatId);
      const rate = rules.chat[kind];
      const must = Math.max(freeAt(account.requests, rate, now), freeAt(overall, rules.overall, now));
      if (urgency === 'must') return must;
      const half = { count: Math.max(1, Math.floor(rate.count / 2)), windowMs: rate.windowMs };
      const gap = { count: 1, windowMs: rules.progressGapMs[kind] * slownessOf(account, now) };
      return Math.max(must, freeAt(account.progress, half, now), freeAt(account.progress, gap, now));
    },
    spend(chatId, urgency, now) {
      const account = accountOf(chatId);
      const most = rules.chat[chatKindOf(chatId)].count;
      account.requests = [...account.requests, now].slice(-most);
      if (urgency === 'progress') account.progress = [...account.progress, now].slice(-most);
      overall = [...overall, now].slice(-rules.overall.count);
    },
    slowDown(chatId, now) {
      const account = accountOf(chatId);
      account.slowness = Math.min(slowest, slownessOf(account, now) * 2);
      account.slowedAt = now;
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
