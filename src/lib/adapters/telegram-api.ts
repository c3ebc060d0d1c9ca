/** Telegram's Bot API as a port: send, edit, delete; every failure says what may be done about it. */

import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import type { Api } from 'node-telegram-bot-api';
import { fail } from '../errors/errors.ts';
import type { TelegramFailure } from '../errors/telegram-failure.ts';
import { ForeignPage, failureOf } from './telegram-errors.ts';

/** Where a message goes. */
export interface Target {
  chatId: string;
  /** The topic of a forum; none for the chat itself. */
  threadId?: number | null;
  /** The message it answers; where that is gone the message goes without. */
  replyTo?: number | null;
  /** Arrives without a sound. */
  silent?: boolean;
}

/** A text in Telegram's HTML mode, or one that is shown as it is. */
export type Formatted = { html: string } | { text: string };

export interface TelegramApi {
  /** The number before the colon of the token. */
  botId: string;
  sendMessage(message: Target & Formatted & { markup?: object }): Promise<{ messageId: number }>;
  /** Changes a message's text; to the text that it has already, too. */
  editMessage(message: { chatId: string; messageId: number; markup?: object } & Formatted): Promise<void>;
  /** Deletes a message; one that is gone already, too. */
  deleteMessage(message: { chatId: string; messageId: number }): Promise<void>;
  sendDocument(
    message: Target & { name: string; bytes: Uint8Array; caption?: Formatted },
  ): Promise<{ messageId: number }>;
  getMe(): Promise<{ id: number; username: string }>;
}

export interface TelegramSettings {
  token: string;
  /** The API root; Telegram's own where none is given. */
  apiUrl?: string | null;
  /** An HTTP proxy, `http://[user:password@]host:port`. */
  proxy?: string | null;
  /** How long an answer may take; a request without one counts as ambiguous. */
  timeoutMs?: number;
  /** The same for documents. */
  uploadTimeoutMs?: number;
}

const officialRoot = 'https://api.telegram.org';

/** The bot's id: the number before the colon. A new token of the same bot keeps it. Null where the text is no token. */
export function botIdOf(token: string): string | null {
  return /^(\d{1,20}):[\w-]{1,200}$/.exec(token)?.[1] ?? null;
}

/**
 * The Bot API over HTTP. Nothing is repeated here: whoever sends decides that. All methods throw a
 * {@link TelegramFailure}. Libraries are loaded at the first request. Throws `config` for a text that is no token.
 */
export function createTelegramApi(settings: TelegramSettings): TelegramApi {
  const { token, timeoutMs = 30_000, uploadTimeoutMs = 300_000 } = settings;
  const botId = botIdOf(token);
  if (botId === null) {
    fail(
      'config',
      'The bot token has the wrong form.',
      'A token looks like 123456:ABC…; @BotFather shows yours. Set TELEGRAM_BOT_TOKEN.',
    );
  }
  let loaded: Promise<Library> | undefined;
  const request = async <T>(
    limitMs: number,
    work: (library: Library, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    loaded ??= loadLibrary(settings);
    const library = await loaded;
    try {
      return await work(library, AbortSignal.timeout(limitMs));
    } catch (error) {
      throw failureOf(error, token);
    }
  };

  return {
    botId,
    sendMessage: (message) =>
      request(timeoutMs, async ({ api }, signal) => {
        const sent = await api.sendMessage({ ...targetOf(message), ...textOf(message), ...markupOf(message) }, signal);
        return { messageId: sent.message_id };
      }),
    editMessage: (message) =>
      request(timeoutMs, async ({ api }, signal) => {
        const where = { chat_id: message.chatId, message_id: message.messageId };
        await unless(
          /message is not modified/,
          api.editMessageText({ ...where, ...textOf(message), ...markupOf(message) }, signal),
        );
      }),
    deleteMessage: ({ chatId, messageId }) =>
      request(timeoutMs, async ({ api }, signal) => {
        await unless(
          /message to delete not found/,
          api.deleteMessage({ chat_id: chatId, message_id: messageId }, signal),
        );
      }),
    sendDocument: (message) =>
      request(uploadTimeoutMs, async ({ api, file }, signal) => {
        const document = file(message.bytes, message.name);
        const sent = await api.sendDocument({ ...targetOf(message), ...captionOf(message.caption), document }, signal);
        return { messageId: sent.message_id };
      }),
    getMe: () =>
      request(timeoutMs, async ({ api }, signal) => {
        const { id, username } = await api.getMe(signal);
        return { id, username: username ?? '' };
      }),
  };
}

function targetOf({ chatId, threadId, replyTo, silent }: Target) {
  return {
    chat_id: chatId,
    ...(threadId ? { message_thread_id: threadId } : {}),
    ...(replyTo ? { reply_parameters: { message_id: replyTo, allow_sending_without_reply: true } } : {}),
    ...(silent ? { disable_notification: true } : {}),
  };
}

function textOf(formatted: Formatted) {
  const body = 'html' in formatted ? { text: formatted.html, parse_mode: 'HTML' as const } : { text: formatted.text };
  return { ...body, link_preview_options: { is_disabled: true } };
}

function captionOf(caption: Formatted | undefined) {
  if (caption === undefined) return {};
  return 'html' in caption ? { caption: caption.html, parse_mode: 'HTML' as const } : { caption: caption.text };
}

// The library types keyboards one by one; ours come as data that somebody else has built.
function markupOf({ markup }: { markup?: object }) {
  return markup === undefined ? {} : { reply_markup: markup as never };
}

/** Waits for a request and passes over its refusal where that says that all is well already. */
async function unless(pattern: RegExp, request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!pattern.test(String((error as { description?: unknown })?.description))) throw error;
  }
}

interface Library {
  api: Api;
  file(bytes: Uint8Array, name: string): InstanceType<typeof import('node-telegram-bot-api').InputFile>;
}

async function loadLibrary({ token, apiUrl, proxy }: TelegramSettings): Promise<Library> {
  const { Api, InputFile } = await import('node-telegram-bot-api');
  // Node gives each address 250 ms by default, too little where IPv6 is announced but not routed.
  setDefaultAutoSelectFamilyAttemptTimeout(5000);
  const base = proxy ? await fetchThrough(proxy) : globalThis.fetch;
  const api = new Api(token, {
    apiRoot: apiUrl || officialRoot,
    fetch: withoutForeignPages(base),
    // A repeated request could send a message twice; time limits come with each call.
    maxRetries: 0,
    timeoutMs: 0,
  });
  return { api, file: (bytes, filename) => new InputFile(bytes, { filename }) };
}

/**
 * Through an HTTP proxy, always by a tunnel: a proxy that forwards requests itself answers 502 for some that were done.
 */
async function fetchThrough(proxy: string): Promise<typeof fetch> {
  const { fetch: undiciFetch, ProxyAgent } = await import('undici');
  const dispatcher = new ProxyAgent({ uri: proxy, proxyTunnel: true });
  return ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
}

/** Follows no redirection (it would carry the token along), and tells answers of gateways from Telegram's own. */
function withoutForeignPages(base: typeof fetch): typeof fetch {
  return async (url, init) => {
    const response = await base(url, { ...init, redirect: 'manual' });
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    if (response.status >= 300 && !isJson) {
      await response.body?.cancel().catch(() => {});
      throw new ForeignPage(response.status);
    }
    return response;
  };
}

export type { TelegramFailure };
