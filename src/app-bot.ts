/** The composition of the bot: intake, handlers and delivery around one token. */

import type { App } from './app.ts';
import { wakeParts } from './app-program.ts';
import { controlParts, openOutbox, submitParts, superviseParts } from './app-runs.ts';
import type { Log } from './lib/adapters/log.ts';
import type { TelegramApi } from './lib/adapters/telegram-api.ts';
import type { LiveSettings } from './lib/config/live.ts';
import type { Settings } from './lib/config/schema.ts';
import { ensureWorker, livingWorker } from './lib/runs/wake.ts';
import { openChats } from './lib/telegram/chats.ts';
import type { Inbox } from './lib/telegram/intake/inbox.ts';
import { readEntry, recallMessage } from './lib/telegram/intake/recall.ts';
import { isControl, routeMessage } from './lib/telegram/router.ts';
import { openSentMessages } from './lib/telegram/sent-messages.ts';
import type { BotParts, LateMessages } from './lib/telegram/turn.ts';
import { dayOf } from './lib/users/day.ts';

export interface BotRequest {
  api: TelegramApi;
  me: { id: number; username: string };
  inbox: Inbox;
  live: LiveSettings;
  log: Log;
}

/** The settings as they are whenever somebody looks. */
export function viewOf(live: LiveSettings): Settings {
  const view = {} as Settings;
  for (const key of Object.keys(live.current())) {
    Object.defineProperty(view, key, { enumerable: true, get: () => live.current()[key as keyof Settings] });
  }
  return view;
}

/** What the bot's handlers work with, built on the app's own parts. */
export async function botParts(app: App, { api, me, inbox, live, log }: BotRequest): Promise<BotParts> {
  const settings = viewOf(live);
  const tasks = await app.openTasks();
  const { agents } = await superviseParts(app, settings, log, live);
  const chats = openChats({ ...app, log }, api.botId);
  const outbox = openOutbox(app, settings);
  const parts: BotParts = {
    api,
    me,
    users: await app.openUsers(settings),
    tasks,
    agents,
    queue: app.queue,
    history: app.history,
    files: app.files,
    paths: app.paths,
    clock: app.clock,
    log,
    settings,
    submit: await submitParts(app, settings),
    control: await controlParts(app, settings),
    why: { ...app, tasks, queue: app.queue, settings },
    approvals: { ...app, tasks, outbox },
    sent: openSentMessages(app),
    wake: () => void ensureWorker(wakeParts(app)),
    hasWorker: () => livingWorker(app) !== null,
    chats,
    late: lateMessages(app, { inbox, me }, () => parts),
    nextTs: countUp(() => app.clock.now()),
    isFirstToday: oncePerDay(() => app.clock.now()),
    hasEarlier: (asked) => hasEarlier({ inbox, me }, asked),
  };
  return parts;
}

/** Milliseconds since 1970, each time later than before. */
function countUp(now: () => number): () => number {
  let last = 0;
  return () => {
    last = Math.max(now(), last + 1);
    return last;
  };
}

function oncePerDay(now: () => number): (mark: string) => boolean {
  let [day, marks] = ['', new Set<string>()];
  return (mark) => {
    const today = dayOf(now(), null);
    if (today !== day) [day, marks] = [today, new Set()];
    const isFirst = !marks.has(mark);
    marks.add(mark);
    return isFirst;
  };
}

const readerOf = (me: BotParts['me']) => ({ botId: String(me.id), botName: me.username });

type Kept = Pick<BotRequest, 'inbox' | 'me'>;

function lateMessages(app: App, { inbox, me }: Kept, parts: () => BotParts): LateMessages {
  const underWay = new Set<number>();
  return {
    find: (updateId) => recallMessage(inbox, updateId, readerOf(me)),
    async run(updateId, aside) {
      const message = recallMessage(inbox, updateId, readerOf(me));
      const plan = inbox.find(updateId)?.plan ?? null;
      if (!message || plan === null || underWay.has(updateId)) return;
      underWay.add(updateId);
      const done = () => underWay.delete(updateId);
      let isAside = false;
      const setAside: typeof aside = (work) => {
        isAside = true;
        aside((signal) => work(signal).finally(done));
      };
      // Its task's id was fixed when it was asked about: pressed twice, it is still one task.
      const handling = { plan, fix: async () => {}, aside: setAside };
      await routeMessage(parts(), { ...message, sentAt: app.clock.now() }, handling).finally(() => isAside || done());
    },
  };
}

function hasEarlier({ inbox, me }: Kept, asked: Parameters<BotParts['hasEarlier']>[0]): boolean {
  return inbox.pending().some((entry) => {
    const incoming = entry.update_id < asked.updateId ? readEntry(entry, readerOf(me)) : null;
    if (incoming?.kind !== 'message' || incoming.files.length > 0 || isControl(incoming, me.username)) return false;
    return incoming.chat.id === asked.chat.id && incoming.from.id === asked.from.id;
  });
}
