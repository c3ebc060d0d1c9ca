/** The poll loop: asks Telegram for updates, and confirms none before the inbox has it. It lives through all that can go wrong on the way, except a wrong token. */

import type { Clock } from '../../adapters/clock.ts';
import type { Log } from '../../adapters/log.ts';
import type { RawUpdate, TelegramApi } from '../../adapters/telegram-api.ts';
import { isDiskFull, systemCode } from '../../errors/errors.ts';
import { TelegramFailure } from '../../errors/telegram-failure.ts';
import { backoffMs } from '../../outbox/budget.ts';
import { updateKinds } from '../read-update.ts';
import type { Inbox, InboxEntry } from './inbox.ts';

/** Why no updates come at the moment. */
export interface Trouble {
  /** `conflict`: another process polls with this token. `disk`: updates cannot be kept, so none is confirmed. */
  kind: 'token' | 'conflict' | 'network' | 'rate' | 'disk' | 'refused';
  /** For people, without secrets. */
  message: string;
  hint: string;
}

export interface PollRules {
  /** How long Telegram holds a request open, 50 at most. */
  pollSeconds: number;
  backoff: { firstMs: number; mostMs: number };
  /** The pause after an answer that came at once and brought nothing. */
  fruitlessMs: number;
}

const standardPollRules: PollRules = {
  pollSeconds: 30,
  backoff: { firstMs: 1000, mostMs: 60_000 },
  fruitlessMs: 1000,
};

export interface PollParts {
  api: Pick<TelegramApi, 'getUpdates' | 'deleteWebhook'>;
  inbox: Pick<Inbox, 'keep'>;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** New updates, kept already. Where it gives a promise, the next are asked for only then. */
  onKept(entries: InboxEntry[]): Promise<void> | void;
  /** Called when a trouble begins or becomes another, and with null when updates come again. */
  onTrouble(trouble: Trouble | null): void;
  /** From 0 up to 1, for jitter. */
  random?: () => number;
  rules?: PollRules;
}

/**
 * After a week without updates their ids go on at a random number, which may be lower: an offset would then confirm what
 * nobody has seen. An update may have waited a day before it came to us, so an offset is trusted for five.
 */
const offsetTrustedMs = 5 * 86_400_000;
const longestPauseMs = 3_600_000;
const longestDiskPauseMs = 5000;
/** What stopping may cost. */
const confirmLimitMs = 3000;

/** Where the loop stands. */
interface PollState {
  /** Above the last batch that is kept; null asks for all that Telegram still has. */
  offset: number | null;
  /** When that batch came. */
  newestAt: number;
  /** The last offset that Telegram has answered. */
  confirmed: number | null;
  failures: number;
  trouble: Trouble | null;
  /** A webhook was deleted since updates last came. */
  isWebhookGone: boolean;
}

/**
 * Polls until the signal aborts; then the last batch is confirmed. `token`: Telegram does not know the token (any more), and
 * polling has ended. The first request names no offset: the inbox knows best what was there before.
 */
export async function runPoll(parts: PollParts): Promise<'stopped' | 'token'> {
  const { signal, clock, log, rules = standardPollRules } = parts;
  const state: PollState = {
    offset: null,
    newestAt: 0,
    confirmed: null,
    failures: 0,
    trouble: null,
    isWebhookGone: false,
  };
  while (!signal.aborted) {
    if (state.offset !== null && clock.now() - state.newestAt > offsetTrustedMs) state.offset = null;
    const askedAt = clock.now();
    try {
      const request = { offset: state.offset, timeoutSeconds: secondsToWait(state, rules), kinds: updateKinds };
      const updates = await parts.api.getUpdates(request, signal);
      const kept = await keepBatch(parts, state, updates);
      const isQuick = request.timeoutSeconds > 0 && clock.now() - askedAt < rules.fruitlessMs;
      // A server that does not wait, or gives the same again, must not be asked without end.
      if (kept === 0 && isQuick && state.offset === request.offset) await clock.sleep(rules.fruitlessMs, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof TelegramFailure && error.reason.kind === 'token') {
        tell(parts, state, troubleOf(error));
        return 'token';
      }
      await meet(parts, state, error);
    }
  }
  await confirmLast(parts, state).catch((error) =>
    log.info({ error: String(error) }, 'The last updates were not confirmed.'),
  );
  return 'stopped';
}

/** In trouble the first answer tells that it is over, so it must not be a long one; where two poll, only a long one tells. */
function secondsToWait({ trouble }: PollState, { pollSeconds }: PollRules): number {
  return trouble === null || trouble.kind === 'conflict' ? pollSeconds : 0;
}

/** Keeps what came and hands on what is new; says how many that were. */
async function keepBatch(parts: PollParts, state: PollState, updates: RawUpdate[]): Promise<number> {
  state.confirmed = state.offset;
  const entries = await parts.inbox.keep(updates);
  tell(parts, state, null);
  const ids = updates.map((update) => update?.update_id).filter(Number.isSafeInteger);
  if (ids.length > 0) {
    state.offset = Math.max(...ids) + 1;
    state.newestAt = parts.clock.now();
  }
  if (entries.length === 0) return 0;
  try {
    await parts.onKept(entries);
  } catch (error) {
    parts.log.error(
      { error: String(error) },
      'Updates that were kept could not be handed on; the next start finds them.',
    );
  }
  return entries.length;
}

/** Tells of a trouble when it begins, changes or ends. */
function tell({ log, onTrouble }: PollParts, state: PollState, trouble: Trouble | null): void {
  const before = state.trouble;
  state.trouble = trouble;
  if (trouble === null) {
    state.failures = 0;
    state.isWebhookGone = false;
  }
  if (before?.kind === trouble?.kind) return;
  if (trouble === null) log.info({ trouble: before?.kind }, 'Updates come again.');
  else
    log[trouble.kind === 'token' ? 'error' : 'warn']({ trouble: trouble.kind }, `${trouble.message} ${trouble.hint}`);
  onTrouble(trouble);
}

/** Waits as long as a failure asks for. */
async function meet(parts: PollParts, state: PollState, error: unknown): Promise<void> {
  const { log, clock, signal, random = Math.random, rules = standardPollRules } = parts;
  const reason = error instanceof TelegramFailure ? error.reason : null;
  if (reason?.kind === 'conflict' && !state.isWebhookGone) {
    state.isWebhookGone = await parts.api.deleteWebhook().then(
      () => true,
      () => false,
    );
    // A webhook that somebody forgot was all: no need to wait, or to speak of it.
    if (state.isWebhookGone && state.trouble?.kind !== 'conflict') return;
  }
  state.failures++;
  tell(parts, state, troubleOf(error));
  const pause = backoffMs(state.failures, rules.backoff, random);
  const asked = reason?.kind === 'rate' ? reason.retryAfterMs : 0;
  // The disk is ours: to try again costs nobody anything.
  const pauseMs = Math.min(Math.max(pause, asked), reason === null ? longestDiskPauseMs : longestPauseMs);
  log.debug({ pauseMs, failures: state.failures, error: String(error) }, 'Updates are asked for again after a pause.');
  await clock.sleep(pauseMs, signal);
}

function troubleOf(error: unknown): Trouble {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof TelegramFailure)) return diskTrouble(error, message);
  switch (error.reason.kind) {
    case 'token':
      return { kind: 'token', message, hint: 'Check TELEGRAM_BOT_TOKEN; ccdispatch doctor does so, too.' };
    case 'conflict':
      return {
        kind: 'conflict',
        message,
        hint: 'Only one process may poll: stop the other one, or give it a token of its own.',
      };
    case 'rate':
      return { kind: 'rate', message, hint: 'Nothing to do: it goes on by itself.' };
    case 'refused':
    case 'ambiguous':
      return { kind: 'network', message, hint: 'Updates wait at Telegram for a day; trying again.' };
    default:
      return { kind: 'refused', message, hint: 'Trying again; ccdispatch doctor shows what is wrong.' };
  }
}

function diskTrouble(error: unknown, message: string): Trouble {
  if (isDiskFull(error)) {
    const hint = 'Free some space; ccdispatch cleanup --dry-run shows what can go.';
    return { kind: 'disk', message: 'The disk is full: messages stay at Telegram.', hint };
  }
  const code = systemCode(error);
  const what = code === undefined ? message : code;
  return { kind: 'disk', message: `Updates cannot be kept (${what}).`, hint: 'See ccdispatch doctor.' };
}

/** The next start would get the last batch again: the inbox knows it, but why send it. */
async function confirmLast({ api }: PollParts, { offset, confirmed }: PollState): Promise<void> {
  if (offset === null || offset === confirmed) return;
  await api.getUpdates(
    { offset, timeoutSeconds: 0, limit: 1, kinds: updateKinds },
    AbortSignal.timeout(confirmLimitMs),
  );
}
