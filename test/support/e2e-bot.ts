// The bot in an end-to-end scene: our program as a process, and people who write in chats, press buttons and read answers.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { BotRequest, SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import type { Session } from '../../src/lib/sessions/record.ts';
import { isRunning, type Scene, type SceneRequest, startScene, until } from './e2e.ts';
import { program } from './run-command.ts';

/** A person as Telegram tells of one. */
export interface Somebody {
  id: number;
  name?: string;
  language?: string;
  isBot?: boolean;
}

export interface SayOptions {
  /** Where; the private chat by default. */
  chat?: string;
  replyTo?: SentMessage | number;
  thread?: number;
  /** When it was sent, in milliseconds before now. */
  agoMs?: number;
  /** Laid over Telegram's message. */
  fields?: Record<string, unknown>;
}

export interface BotProcess {
  pid: number;
  /** What it has said on standard error so far. */
  said(): string;
  /** Kills it with SIGKILL. */
  kill(): Promise<void>;
  /** Asks it to stop; gives its exit code. */
  stop(): Promise<number | null>;
  /** Waits for its end; gives its exit code. */
  ended: Promise<number | null>;
}

export interface BotScene extends Scene {
  /** Starts a bot, and waits until it listens (`isHeard: false`: not even that). */
  startBot(options?: { isHeard?: boolean; env?: Record<string, string> }): Promise<BotProcess>;
  /** Somebody writes; gives the message's id. */
  says(who: Somebody, text: string, options?: SayOptions): number;
  /** Somebody presses the button with this text; gives what he is told above the chat, empty where nothing. */
  presses(who: Somebody, message: SentMessage, button: string | RegExp): Promise<string>;
  /** Somebody's client sends this as the data of a button. */
  pressesData(who: Somebody, message: Pick<SentMessage, 'chatId' | 'messageId'>, data: string): Promise<string>;
  /** Waits for a message of the bot whose latest text fits; the newest one. `after`: only later ones count. */
  hears(chat: string | number, text: string | RegExp, after?: SentMessage | number): Promise<SentMessage>;
  /** Everything that stands in a chat now. */
  texts(chat: string | number): string[];
  /** Waits until all updates that were pushed are acted on. */
  quiet(timeoutMs?: number): Promise<void>;
  /** Waits for the only result of the chat's newest task. */
  resultIn(chat: string): Promise<SentMessage>;
  /** Ids of the tasks of a chat, oldest first. */
  tasksOf(chat: string): string[];
}

export const admin: Somebody = { id: 900, name: 'Root', language: 'en' };

/** The texts of a message's buttons, row by row. */
export function buttonsOf(message: SentMessage): { text: string; callback_data: string }[] {
  const markup = message.markup as { inline_keyboard?: { text: string; callback_data: string }[][] } | null;
  return (markup?.inline_keyboard ?? []).flat();
}

const fits = (text: string, wanted: string | RegExp) =>
  typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);

const senderOf = ({ id, name, language, isBot }: Somebody) => ({
  id,
  is_bot: isBot ?? false,
  first_name: name ?? `Person ${id}`,
  language_code: language ?? 'en',
});

function startProcess(scene: Scene, env: Record<string, string>): BotProcess & { hasSaid(text: string): boolean } {
  const child = spawn(process.execPath, [program, 'bot'], {
    cwd: scene.folder,
    env: { ...scene.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', (exitCode) => resolve(exitCode)));
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await ended;
  };
  return {
    pid: child.pid as number,
    said: () => said,
    hasSaid: (text) => said.includes(text),
    kill: async () => void (await end('SIGKILL')),
    stop: async () => await end('SIGTERM'),
    ended,
  };
}

/** The inbox of the scene's bot: names of updates that are not acted on. */
export function pendingUpdates(scene: Scene): string[] {
  const inbox = path.join(scene.home, 'inbox', botIdOf(scene));
  return fs.existsSync(inbox) ? fs.readdirSync(inbox).filter((name) => /^\d+\.json$/.test(name)) : [];
}

/** Telegram's message, as somebody's client makes it. */
function messageOf(scene: Scene, who: Somebody, text: string, messageId: number, options: SayOptions): object {
  const { chat = String(who.id), replyTo, thread, agoMs = 0, fields } = options;
  const type = chat.startsWith('-100') ? 'supergroup' : chat.startsWith('-') ? 'group' : 'private';
  const answered = typeof replyTo === 'number' ? replyTo : replyTo?.messageId;
  const ours = scene.bot.messages(chat).find((one) => one.messageId === answered);
  const author = ours ? { id: Number(botIdOf(scene)), is_bot: true } : { id: who.id, is_bot: false };
  const reply = { message_id: answered, from: author, chat: { id: Number(chat), type }, date: 0, text: ours?.text };
  return {
    message_id: messageId,
    from: senderOf(who),
    chat: { id: Number(chat), type, ...(type === 'private' ? { first_name: who.name } : { title: 'Group' }) },
    date: Math.floor((Date.now() - agoMs) / 1000),
    ...(text ? { text } : {}),
    ...(thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true }),
    ...(answered === undefined ? {} : { reply_to_message: reply }),
    ...fields,
  };
}

const botIdOf = (scene: Scene) => scene.bot.token.split(':')[0] as string;

type Actions = Pick<BotScene, 'says' | 'presses' | 'pressesData' | 'quiet'>;

/** What people do. */
function actionsFor(scene: Scene): Actions {
  const pushed = new Set<number>();
  const actions: Actions = {
    says(who, text, options = {}) {
      const messageId = scene.bot.nextMessageId();
      pushed.add(scene.bot.pushUpdate({ message: messageOf(scene, who, text, messageId, options) }));
      return messageId;
    },
    async presses(who, message, button) {
      const found = buttonsOf(message).find(({ text }) => fits(text, button));
      if (!found) throw new Error(`no button ${button} under: ${message.text}`);
      return await actions.pressesData(who, message, found.callback_data);
    },
    async pressesData(who, { chatId, messageId }, data) {
      const id = randomUUID();
      pushed.add(scene.bot.pushCallback(chatId, messageId, data, senderOf(who), id));
      const isAnswer = ({ params }: BotRequest) => params.callback_query_id === id;
      const answer = await until(`an answer to a press on ${data}`, () => scene.bot.requests.find(isAnswer));
      return String(answer.params.text ?? '');
    },
    async quiet(timeoutMs) {
      const done = path.join(scene.home, 'inbox', botIdOf(scene), 'done');
      const isQuiet = () => {
        const names = new Set(fs.existsSync(done) ? fs.readdirSync(done) : []);
        return [...pushed].every((id) => names.has(`${id}.json`)) && pendingUpdates(scene).length === 0;
      };
      await until('all updates to be acted on', isQuiet, timeoutMs);
    },
  };
  return actions;
}

/** What people see. */
function looksFor(scene: Scene): Pick<BotScene, 'hears' | 'texts' | 'resultIn' | 'tasksOf'> {
  const standing = (chat: string | number) => scene.bot.messages(chat).filter(({ deleted }) => !deleted);
  const texts = (chat: string | number) => standing(chat).map(({ text }) => text);
  return {
    texts,
    async hears(chat, wanted, after) {
      const since = typeof after === 'number' ? after : (after?.messageId ?? 0);
      const look = () => standing(chat).findLast(({ messageId, text }) => messageId > since && fits(text, wanted));
      return await until(`${wanted} in ${chat}`, look).catch((error) => {
        throw new Error(`${error.message}; there is:\n${texts(chat).join('\n---\n')}`);
      });
    },
    async resultIn(chat) {
      await scene.ended(await scene.latestOf(chat));
      await scene.told(chat);
      return scene.results(chat).at(-1) as SentMessage;
    },
    tasksOf(chat) {
      const folder = path.join(scene.home, 'tasks', chat);
      const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      return names.filter((name) => name.startsWith('task-')).sort();
    },
  };
}

/** The sessions of a scene, oldest first, with what stands in their records. */
export function sessionsOf({ home }: Pick<Scene, 'home'>): Session[] {
  const folder = path.join(home, 'sessions');
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.startsWith('session-')) : [];
  const read = (name: string) => fs.readFileSync(path.join(folder, name, 'session.json'), 'utf8');
  const sessions = names.map((name) => JSON.parse(read(name)) as Session);
  return sessions.sort((a, b) => a.created_at.localeCompare(b.created_at));
}

/** Ends all sessions of a scene, whose agents would stay, and waits until they have left. */
async function endSessions(scene: Scene): Promise<void> {
  const open = sessionsOf(scene).filter(({ ended_at }) => ended_at === null);
  if (open.length === 0) return;
  const { exitCode, stderr } = await scene.cli(['sessions', 'end', ...open.map(({ session_id }) => session_id)]);
  if (exitCode !== 0) throw new Error(`the sessions did not end: ${stderr}`);
  await until(
    'the end of all agents of sessions',
    () => !sessionsOf(scene).some(({ pid }) => pid !== null && isRunning(pid)),
  );
}

/** A scene with a bot that knows its admin; `users` are people of the settings. */
export async function startBotScene(request: SceneRequest & { users?: Somebody[] } = {}): Promise<BotScene> {
  const { users = [], config, ...rest } = request;
  const telegram = { adminIds: [String(admin.id)], allowedUserIds: users.map(({ id }) => String(id)) };
  const scene = await startScene({
    ...rest,
    config: { ...config, telegram: { ...telegram, ...config?.telegram } },
  });
  const bots: BotProcess[] = [];
  return {
    ...scene,
    ...actionsFor(scene),
    ...looksFor(scene),
    async startBot({ isHeard = true, env = {} } = {}) {
      const bot = startProcess(scene, env);
      bots.push(bot);
      if (isHeard) await until('the bot to listen', () => bot.hasSaid('listens') || !isRunning(bot.pid));
      if (isHeard && !bot.hasSaid('listens')) throw new Error(`the bot did not listen: ${bot.said()}`);
      return bot;
    },
    async close() {
      // What fails here is not to leave processes behind.
      const ended = await endSessions(scene).then(
        () => null,
        (error: unknown) => error,
      );
      for (const bot of bots) await bot.stop();
      await scene.close();
      if (ended !== null) throw ended;
    },
  };
}
