/** The Bot API's methods that send, change and delete messages, with the limits and refusals of the real server. */
import { type Chats, chatObject, type StoredMessage } from './bot-api-chats.ts';
import type { BotFiles } from './bot-api-files.ts';
import { type MessageEntity, parseHtml } from './bot-api-html.ts';
import { checkMarkup } from './bot-api-markup.ts';
import type { BotParams } from './bot-api-params.ts';
import { badRequest } from './bot-api-refusal.ts';

/** What the methods work on. */
export interface MessageRoom {
  chats: Chats;
  files: BotFiles;
  /** The bot's `User` object. */
  bot: object;
}

interface Formatted {
  text: string;
  entities: MessageEntity[];
  html: string | null;
}

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;
const MAX_ENTITIES = 100;
const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';

export function sendMessage(room: MessageRoom, params: BotParams): object {
  const chatId = room.chats.reachable(params.chat_id, params.message_thread_id);
  const formatted = format(params.text, params.parse_mode, params.entities);
  if (formatted.text === '') throw badRequest('message text is empty');
  if (formatted.text.length > MAX_TEXT) throw badRequest('message is too long');
  return keep(room, chatId, params, formatted, null);
}

/** `sendDocument` and `sendPhoto`: an upload, or the id of a file that the server has. */
export function sendFile(room: MessageRoom, params: BotParams, kind: 'document' | 'photo'): object {
  const chatId = room.chats.reachable(params.chat_id, params.message_thread_id);
  const formatted = format(params.caption ?? '', params.parse_mode, params.caption_entities);
  if (formatted.text.length > MAX_CAPTION) throw badRequest('message caption is too long');
  const fileId = room.files.accept(params[kind], kind, params);
  return keep(room, chatId, params, formatted, { fileId, isPhoto: kind === 'photo' });
}

export function editMessageText(room: MessageRoom, params: BotParams): object {
  const message = editable(room, params);
  const formatted = format(params.text, params.parse_mode, params.entities);
  if (formatted.text === '') throw badRequest('message text is empty');
  // Sending says "message is too long"; for edits the complaint comes from further inside, in capitals.
  if (formatted.text.length > MAX_TEXT) throw badRequest('MESSAGE_TOO_LONG');
  if (message.fileId !== null) throw badRequest('there is no text in the message to edit');
  return change(room, message, formatted, checkMarkup(params.reply_markup));
}

export function editMessageReplyMarkup(room: MessageRoom, params: BotParams): object {
  const message = editable(room, params);
  const { text, entities, html } = message;
  return change(room, message, { text, entities, html }, checkMarkup(params.reply_markup));
}

export function deleteMessage(room: MessageRoom, params: BotParams): true {
  const chatId = room.chats.reachable(params.chat_id);
  const message = room.chats.find(chatId, messageIdOf(params));
  if (message === undefined) return deleteIncoming(room, chatId, messageIdOf(params));
  message.deleted = true;
  room.chats.changed('deleted', message);
  return true;
}

/** In private chats a bot may delete what the person wrote; in groups only where it is an admin, which ours is not. */
function deleteIncoming(room: MessageRoom, chatId: string, messageId: number): true {
  if (!room.chats.hasMessage(chatId, messageId)) throw badRequest('message to delete not found');
  if (chatId.startsWith('-')) throw badRequest("message can't be deleted");
  return room.chats.removeIncoming(chatId, messageId) as true;
}

function editable(room: MessageRoom, params: BotParams): StoredMessage {
  const chatId = room.chats.reachable(params.chat_id);
  const messageId = messageIdOf(params);
  const message = room.chats.find(chatId, messageId);
  if (message !== undefined) return message;
  throw badRequest(room.chats.hasMessage(chatId, messageId) ? "message can't be edited" : 'message to edit not found');
}

function change(room: MessageRoom, message: StoredMessage, formatted: Formatted, markup: unknown): object {
  const before = [message.text, message.entities, message.markup];
  if (JSON.stringify(before) === JSON.stringify([formatted.text, formatted.entities, markup])) {
    throw badRequest(NOT_MODIFIED);
  }
  if (formatted.text !== message.text) message.history.push(formatted.text);
  Object.assign(message, formatted, { markup, edits: message.edits + 1 });
  room.chats.changed('edited', message);
  return messageObject(room, message);
}

function keep(
  room: MessageRoom,
  chatId: string,
  params: BotParams,
  formatted: Formatted,
  file: { fileId: string; isPhoto: boolean } | null,
): object {
  const markup = checkMarkup(params.reply_markup);
  const replyTo = replyTarget(room.chats, chatId, params);
  const message: StoredMessage = {
    messageId: room.chats.nextMessageId(),
    chatId,
    threadId: (params.message_thread_id as number | undefined) ?? null,
    replyTo,
    ...formatted,
    markup,
    document: file === null ? null : room.files.contentOf(file.fileId),
    fileId: file?.fileId ?? null,
    isPhoto: file?.isPhoto ?? false,
    edits: 0,
    at: Date.now(),
    deleted: false,
    history: [formatted.text],
  };
  return messageObject(room, room.chats.add(message));
}

/** A message to reply to that is not there is an error, unless the sender allows to go without. */
function replyTarget(chats: Chats, chatId: string, params: BotParams): number | null {
  const asked = (params.reply_parameters ?? {}) as { message_id?: unknown; allow_sending_without_reply?: unknown };
  const messageId = Number(asked.message_id ?? params.reply_to_message_id ?? 0);
  if (messageId === 0) return null;
  if (chats.hasMessage(chatId, messageId)) return messageId;
  if (asked.allow_sending_without_reply === true || params.allow_sending_without_reply === true) return null;
  throw badRequest('message to be replied not found');
}

function format(raw: unknown, parseMode: unknown, entities: unknown): Formatted {
  const source = typeof raw === 'string' ? raw : raw === undefined ? '' : String(raw);
  const mode = String(parseMode ?? '').toLowerCase();
  if (mode !== '' && mode !== 'html') throw badRequest('unsupported parse_mode: this server knows HTML only');
  const parsed = mode === 'html' ? parseHtml(source) : { text: source, entities: givenEntities(entities) };
  return { ...trimmed(parsed.text.replaceAll('\r', ''), parsed.entities), html: mode === 'html' ? source : null };
}

function givenEntities(entities: unknown): MessageEntity[] {
  return Array.isArray(entities) ? (entities as MessageEntity[]).slice(0, MAX_ENTITIES) : [];
}

/** Telegram cuts white space at both ends of a text; the entities move with it. */
function trimmed(text: string, entities: MessageEntity[]): { text: string; entities: MessageEntity[] } {
  const start = text.length - text.trimStart().length;
  const result = text.trim();
  const moved = entities.flatMap((entity) => {
    const offset = Math.max(entity.offset - start, 0);
    const end = Math.min(entity.offset + entity.length - start, result.length);
    return end > offset ? [{ ...entity, offset, length: end - offset }] : [];
  });
  return { text: result, entities: moved };
}

function messageIdOf(params: BotParams): number {
  const messageId = params.message_id;
  if (typeof messageId !== 'number') throw badRequest('message identifier is not specified');
  return messageId;
}

/** The Bot API's `Message` object of a message that the bot sent. */
export function messageObject(room: MessageRoom, message: StoredMessage): object {
  const { text, entities, fileId } = message;
  const said =
    fileId === null
      ? { text, ...(entities.length > 0 ? { entities } : {}) }
      : {
          ...room.files.describe(fileId, message.isPhoto),
          ...(text === '' ? {} : { caption: text }),
          ...(entities.length > 0 ? { caption_entities: entities } : {}),
        };
  return {
    message_id: message.messageId,
    from: room.bot,
    chat: chatObject(message.chatId),
    date: Math.floor(message.at / 1000),
    ...(message.edits > 0 ? { edit_date: Math.floor(Date.now() / 1000) } : {}),
    ...(message.threadId === null ? {} : { message_thread_id: message.threadId, is_topic_message: true }),
    ...(message.replyTo === null
      ? {}
      : { reply_to_message: { message_id: message.replyTo, chat: chatObject(message.chatId), date: 0 } }),
    ...said,
    ...(message.markup === null ? {} : { reply_markup: message.markup }),
  };
}
