// The bot's handlers over a home of a test's own: real stores, a clock that the test moves, and a Telegram that writes down what it is asked.

import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { createAccounts } from '../../src/lib/accounts/store.ts';
import { systemDisk } from '../../src/lib/adapters/disk.ts';
import { createForge } from '../../src/lib/adapters/forge.ts';
import { systemGit } from '../../src/lib/adapters/git.ts';
import { silentLog } from '../../src/lib/adapters/log.ts';
import { thisMachine } from '../../src/lib/adapters/machine.ts';
import { systemProcesses } from '../../src/lib/adapters/processes.ts';
import type { TelegramApi } from '../../src/lib/adapters/telegram-api.ts';
import { parseClaudeLine } from '../../src/lib/agents/claude/parse.ts';
import { type ConfigFile, configSchema } from '../../src/lib/config/schema.ts';
import { type FailureReason, TelegramFailure } from '../../src/lib/errors/telegram-failure.ts';
import { noticeKeyboard } from '../../src/lib/notifications/buttons.ts';
import type { Notice } from '../../src/lib/notifications/notification.ts';
import { renderNotice } from '../../src/lib/notifications/render-notice.ts';
import type { OutboxEntry } from '../../src/lib/outbox/entry.ts';
import { createOutbox } from '../../src/lib/outbox/store.ts';
import type { Task } from '../../src/lib/tasks/record.ts';
import { openDialogues } from '../../src/lib/telegram/adding/dialogues.ts';
import { openChats } from '../../src/lib/telegram/chats.ts';
import type {
  Incoming,
  IncomingEdit,
  IncomingMessage,
  IncomingPress,
  Sender,
} from '../../src/lib/telegram/incoming.ts';
import { route } from '../../src/lib/telegram/router.ts';
import { openSentMessages } from '../../src/lib/telegram/sent-messages.ts';
import type { BotParts } from '../../src/lib/telegram/turn.ts';
import { createUsers } from '../../src/lib/users/store.ts';
import { createWorktreeStore } from '../../src/lib/worktrees/store.ts';
import { makeHome, type TestHome } from './home.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { addTask, type TaskFields } from './tasks.ts';

export interface Call {
  method: string;
  request: Record<string, unknown>;
}

/** Text as a person sees it: without the HTML around it. */
export function textIn(request: Record<string, unknown>): string {
  const html = String(request.html ?? request.text ?? '');
  const plain = html.replace(/<[^>]+>/g, '');
  return plain
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
}

export interface BotStage {
  home: TestHome;
  clock: ManualClock;
  parts: BotParts;
  calls: Call[];
  /** The next requests of these methods fail so, one after the other. */
  fails(method: string, ...reasons: FailureReason[]): void;
  /** Files that Telegram has, by their ids. */
  telegramFiles: Map<string, Uint8Array>;
  /** Routes a message and gives the texts that were sent because of it. `plan`: what an earlier attempt had fixed. */
  says(text: string, fields?: Partial<IncomingMessage>, plan?: object | null): Promise<string[]>;
  /** Routes a press, and gives what the presser is told above the chat. */
  presses(data: string, fields?: Partial<IncomingPress>, plan?: object | null): Promise<string>;
  /** Routes the edit of a message, and gives the texts that were sent because of it. */
  edits(text: string, fields?: Partial<IncomingEdit>): Promise<string[]>;
  /** What the latest update has fixed. */
  fixed(): object | null;
  /** Whether of the latest update nothing is to stay. */
  isForgotten(): boolean;
  /** Puts a task on disk; one that waits or runs is in the queue, too. */
  hasTask(fields: TaskFields): Promise<Task>;
  /** The buttons of the latest message that has any, row by row. */
  keyboard(): string[][];
  /** What the outbox holds for a chat, as it will be sent by a bot that hears presses; oldest first. */
  announced(chatId?: string): { text: string; buttons: string[] }[];
  /** Texts that were sent after so many calls. */
  sentSince(count: number): string[];
  /** How often a worker was woken. */
  wakes(): number;
}

export const ada: Sender = { id: '5', name: 'Ada', username: null, languageCode: 'en', isPerson: true };

function fakeApi(calls: Call[], failures: Map<string, FailureReason[]>, files: Map<string, Uint8Array>): TelegramApi {
  let lastId = 1000;
  const answer = async <T>(method: string, request: object, value: T): Promise<T> => {
    calls.push({ method, request: request as Record<string, unknown> });
    const reason = failures.get(method)?.shift();
    if (reason) throw new TelegramFailure(reason, `${method}: ${reason.kind}`);
    return value;
  };
  const methods: Partial<TelegramApi> = {
    botId: '7',
    sendMessage: (request) => answer('sendMessage', request, { messageId: ++lastId }),
    sendDocument: (request) => answer('sendDocument', request, { messageId: ++lastId }),
    answerCallbackQuery: (request) => answer('answerCallbackQuery', request, true),
    editReplyMarkup: (request) => answer('editReplyMarkup', request, undefined),
    deleteMessage: (request) => answer('deleteMessage', request, undefined),
    setMyCommands: (request) => answer('setMyCommands', request, undefined),
    async downloadFile({ fileId }) {
      await answer('downloadFile', { fileId }, undefined);
      const bytes = files.get(fileId);
      if (!bytes) throw new TelegramFailure({ kind: 'gone' }, 'no such file');
      return bytes;
    },
  };
  return methods as TelegramApi;
}

export interface StageRequest {
  config?: ConfigFile;
  /** What `users.json` holds; by default Ada is a user and 9 an admin. */
  users?: Record<string, object>;
}

function openParts(
  home: TestHome,
  clock: ManualClock,
  api: TelegramApi,
  config: ConfigFile,
  wake: () => void,
): BotParts {
  const settings = configSchema.parse(config);
  const users = createUsers({ ...home, clock, settings });
  const accounts = createAccounts({ ...home, clock, disk: systemDisk, env: { HOME: home.outside } });
  const outbox = createOutbox({ ...home, clock, botId: '7' });
  const shared = { ...home, clock, settings, outbox, log: silentLog };
  let lastTs = 0;
  const told = new Set<string>();
  const agents: BotParts['agents'] = {
    get(name) {
      if (name === 'claude') return { canResume: true, warm: {}, parseLine: parseClaudeLine } as never;
      return Object.hasOwn(settings.agents.custom, name) ? ({ canResume: false, warm: null } as never) : null;
    },
    names: () => ['claude'],
    variablesOf: () => ({}),
  };
  return {
    ...shared,
    api,
    me: { id: 7, username: 'workbot' },
    users,
    accounts,
    dialogues: openDialogues({ ...home, clock, log: silentLog }, '7'),
    tryAccount: async ({ name }) => ({ isOk: name !== 'broken', text: 'it was `refused`', status: null }),
    submit: { ...shared, git: systemGit, cwd: home.outside, realPath: fs.realpathSync, isRoot: false },
    control: { ...shared, processes: systemProcesses, agents, usage: users.quotas },
    why: { ...shared, machine: thisMachine },
    approvals: { ...shared, processes: systemProcesses },
    land: { ...shared, git: systemGit, forge: createForge(process.env), worktrees: createWorktreeStore(home) },
    agents,
    sent: openSentMessages(home),
    chats: openChats({ ...home, clock: createManualClock(), log: silentLog }, '7'),
    wake,
    hasWorker: () => false,
    late: { find: () => null, isMade: () => false, run: async () => {} },
    nextTs() {
      lastTs = Math.max(clock.now(), lastTs + 1);
      return lastTs;
    },
    isFirstToday: (id) => !told.has(id) && Boolean(told.add(id)),
    hasEarlier: () => false,
  };
}

function latestKeyboard(calls: readonly Call[]): string[][] {
  const rows = calls.flatMap(({ request }) => {
    const markup = request.markup as { inline_keyboard?: { text: string }[][] } | undefined;
    return markup?.inline_keyboard ? [markup.inline_keyboard] : [];
  });
  return (rows.at(-1) ?? []).map((row) => row.map(({ text }) => text));
}

/** What lies in the outbox for the chat, in the order of the updates that it came from. */
function announcedIn({ files, paths }: TestHome, chatId: string): { text: string; buttons: string[] }[] {
  const folder = path.join(paths.outbox, chatId);
  const names = files.list(folder).filter((name) => !name.startsWith('task-') && name.endsWith('.json'));
  const entries = names.map((name) => JSON.parse(files.read(path.join(folder, name)) ?? '') as OutboxEntry);
  const order = ({ key }: OutboxEntry) => Number(key.split('-').at(-1));
  return entries
    .sort((a, b) => order(a) - order(b))
    .map(({ notification, language }) => {
      const notice = notification as Notice;
      const { messages } = renderNotice(notice, language ?? 'en', true);
      const rows = noticeKeyboard(notice, language ?? 'en')?.inline_keyboard ?? [];
      return { text: messages.map(({ text }) => text).join('\n'), buttons: rows.flat().map(({ text }) => text) };
    });
}

async function putTask(home: TestHome, fields: TaskFields): Promise<Task> {
  const task = await addTask(home, { user_id: '5', telegram_group: '5', ...fields });
  const { task_id: taskId, user_id: user, priority } = task;
  if (task.status === 'pending') await home.queue.add({ taskId, user: user ?? 'local', priority, queuedAt: 1 });
  if (task.status === 'paused') await home.queue.setAside(taskId);
  if (task.status === 'running') await home.files.create(path.join(home.paths.active, taskId), '');
  return task;
}

/** A stage that goes with the test. */
export function openBotStage({ config = {}, users }: StageRequest = {}): BotStage {
  const home = makeHome();
  const clock = createManualClock({ isHasty: true });
  const people = users ?? { 5: { name: 'Ada', enabled: true }, 9: { name: 'Root', enabled: true, role: 'admin' } };
  fs.writeFileSync(home.paths.users, JSON.stringify({ users: people }));
  const calls: Call[] = [];
  const failures = new Map<string, FailureReason[]>();
  const telegramFiles = new Map<string, Uint8Array>();
  let woken = 0;
  const parts = openParts(home, clock, fakeApi(calls, failures, telegramFiles), config, () => void woken++);
  onTestFinished(() => parts.users.settled());
  onTestFinished(() => parts.accounts.settled());
  let [lastUpdate, fixed, isForgotten]: [number, object | null, boolean] = [0, null, false];
  const texts = (from: number) =>
    calls.slice(from).flatMap(({ method, request }) => (method === 'sendMessage' ? [textIn(request)] : []));
  const handle = async (incoming: Incoming, plan: object | null) => {
    const work: (() => Promise<void>)[] = [];
    fixed = plan;
    isForgotten = false;
    await route(parts, incoming, {
      plan,
      async fix(next) {
        fixed = next;
      },
      aside: (job) => void work.push(() => job(new AbortController().signal)),
      forget() {
        isForgotten = true;
      },
    });
    for (const job of work) await job();
  };
  const common = () => ({
    updateId: ++lastUpdate,
    chat: { id: '5', kind: 'private' as const, title: null },
    threadId: null,
    from: ada,
    sentAt: clock.now(),
  });
  return {
    home,
    clock,
    parts,
    calls,
    telegramFiles,
    fails: (method, ...reasons) => void failures.set(method, reasons),
    fixed: () => fixed,
    isForgotten: () => isForgotten,
    wakes: () => woken,
    sentSince: texts,
    keyboard: () => latestKeyboard(calls),
    announced: (chatId = '5') => announcedIn(home, chatId),
    async says(text, fields = {}, plan = null) {
      const from = calls.length;
      const base = {
        kind: 'message' as const,
        messageId: 100 + lastUpdate,
        text,
        files: [],
        albumId: null,
        replyTo: null,
      };
      const flags = { isAddressed: true, isForwarded: false, partOf: [], partMessageIds: [] };
      await handle({ ...common(), ...base, ...flags, ...fields }, plan);
      return texts(from);
    },
    async presses(data, fields = {}, plan = null) {
      const from = calls.length;
      await handle({ ...common(), kind: 'press', pressId: 'p', messageId: 50, data, ...fields }, plan);
      const answer = calls.slice(from).find(({ method }) => method === 'answerCallbackQuery');
      return String(answer?.request.text ?? 'unanswered');
    },
    async edits(text, fields = {}) {
      const from = calls.length;
      await handle({ ...common(), kind: 'edit', messageId: 60, text, ...fields }, null);
      return texts(from);
    },
    hasTask: (fields) => putTask(home, fields),
  };
}
