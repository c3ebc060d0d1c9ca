/** Telegram's Bot API as a port: send, edit, delete, answer, receive; every failure says what may be done about it. */

import { fail } from '../errors/errors.ts';
import type { TelegramFailure } from '../errors/telegram-failure.ts';
import { createRequests, type TelegramSettings } from './telegram-library.ts';
import { createReceiving, type TelegramReceiving } from './telegram-receiving.ts';

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

/** What an indicator above the chat says; it goes after five seconds. */
export type ChatAction = 'typing' | 'upload_document';

/** Whose menu a list of commands is; without a language it is for all that have no list of their own. */
export interface CommandMenu {
  commands: readonly { command: string; description: string }[];
  scope: 'private' | 'groups' | { chatId: string };
  languageCode?: string;
}

export interface TelegramApi extends TelegramReceiving {
  /** The number before the colon of the token. */
  botId: string;
  sendMessage(message: Target & Formatted & { markup?: object }): Promise<{ messageId: number }>;
  /** Changes a message's text; to the text that it has already, too. Without `markup` its buttons go. */
  editMessage(message: { chatId: string; messageId: number; markup?: object } & Formatted): Promise<void>;
  /** Changes a message's buttons alone, to those that it has already, too; null takes them away. */
  editReplyMarkup(message: { chatId: string; messageId: number; markup: object | null }): Promise<void>;
  /** Deletes a message; one that is gone already, too. */
  deleteMessage(message: { chatId: string; messageId: number }): Promise<void>;
  sendDocument(
    message: Target & { name: string; bytes: Uint8Array; caption?: Formatted },
  ): Promise<{ messageId: number }>;
  /** Says that the bot is at work. */
  sendChatAction(where: Pick<Target, 'chatId' | 'threadId'> & { action: ChatAction }): Promise<void>;
  /** Ends the spinning of a pressed button, with up to 200 characters for the person; false where it is too late for that. */
  answerCallbackQuery(answer: { pressId: string; text?: string; isAlert?: boolean }): Promise<boolean>;
  setMyCommands(menu: CommandMenu): Promise<void>;
  getMe(): Promise<{ id: number; username: string }>;
}

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
  const request = createRequests(settings);
  return {
    ...createReceiving(request, { timeoutMs, downloadTimeoutMs: uploadTimeoutMs }),
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
    editReplyMarkup: ({ chatId, messageId, markup }) =>
      request(timeoutMs, async ({ api }, signal) => {
        const where = { chat_id: chatId, message_id: messageId };
        await unless(
          /message is not modified/,
          api.editMessageReplyMarkup({ ...where, ...markupOf({ markup: markup ?? { inline_keyboard: [] } }) }, signal),
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
    sendChatAction: ({ chatId, threadId, action }) =>
      request(timeoutMs, async ({ api }, signal) => {
        await api.sendChatAction({ ...targetOf({ chatId, threadId: threadId ?? null }), action }, signal);
      }),
    answerCallbackQuery: ({ pressId, text, isAlert }) =>
      request(timeoutMs, ({ api }, signal) => {
        const words = { ...(text ? { text } : {}), ...(isAlert ? { show_alert: true } : {}) };
        return unless(
          /query is too old|query ID is invalid/i,
          api.answerCallbackQuery({ callback_query_id: pressId, ...words }, signal),
        );
      }),
    setMyCommands: ({ commands, scope, languageCode }) =>
      request(timeoutMs, async ({ api }, signal) => {
        const language = languageCode ? { language_code: languageCode } : {};
        await api.setMyCommands({ commands: [...commands], scope: scopeOf(scope), ...language }, signal);
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

function scopeOf(scope: CommandMenu['scope']) {
  if (typeof scope === 'object') return { type: 'chat', chat_id: scope.chatId };
  return { type: scope === 'private' ? 'all_private_chats' : 'all_group_chats' };
}

/** Waits for a request and passes over its refusal where that says that nothing is amiss; tells the two apart. */
async function unless(pattern: RegExp, request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (!pattern.test(String((error as { description?: unknown })?.description))) throw error;
    return false;
  }
}

export type { RawUpdate, UpdateRequest } from './telegram-receiving.ts';
export type { TelegramFailure, TelegramSettings };
