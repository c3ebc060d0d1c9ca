/** A stand-in for Telegram's Bot API on loopback, as strict as the real one, with faults on demand and a person's side to play. */
import { randomUUID } from 'node:crypto';
import {
  type ChatState,
  chatObject,
  type MessageChange,
  openChats,
  type SentMessage,
  snapshot,
} from './bot-api-chats.ts';
import { answerWithFault, type BotFault, type FaultPlan, sendRefusal } from './bot-api-faults.ts';
import { openBotFiles } from './bot-api-files.ts';
import { messageObject } from './bot-api-messages.ts';
import { type MethodRoom, methodNamed } from './bot-api-methods.ts';
import { type BotParams, readParams } from './bot-api-params.ts';
import { BotApiRefusal } from './bot-api-refusal.ts';
import { openUpdateQueue } from './bot-api-updates.ts';
import { type LoopbackExchange, startLoopback } from './loopback.ts';

export type { ChatState, MessageChange, SentMessage } from './bot-api-chats.ts';
export type { BotFault, FaultPlan } from './bot-api-faults.ts';

/** One call as it came in; uploads appear in `params` as `{name, bytes}`. */
export interface BotRequest {
  method: string;
  params: BotParams;
  /** Milliseconds since 1970. */
  at: number;
  fault: BotFault | null;
}

/** The person behind an update; an id alone is enough. */
export interface Sender {
  id: number;
  first_name?: string;
  username?: string;
  language_code?: string;
  is_bot?: boolean;
}

export interface TextOptions {
  from?: Sender | number;
  messageId?: number;
  replyTo?: number;
  /** Makes it a message of a topic. */
  threadId?: number;
  /** `private`, `group`, `supergroup` or `channel`; by default what the chat's id says. */
  chatType?: string;
}

export interface BotApiServer {
  /** The API root, without a slash at the end. */
  url: string;
  token: string;
  requests: readonly BotRequest[];
  /** Copies of what the bot sent, oldest first, deleted ones included. */
  messages(chatId?: string | number): SentMessage[];
  /** Every request asks the plan; `null` ends the faults. */
  setFaults(plan: FaultPlan | null): void;
  setChat(chatId: string | number, state: ChatState): void;
  /** Calls the listener at each change; gives the function that ends it. */
  onChange(listener: (change: MessageChange) => void): () => void;
  /** Queues an update of any kind; gives its `update_id`. A message in it can be replied to. */
  pushUpdate(update: object): number;
  /** The number of the next message, whoever sends it, for an update that is made by hand. */
  nextMessageId(): number;
  /** A person writes in a chat. */
  pushText(chatId: string | number, text: string, options?: TextOptions): number;
  /** A person presses a button of a message; `id` names the press, for its answer. */
  pushCallback(chatId: string | number, messageId: number, data: string, from?: Sender | number, id?: string): number;
  /** Makes a file that `getFile` knows; gives its `file_id`. */
  addFile(name: string, bytes: Buffer): string;
  close(): Promise<void>;
}

const DEFAULT_TOKEN = '7000000001:AAH-loopback_token_for_tests_and_demo00';

/** Starts the server. Every chat id exists until `setChat` says otherwise. */
export async function startBotApiServer(options: { token?: string; port?: number } = {}): Promise<BotApiServer> {
  const token = options.token ?? DEFAULT_TOKEN;
  const requests: BotRequest[] = [];
  let faults: FaultPlan | null = null;
  const room = makeRoom(token);

  const loopback = await startLoopback(async (exchange) => {
    const { response, url, gone } = exchange;
    try {
      const call = route(url.pathname, token);
      if (call.kind === 'file') {
        const bytes = room.files.read(call.path);
        if (bytes === null) throw new BotApiRefusal(404, 'Not Found');
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
        return;
      }
      await serveMethod(exchange, call.method, room, requests, (params) => faults?.(call.method, params) ?? null);
    } catch (error) {
      if (!(error instanceof BotApiRefusal) || gone.aborted) throw error;
      sendRefusal(response, error);
    }
  }, options.port);

  return {
    url: loopback.url,
    token,
    requests,
    messages: (chatId) => room.chats.list(chatId === undefined ? undefined : String(chatId)).map(snapshot),
    setFaults(plan) {
      faults = plan;
    },
    setChat: (chatId, state) => room.chats.setState(String(chatId), state),
    onChange: (listener) => room.chats.onChange(listener),
    pushUpdate(update) {
      const { message } = update as { message?: { message_id?: unknown; chat?: { id?: unknown } } };
      if (typeof message?.message_id === 'number') room.chats.addIncoming(String(message.chat?.id), message.message_id);
      return room.updates.push({ ...update });
    },
    nextMessageId: () => room.chats.nextMessageId(),
    pushText: (chatId, text, textOptions) => pushText(room, String(chatId), text, textOptions),
    pushCallback: (chatId, messageId, data, from, id) => pushCallback(room, String(chatId), messageId, data, from, id),
    addFile: (name, bytes) => room.files.add(name, bytes),
    close: () => loopback.close(),
  };
}

function makeRoom(token: string): MethodRoom {
  const id = Number(token.split(':')[0]);
  return {
    bot: {
      id,
      is_bot: true,
      first_name: 'ccdispatch',
      username: 'ccdispatch_bot',
      can_join_groups: true,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
    },
    chats: openChats(),
    files: openBotFiles(),
    updates: openUpdateQueue(),
    callbacks: new Set(),
    commands: new Map(),
  };
}

type Call = { kind: 'file'; path: string } | { kind: 'method'; method: string };

/** 404 for what is no token at all, 401 for another bot's, as Telegram tells them apart. */
function route(pathname: string, token: string): Call {
  const match = /^(\/file)?\/bot([^/]+)\/(.+)$/.exec(pathname);
  const given = decodeURIComponent(match?.[2] ?? '');
  if (match === null || !/^\d+:[\w-]{10,}$/.test(given)) throw new BotApiRefusal(404, 'Not Found');
  if (given !== token) throw new BotApiRefusal(401, 'Unauthorized');
  const rest = match[3] ?? '';
  return match[1] === undefined ? { kind: 'method', method: rest } : { kind: 'file', path: rest };
}

async function serveMethod(
  { request, response, url, body, gone }: LoopbackExchange,
  name: string,
  room: MethodRoom,
  requests: BotRequest[],
  pickFault: (params: BotParams) => BotFault | null,
): Promise<void> {
  const method = methodNamed(name);
  if (method === undefined) throw new BotApiRefusal(404, 'Not Found: method not found');
  const params = await readParams(url, request.headers, body);
  const fault = pickFault(params);
  requests.push({ method: name, params, at: Date.now(), fault });
  await answerWithFault(fault, response, gone, async () => method(room, params, gone));
}

function pushText(room: MethodRoom, chatId: string, text: string, options: TextOptions = {}): number {
  const messageId = options.messageId ?? room.chats.nextMessageId();
  room.chats.addIncoming(chatId, messageId);
  const chat = chatObject(chatId, options.chatType);
  const command = /^\/\w+(?:@\w+)?/.exec(text)?.[0];
  const date = Math.floor(Date.now() / 1000);
  const message = {
    message_id: messageId,
    from: senderOf(chatId, options.from),
    chat,
    date,
    text,
    ...(command ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] } : {}),
    ...(options.threadId === undefined ? {} : { message_thread_id: options.threadId, is_topic_message: true }),
    ...(options.replyTo === undefined ? {} : { reply_to_message: repliedTo(room, chatId, options.replyTo) }),
  };
  return room.updates.push({ message });
}

function pushCallback(
  room: MethodRoom,
  chatId: string,
  messageId: number,
  data: string,
  from?: Sender | number,
  id: string = randomUUID(),
): number {
  room.callbacks.add(id);
  const message = repliedTo(room, chatId, messageId);
  const query = { id, from: senderOf(chatId, from), message, chat_instance: chatId, data };
  return room.updates.push({ callback_query: query });
}

/** The message object where the bot sent it; else, as for old messages, an inaccessible one with date 0. */
function repliedTo(room: MethodRoom, chatId: string, messageId: number): object {
  const message = room.chats.find(chatId, messageId);
  return message === undefined
    ? { message_id: messageId, chat: chatObject(chatId), date: 0 }
    : messageObject(room, message);
}

function senderOf(chatId: string, from?: Sender | number): object {
  const given = typeof from === 'number' ? { id: from } : from;
  const id = chatId.startsWith('-') || chatId.startsWith('@') ? 1001 : Number(chatId);
  return { id, is_bot: false, first_name: 'Ada', language_code: 'en', ...given };
}
