/** The chats of the Bot API server: what was said in them, and whether the bot may speak there. */
import type { MessageEntity } from './bot-api-html.ts';
import { BotApiRefusal, badRequest } from './bot-api-refusal.ts';

/** A message that the bot sent, as a person in the chat would see it now. */
export interface SentMessage {
  messageId: number;
  chatId: string;
  threadId: number | null;
  replyTo: number | null;
  /** The plain text, after parsing; a document's caption. */
  text: string;
  /** As it was sent, when it was sent with `parse_mode: HTML`. */
  html: string | null;
  markup: unknown;
  document: { name: string; bytes: Buffer } | null;
  edits: number;
  /** Milliseconds since 1970. */
  at: number;
  deleted: boolean;
  /** Every text it has had, the first one first. */
  history: string[];
}

export interface MessageChange {
  kind: 'sent' | 'edited' | 'deleted';
  message: SentMessage;
}

/** `no-threads`: messages to a topic are refused. `migrateTo`: the group became a supergroup with this id. */
export type ChatState = 'ok' | 'blocked' | 'not-found' | 'no-threads' | { migrateTo: string };

/** A kept message: what a person sees, and what the Bot API tells about it besides. */
export interface StoredMessage extends SentMessage {
  entities: MessageEntity[];
  fileId: string | null;
  isPhoto: boolean;
}

export interface Chats {
  stateOf(chatId: string): ChatState;
  setState(chatId: string, state: ChatState): void;
  /** The chat's id if the bot may speak there. Throws the refusal the real server would give. */
  reachable(chatId: unknown, threadId?: unknown): string;
  /** One counter for all chats, so that a message id names one message. */
  nextMessageId(): number;
  /** Remembers a message that a person sent, so that it can be replied to. */
  addIncoming(chatId: string, messageId: number): void;
  /** Forgets a message that a person sent; says whether it was there. */
  removeIncoming(chatId: string, messageId: number): boolean;
  hasMessage(chatId: string, messageId: number): boolean;
  find(chatId: string, messageId: number): StoredMessage | undefined;
  list(chatId?: string): StoredMessage[];
  /** Keeps a new message and tells the listeners. */
  add(message: StoredMessage): StoredMessage;
  /** Tells the listeners that a kept message has changed. */
  changed(kind: 'edited' | 'deleted', message: StoredMessage): void;
  onChange(listener: (change: MessageChange) => void): () => void;
}

export function openChats(): Chats {
  const states = new Map<string, ChatState>();
  const messages: StoredMessage[] = [];
  const byKey = new Map<string, StoredMessage>();
  const incoming = new Set<string>();
  const listeners = new Set<(change: MessageChange) => void>();
  let lastMessageId = 0;

  const keyOf = (chatId: string, messageId: number): string => `${chatId}/${messageId}`;
  const stateOf = (chatId: string): ChatState => states.get(chatId) ?? 'ok';
  const find = (chatId: string, messageId: number): StoredMessage | undefined => {
    const message = byKey.get(keyOf(chatId, messageId));
    return message?.deleted ? undefined : message;
  };
  const tell = (kind: MessageChange['kind'], message: StoredMessage): void => {
    for (const listener of listeners) listener({ kind, message: snapshot(message) });
  };

  return {
    stateOf,
    setState: (chatId, state) => void states.set(chatId, state),
    reachable: (chatId, threadId) => checkReachable(chatId, threadId, stateOf),
    nextMessageId: () => ++lastMessageId,
    addIncoming(chatId, messageId) {
      incoming.add(keyOf(chatId, messageId));
      lastMessageId = Math.max(lastMessageId, messageId);
    },
    removeIncoming: (chatId, messageId) => incoming.delete(keyOf(chatId, messageId)),
    hasMessage: (chatId, messageId) => incoming.has(keyOf(chatId, messageId)) || find(chatId, messageId) !== undefined,
    find,
    list: (chatId) => messages.filter((message) => chatId === undefined || message.chatId === chatId),
    add(message) {
      messages.push(message);
      byKey.set(keyOf(message.chatId, message.messageId), message);
      tell('sent', message);
      return message;
    },
    changed: tell,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function checkReachable(chatId: unknown, threadId: unknown, stateOf: (chatId: string) => ChatState): string {
  if (typeof chatId !== 'string' || chatId === '') throw badRequest('chat_id is empty');
  if (!/^(?:-?\d{1,19}|@\w{4,32})$/.test(chatId)) throw badRequest('chat not found');
  const state = stateOf(chatId);
  if (state === 'not-found') throw badRequest('chat not found');
  if (state === 'blocked') throw new BotApiRefusal(403, 'Forbidden: bot was blocked by the user');
  if (typeof state === 'object') {
    const parameters = { migrate_to_chat_id: Number(state.migrateTo) };
    throw badRequest('group chat was upgraded to a supergroup chat', parameters);
  }
  if (state === 'no-threads' && threadId !== undefined) throw badRequest('message thread not found');
  return chatId;
}

/** A copy for tests and screens: later edits do not change it. */
export function snapshot(message: StoredMessage): SentMessage {
  const { entities: _entities, fileId: _fileId, isPhoto: _isPhoto, ...seen } = message;
  return { ...seen, history: [...seen.history] };
}

/** A chat's kind by its id, as Telegram numbers them. */
export function chatTypeOf(chatId: string): 'private' | 'group' | 'supergroup' {
  if (chatId.startsWith('-100') || chatId.startsWith('@')) return 'supergroup';
  return chatId.startsWith('-') ? 'group' : 'private';
}

/** The Bot API's `Chat` object. */
export function chatObject(chatId: string, type: string = chatTypeOf(chatId)): object {
  if (chatId.startsWith('@')) return { id: -1_000_000_000_001, type, title: chatId, username: chatId.slice(1) };
  return type === 'private'
    ? { id: Number(chatId), type, first_name: `User ${chatId}` }
    : { id: Number(chatId), type, title: `Chat ${chatId}` };
}
