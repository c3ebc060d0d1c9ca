/** The Bot API's queue of updates: confirmation by offset, long polling, allowed kinds, and one receiver at a time. */
import type { BotParams } from './bot-api-params.ts';
import { BotApiRefusal, badRequest } from './bot-api-refusal.ts';

export interface Update {
  update_id: number;
  [kind: string]: unknown;
}

export interface UpdateQueue {
  /** Queues an update of an allowed kind and wakes the poller; gives the id it has. */
  push(update: Record<string, unknown>): number;
  getUpdates(params: BotParams, gone: AbortSignal): Promise<Update[]>;
  setWebhook(params: BotParams): true;
  deleteWebhook(params: BotParams): true;
  webhookInfo(): object;
}

const MAX_UPDATES = 100;
const MAX_POLL_SECONDS = 50;
/** Kinds that Telegram sends only to those who name them. */
const OPT_IN = new Set(['chat_member', 'message_reaction', 'message_reaction_count']);
const CONFLICT_POLLER =
  'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running';
const CONFLICT_WEBHOOK =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

interface Poller {
  wake(): void;
  end(refusal: BotApiRefusal): void;
}

export function openUpdateQueue(): UpdateQueue {
  let waiting: Update[] = [];
  // Another start is another stretch of ids: a bot that remembers the old ones must not take new updates for known.
  let nextId = 100_000_000 + Math.floor(Math.random() * 800_000_000);
  let allowed: string[] = [];
  let webhookUrl = '';
  let poller: Poller | null = null;

  const isAllowed = (update: Record<string, unknown>): boolean => {
    const kinds = Object.keys(update).filter((key) => key !== 'update_id');
    return kinds.every((kind) => (allowed.length === 0 ? !OPT_IN.has(kind) : allowed.includes(kind)));
  };
  const allow = (value: unknown): void => {
    if (value === undefined) return;
    if (!Array.isArray(value)) throw badRequest('field "allowed_updates" must be an Array');
    allowed = value.map(String);
  };
  const take = (limit: number): Update[] => waiting.slice(0, limit);

  return {
    push(update) {
      const id = typeof update.update_id === 'number' ? update.update_id : nextId;
      nextId = Math.max(nextId, id + 1);
      if (!isAllowed(update)) return id;
      waiting.push({ ...update, update_id: id });
      poller?.wake();
      return id;
    },
    async getUpdates(params, gone) {
      if (webhookUrl !== '') throw new BotApiRefusal(409, CONFLICT_WEBHOOK);
      // The newcomer wins: whoever waited before is sent away, as Telegram does it.
      poller?.end(new BotApiRefusal(409, CONFLICT_POLLER));
      allow(params.allowed_updates);
      waiting = confirmed(waiting, Number(params.offset ?? 0));
      const limit = Math.min(Math.max(Number(params.limit ?? MAX_UPDATES), 1), MAX_UPDATES);
      const seconds = Math.min(Math.max(Number(params.timeout ?? 0), 0), MAX_POLL_SECONDS);
      if (waiting.length > 0 || seconds === 0) return take(limit);
      await waitForUpdate(seconds, gone, (next) => {
        poller = next;
      });
      return take(limit);
    },
    setWebhook(params) {
      allow(params.allowed_updates);
      webhookUrl = String(params.url ?? '');
      if (params.drop_pending_updates === true) waiting = [];
      if (webhookUrl !== '') poller?.end(new BotApiRefusal(409, 'Conflict: terminated by setWebhook request'));
      return true;
    },
    deleteWebhook(params) {
      webhookUrl = '';
      if (params.drop_pending_updates === true) waiting = [];
      return true;
    },
    webhookInfo: () => ({
      url: webhookUrl,
      has_custom_certificate: false,
      pending_update_count: waiting.length,
      ...(allowed.length > 0 ? { allowed_updates: allowed } : {}),
    }),
  };
}

/** An offset confirms all updates below it; a negative one keeps only so many of the newest. */
function confirmed(waiting: Update[], offset: number): Update[] {
  if (offset < 0) return waiting.slice(offset);
  return waiting.filter((update) => update.update_id >= offset);
}

/** Waits for an update, the timeout, a newcomer (then it rejects) or the client's leaving. */
function waitForUpdate(seconds: number, gone: AbortSignal, announce: (poller: Poller | null) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      gone.removeEventListener('abort', wake);
      announce(null);
      settle();
    };
    const wake = (): void => finish(resolve);
    const timer = setTimeout(wake, seconds * 1000);
    gone.addEventListener('abort', wake, { once: true });
    announce({ wake, end: (refusal) => finish(() => reject(refusal)) });
  });
}
