/** The table of Bot API methods that the server knows, and the small ones among them. */
import { chatObject, chatTypeOf } from './bot-api-chats.ts';
import {
  deleteMessage,
  editMessageReplyMarkup,
  editMessageText,
  type MessageRoom,
  sendFile,
  sendMessage,
} from './bot-api-messages.ts';
import type { BotParams } from './bot-api-params.ts';
import { badRequest } from './bot-api-refusal.ts';
import type { UpdateQueue } from './bot-api-updates.ts';

/** All that a method may touch. */
export interface MethodRoom extends MessageRoom {
  updates: UpdateQueue;
  /** Callback queries that may still be answered. */
  callbacks: Set<string>;
  /** Command lists by scope and language. */
  commands: Map<string, unknown[]>;
}

type Method = (room: MethodRoom, params: BotParams, gone: AbortSignal) => unknown;

const CHAT_ACTIONS = new Set([
  'choose_sticker',
  'find_location',
  'record_video',
  'record_video_note',
  'record_voice',
  'typing',
  'upload_document',
  'upload_photo',
  'upload_video',
  'upload_video_note',
  'upload_voice',
]);
const MAX_COMMANDS = 100;
const MAX_CALLBACK_ANSWER = 200;

const METHODS: Record<string, Method> = {
  answercallbackquery: answerCallbackQuery,
  deletemessage: deleteMessage,
  deletewebhook: ({ updates }, params) => updates.deleteWebhook(params),
  editmessagereplymarkup: editMessageReplyMarkup,
  editmessagetext: editMessageText,
  getchat: ({ chats }, params) => chatObject(chats.reachable(params.chat_id)),
  getchatmember: getChatMember,
  getfile: ({ files }, params) => files.locate(params.file_id),
  getme: ({ bot }) => bot,
  getmycommands: ({ commands }, params) => commands.get(commandKey(params)) ?? [],
  getupdates: ({ updates }, params, gone) => updates.getUpdates(params, gone),
  getwebhookinfo: ({ updates }) => updates.webhookInfo(),
  sendchataction: sendChatAction,
  senddocument: (room, params) => sendFile(room, params, 'document'),
  sendmessage: sendMessage,
  sendphoto: (room, params) => sendFile(room, params, 'photo'),
  setmycommands: setMyCommands,
  setwebhook: ({ updates }, params) => updates.setWebhook(params),
};

/** The method by its name, in any case as the real server takes it; undefined for one this server does not know. */
export function methodNamed(name: string): Method | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(METHODS, key) ? METHODS[key] : undefined;
}

function answerCallbackQuery({ callbacks }: MethodRoom, params: BotParams): true {
  if (!callbacks.has(String(params.callback_query_id))) {
    throw badRequest('query is too old and response timeout expired or query ID is invalid');
  }
  if (String(params.text ?? '').length > MAX_CALLBACK_ANSWER) throw badRequest('MESSAGE_TOO_LONG');
  return true;
}

function sendChatAction({ chats }: MethodRoom, params: BotParams): true {
  chats.reachable(params.chat_id, params.message_thread_id);
  if (!CHAT_ACTIONS.has(String(params.action))) throw badRequest('wrong parameter action in request');
  return true;
}

function getChatMember({ chats }: MethodRoom, params: BotParams): object {
  const chatId = chats.reachable(params.chat_id);
  if (!/^\d+$/.test(String(params.user_id))) throw badRequest('invalid user_id specified');
  const user = { id: Number(params.user_id), is_bot: false, first_name: `User ${params.user_id}` };
  return { status: chatTypeOf(chatId) === 'private' ? 'creator' : 'member', user };
}

function setMyCommands({ commands }: MethodRoom, params: BotParams): true {
  const list = params.commands;
  if (!Array.isArray(list)) throw badRequest("can't parse commands: expected an Array of BotCommand");
  if (list.length > MAX_COMMANDS) throw badRequest('BOT_COMMANDS_TOO_MUCH');
  for (const { command, description } of list as { command?: unknown; description?: unknown }[]) {
    if (typeof command !== 'string' || !/^[a-z\d_]{1,32}$/.test(command)) throw badRequest('BOT_COMMAND_INVALID');
    if (typeof description !== 'string' || description === '' || description.length > 256) {
      throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID');
    }
  }
  commands.set(commandKey(params), list);
  return true;
}

function commandKey({ scope, language_code }: BotParams): string {
  return JSON.stringify([scope ?? { type: 'default' }, language_code ?? '']);
}
