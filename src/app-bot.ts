/** The composition of the bot: intake, handlers and delivery around one token. */

import type { App } from './app.ts';
import { callWith } from './app-accounts.ts';
import { wakeParts } from './app-program.ts';
import { controlParts, openOutbox, submitParts, superviseParts } from './app-runs.ts';
import { landParts } from './app-worktrees.ts';
import type { Log } from './lib/adapters/log.ts';
import type { TelegramApi } from './lib/adapters/telegram-api.ts';
import type { LiveSettings } from './lib/config/live.ts';
import type { Settings } from './lib/config/schema.ts';
import { dayOf } from './lib/format/day.ts';
import { createResumeTimes } from './lib/runs/waiting/resume-times.ts';
import { ensureWorker, livingWorker } from './lib/runs/worker/wake.ts';
import { createWaker, type Waker } from './lib/runs/worker/waker.ts';
import { createSessionStore } from './lib/sessions/store.ts';
import { readSummary } from './lib/tasks/summary.ts';
import { type Dialogues, openDialogues, privacyOf } from './lib/telegram/adding/dialogues.ts';
import { openChats } from './lib/telegram/chats.ts';
import type { IncomingMessage } from './lib/telegram/incoming.ts';
import { createInbox, type Inbox, removeUnfinished } from './lib/telegram/intake/inbox.ts';
import { readEntry, recallMessage } from './lib/telegram/intake/recall.ts';
import { isMade } from './lib/telegram/late.ts';
import { isControl, routeMessage } from './lib/telegram/router.ts';
import { openSentMessages } from './lib/telegram/sent-messages.ts';
import { asPlan, type BotParts, type ChosenMeaning, type LateMessages } from './lib/telegram/turn.ts';

export interface BotRequest {
  api: TelegramApi;
  me: { id: number; username: string };
  inbox: Inbox;
  dialogues: Dialogues;
  live: LiveSettings;
  log: Log;
  waker: Pick<Waker, 'wake'>;
}

/** A worker is started so long before a paused task goes on by itself. */
const resumesWithinMs = 60_000;

/** The updates of the bot, and the dialogues that decide which of them are sealed; for who holds the bot's lock. */
export async function openInbox(app: App, log: Log, botId: string): Promise<{ inbox: Inbox; dialogues: Dialogues }> {
  const { safe } = await app.openAccounts();
  removeUnfinished(app.files, app.paths.inbox(botId));
  const dialogues = openDialogues({ ...app, log }, botId);
  return { dialogues, inbox: createInbox({ ...app, log, botId, privacy: privacyOf(dialogues, safe, botId) }) };
}

/** What starts a worker for the bot's tasks, and for those that a worker has left behind. */
export async function openWaker(app: App, log: Log): Promise<Waker> {
  const { queue, clock } = app;
  const resumeTimes = createResumeTimes({ ...app, tasks: await app.openTasks(), log, resume: async () => {} });
  const goesOnSoon = () => (resumeTimes.next() ?? Number.POSITIVE_INFINITY) <= clock.now() + resumesWithinMs;
  // Once nobody works any more, whom they wait for has ended, or will not go on by itself.
  const hasHeld = () =>
    queue.aside().some((taskId) => readSummary(app.files, app.paths, taskId)?.reason === 'conflict');
  const hasWork = () => queue.waiting().length + queue.active().length > 0 || goesOnSoon() || hasHeld();
  return createWaker({
    clock,
    log,
    look: () => void ensureWorker(wakeParts(app)),
    isNeeded: () => livingWorker(app) === null && hasWork(),
  });
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
export async function botParts(
  app: App,
  { api, me, inbox, dialogues, live, log, waker }: BotRequest,
): Promise<BotParts> {
  const settings = viewOf(live);
  const tasks = await app.openTasks();
  const { agents, pool } = await superviseParts(app, settings, log, live);
  const chats = openChats({ ...app, log }, api.botId);
  const outbox = openOutbox(app, settings);
  const parts: BotParts = {
    api,
    me,
    users: await app.openUsers(settings),
    accounts: await app.openAccounts(),
    tryAccount: (account, signal) => callWith(app, account, signal),
    dialogues,
    tasks,
    agents,
    queue: app.queue,
    outbox,
    history: app.history,
    files: app.files,
    paths: app.paths,
    clock: app.clock,
    log,
    settings,
    submit: await submitParts(app, settings),
    control: await controlParts(app, settings),
    sessions: createSessionStore(app),
    why: { ...app, tasks, queue: app.queue, settings, pool },
    approvals: { ...app, tasks, outbox },
    land: await landParts(app),
    sent: openSentMessages(app),
    wake: waker.wake,
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
    isMade(updateId) {
      const plan = asPlan(inbox.find(updateId)?.plan ?? null);
      return isMade({ parts: parts(), plan, asked: { updateId } });
    },
    async run(updateId, aside, chosen = {}) {
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
      const handling = { plan, fix: async () => {}, aside: setAside, forget: () => {} };
      const sent = { ...answering(message, chosen), sentAt: app.clock.now() };
      await routeMessage(parts(), sent, handling).finally(() => isAside || done());
    },
  };
}

/** The message with the meaning that its sender chose for it. */
function answering(message: IncomingMessage, { goesOnWith: taskId, meant }: ChosenMeaning): IncomingMessage {
  const chosen = meant === undefined ? message : { ...message, meant };
  if (taskId === undefined) return chosen;
  return { ...chosen, replyTo: taskId === null ? null : { messageId: 0, isOurs: true, text: taskId } };
}

function hasEarlier({ inbox, me }: Kept, asked: Parameters<BotParts['hasEarlier']>[0]): boolean {
  return inbox.pending().some((entry) => {
    const incoming = entry.update_id < asked.updateId ? readEntry(entry, readerOf(me)) : null;
    if (incoming?.kind !== 'message' || incoming.files.length > 0 || isControl(incoming, me.username)) return false;
    return incoming.chat.id === asked.chat.id && incoming.from.id === asked.from.id;
  });
}
