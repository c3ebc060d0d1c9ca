/** Telegram's JSON of an update becomes an {@link Incoming}; no other file knows Telegram's names. */

import { oneLine } from '../format/text.ts';
import type { Chat, Incoming, IncomingEdit, IncomingMessage, IncomingPress, Sender } from './incoming.ts';
import { filesOf } from './read-files.ts';
import { idOf, integerOf, type Json, listOf, objectOf, textOf } from './read-json.ts';

/** The kinds of updates that are asked for. */
export const updateKinds: readonly string[] = ['message', 'edited_message', 'callback_query'];

/** Who reads, and when. */
export interface Reader {
  /** The bot's own id. */
  botId: string;
  /** Without `@`. */
  botName: string;
  /** When the update came; stands for the time of a press, which Telegram does not tell. Milliseconds since 1970. */
  receivedAt: number;
}

/** Accounts behind which no single person stands: Telegram itself, channels, and anonymous admins of groups. */
const nobodies: ReadonlySet<string> = new Set(['777000', '136817688', '1087968824']);

/**
 * What an update asks of us. Null for one that is broken: without an id, or a message without its chat. Kinds and chats that
 * we do not know are `nothing`. Never throws, whatever it is given.
 */
export function readUpdate(raw: unknown, reader: Reader): Incoming | null {
  const update = objectOf(raw);
  const updateId = integerOf(update?.update_id);
  if (update === null || updateId === null) return null;
  if (update.message !== undefined) return readMessage(objectOf(update.message), updateId, reader);
  if (update.edited_message !== undefined) return readEdit(objectOf(update.edited_message), updateId, reader);
  if (update.callback_query !== undefined) return readPress(objectOf(update.callback_query), updateId, reader);
  return { kind: 'nothing', updateId };
}

function readMessage(message: Json | null, updateId: number, reader: Reader): Incoming | null {
  const chat = chatOf(message?.chat);
  const messageId = integerOf(message?.message_id);
  if (message === null || chat === null || messageId === null) return null;
  if (chat === 'unknown') return { kind: 'nothing', updateId };
  const toChatId = idOf(message.migrate_to_chat_id);
  if (toChatId !== null) return { kind: 'migration', updateId, fromChatId: chat.id, toChatId };
  const fromChatId = idOf(message.migrate_from_chat_id);
  if (fromChatId !== null) return { kind: 'migration', updateId, fromChatId, toChatId: chat.id };

  const text = textOf(message.text) ?? textOf(message.caption) ?? '';
  const files = filesOf(message);
  // Joins, pins, stickers, polls and what later versions bring.
  if (text === '' && files.length === 0) return { kind: 'nothing', updateId };
  const sentAt = integerOf(message.date);
  const replyTo = replyOf(message, reader);
  return {
    kind: 'message',
    updateId,
    chat,
    threadId: threadOf(message),
    from: senderOf(message, chat),
    sentAt: sentAt === null ? reader.receivedAt : sentAt * 1000,
    messageId,
    text,
    files,
    albumId: textOf(message.media_group_id),
    replyTo,
    isAddressed: chat.kind === 'private' || replyTo?.isOurs === true || namesBot(message, text, reader),
    isForwarded: [message.forward_origin, message.forward_date, message.is_automatic_forward].some(Boolean),
    partOf: [],
    partMessageIds: [],
  };
}

/** Edits count in private chats alone; they have the edited message's own number. */
function readEdit(message: Json | null, updateId: number, reader: Reader): Incoming {
  const read = readMessage(message, updateId, reader);
  if (read?.kind !== 'message' || read.chat.kind !== 'private') return { kind: 'nothing', updateId };
  const { chat, threadId, from, sentAt, messageId, text } = read;
  const editedAt = integerOf(message?.edit_date);
  const edit: IncomingEdit = {
    kind: 'edit',
    updateId,
    chat,
    threadId,
    from,
    sentAt: editedAt === null ? sentAt : editedAt * 1000,
    messageId,
    text,
  };
  return edit;
}

/** The private chat that a message, or the edit of one, stands in; null for all else. Never throws, whatever it is given. */
export function privateChatOf(raw: unknown): string | null {
  const update = objectOf(raw);
  const chat = objectOf((objectOf(update?.message) ?? objectOf(update?.edited_message))?.chat);
  return textOf(chat?.type) === 'private' ? idOf(chat?.id) : null;
}

function readPress(query: Json | null, updateId: number, reader: Reader): Incoming | null {
  const pressId = textOf(query?.id);
  if (query === null || pressId === null) return null;
  const message = objectOf(query.message);
  const chat = chatOf(message?.chat);
  const data = textOf(query.data);
  // Buttons of games, and of messages that were sent through other chats, are not ours.
  if (message === null || chat === null || chat === 'unknown' || data === null) return { kind: 'nothing', updateId };
  const press: IncomingPress = {
    kind: 'press',
    updateId,
    chat,
    threadId: threadOf(message),
    from: senderOf({ from: query.from }, chat),
    sentAt: reader.receivedAt,
    pressId,
    messageId: integerOf(message.message_id),
    data,
  };
  return press;
}

const chatKinds: Readonly<Record<string, Chat['kind']>> = {
  private: 'private',
  group: 'group',
  supergroup: 'group',
  channel: 'channel',
};

function chatOf(value: unknown): Chat | 'unknown' | null {
  const chat = objectOf(value);
  const id = idOf(chat?.id);
  const type = textOf(chat?.type);
  if (chat === null || id === null || type === null) return null;
  const kind = Object.hasOwn(chatKinds, type) ? chatKinds[type] : undefined;
  return kind === undefined ? 'unknown' : { id, kind, title: textOf(chat.title) };
}

/** Replies in plain supergroups carry a thread's id as well; a topic is one only where Telegram says so. */
function threadOf(message: Json): number | null {
  const threadId = message.is_topic_message === true ? integerOf(message.message_thread_id) : null;
  // The general topic has the number 1 inside Telegram, but messages can only be sent to it without.
  return threadId === 1 ? null : threadId;
}

function senderOf(message: Json, chat: Chat): Sender {
  const from = objectOf(message.from);
  const asChat = objectOf(message.sender_chat);
  const id = idOf(from?.id);
  const username = textOf(from?.username);
  const fullName = oneLine(`${textOf(from?.first_name) ?? ''} ${textOf(from?.last_name) ?? ''}`);
  const isPerson =
    id !== null &&
    !id.startsWith('-') &&
    !nobodies.has(id) &&
    from?.is_bot !== true &&
    asChat === null &&
    message.is_automatic_forward !== true &&
    chat.kind !== 'channel';
  return {
    id: id ?? idOf(asChat?.id) ?? chat.id,
    name: fullName || username || textOf(asChat?.title) || id || chat.id,
    username,
    languageCode: textOf(from?.language_code),
    isPerson,
  };
}

function replyOf(message: Json, { botId }: Reader): IncomingMessage['replyTo'] {
  const replied = objectOf(message.reply_to_message);
  const messageId = integerOf(replied?.message_id);
  if (replied === null || messageId === null) return null;
  // Everything that is said in a topic "answers" the message that opened it.
  const isTopicStart = replied.forum_topic_created !== undefined || messageId === threadOf(message);
  if (isTopicStart) return null;
  return {
    messageId,
    isOurs: idOf(objectOf(replied.from)?.id) === botId,
    text: textOf(replied.text) ?? textOf(replied.caption) ?? '',
  };
}

/** The shape that Telegram itself takes for a command: `/etc/hosts` is none. */
const command = /^\/[a-zA-Z0-9_]{1,64}(?:@([a-zA-Z0-9_]{3,32}))?(?![\w@/<>])/;

function namesBot(message: Json, text: string, { botId, botName }: Reader): boolean {
  const ours = botName.toLowerCase();
  const asked = command.exec(text);
  if (asked !== null && (asked[1] === undefined || asked[1].toLowerCase() === ours)) return true;
  const entities = textOf(message.text) === null ? message.caption_entities : message.entities;
  return listOf(entities).some((value) => {
    const entity = objectOf(value);
    if (entity?.type === 'text_mention') return idOf(objectOf(entity.user)?.id) === botId;
    const offset = integerOf(entity?.offset);
    const length = integerOf(entity?.length);
    if (entity?.type !== 'mention' || offset === null || length === null) return false;
    // Telegram counts UTF-16 units, as strings do here.
    return text.slice(offset, offset + length).toLowerCase() === `@${ours}`;
  });
}
