/** The composition of the bot: intake, handlers and delivery around one token. */

import type { App } from './app.ts';
import { wakeParts } from './app-program.ts';
import { controlParts, openOutbox, submitParts, superviseParts } from './app-runs.ts';
import type { Log } from './lib/adapters/log.ts';
import type { TelegramApi } from './lib/adapters/telegram-api.ts';
import type { Settings } from './lib/config/schema.ts';
import { ensureWorker, livingWorker } from './lib/runs/wake.ts';
import { answerPress } from './lib/telegram/answer-approval.ts';
import { openChats } from './lib/telegram/chats.ts';
import type { Inbox } from './lib/telegram/intake/inbox.ts';
import { recallMessage } from './lib/telegram/intake/recall.ts';
import { routeMessage } from './lib/telegram/router.ts';
import type { BotParts } from './lib/telegram/turn.ts';

export interface BotRequest {
  api: TelegramApi;
  me: { id: number; username: string };
  inbox: Inbox;
  settings: Settings;
  log: Log;
  /** Aborts when the bot is to stop. */
  stop: AbortSignal;
}

/** What the bot's handlers work with, built on the app's own parts. */
export async function botParts(app: App, { api, me, inbox, settings, log, stop }: BotRequest): Promise<BotParts> {
  const tasks = await app.openTasks();
  const users = await app.openUsers(settings);
  const { agents } = await superviseParts(app, settings, log);
  const chats = openChats(app.files, app.paths, api.botId);
  const reader = { botId: String(me.id), botName: me.username };
  const lateMessage = (updateId: number) => recallMessage(inbox, updateId, reader);
  const parts: BotParts = {
    api,
    me,
    users,
    tasks,
    agents,
    queue: app.queue,
    history: app.history,
    outbox: openOutbox(app, settings),
    files: app.files,
    paths: app.paths,
    clock: app.clock,
    log,
    settings,
    submit: await submitParts(app, settings),
    control: await controlParts(app, settings),
    why: { ...app, tasks, queue: app.queue, settings },
    wake: () => void ensureWorker(wakeParts(app)),
    hasWorker: () => livingWorker(app) !== null,
    formerIds: (chatId) => chats.formerIds(chatId),
    migrate: (from, to) => chats.migrate(from, to),
    lateMessage,
    async runLate(updateId) {
      const message = lateMessage(updateId);
      const plan = inbox.find(updateId)?.plan ?? null;
      if (!message || plan === null) return;
      // Its task's id was fixed when it was asked about: pressed twice, it is still one task.
      const now = { ...message, sentAt: app.clock.now() };
      let later: ((signal: AbortSignal) => Promise<void>) | null = null;
      const keepLater = (work: (signal: AbortSignal) => Promise<void>) => {
        later = work;
      };
      await routeMessage(parts, now, { plan, fix: async () => {}, aside: keepLater });
      // The press is done only when the files are there.
      await (later as ((signal: AbortSignal) => Promise<void>) | null)?.(stop);
    },
    answerApproval: (turn, press) => answerPress(turn, press),
  };
  return parts;
}
