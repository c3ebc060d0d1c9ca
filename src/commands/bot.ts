/** `ccdispatch bot`: takes what people write to the bot, and answers. */

import { setFlagsFromString } from 'node:v8';
import type { App } from '../app.ts';
import { openAlertWatch } from '../app-alerts.ts';
import { botParts, openInbox, openWaker } from '../app-bot.ts';
import { openDeliverer, secretsOfSettings } from '../app-runs.ts';
import type { Log } from '../lib/adapters/log.ts';
import type { TelegramApi } from '../lib/adapters/telegram-api.ts';
import type { LiveSettings } from '../lib/config/live.ts';
import type { Settings } from '../lib/config/schema.ts';
import { CcdispatchError, fail } from '../lib/errors/errors.ts';
import { createRedactor, secretsOf } from '../lib/errors/redact.ts';
import { TelegramFailure } from '../lib/errors/telegram-failure.ts';
import type { Deliverer } from '../lib/outbox/deliver.ts';
import { createAddingWatch } from '../lib/telegram/adding/watch.ts';
import { botCommands } from '../lib/telegram/commands.ts';
import { createUsersWatch, withFaultsTold } from '../lib/telegram/faults.ts';
import { runIntake } from '../lib/telegram/intake/intake.ts';
import type { Trouble } from '../lib/telegram/intake/poll.ts';
import { setMenus } from '../lib/telegram/menus.ts';
import { isCommand, isControl, route } from '../lib/telegram/router.ts';
import type { BotParts } from '../lib/telegram/turn.ts';

const lockTimeoutMs = 1000;
const redeliverMs = 5000;
const lookEveryMs = 1000;

const isTokenRefused = (error: unknown) => error instanceof TelegramFailure && error.reason.kind === 'token';

/** The bot's own name; without the network it is asked for again until it comes, or the bot is stopped. */
async function whoAmI(
  app: App,
  api: TelegramApi,
  log: Log,
  signal: AbortSignal,
): Promise<{ id: number; username: string } | null> {
  for (let waitMs = 500; !signal.aborted; waitMs = Math.min(waitMs * 2, 30_000)) {
    try {
      return await api.getMe();
    } catch (error) {
      if (isTokenRefused(error)) return refuseToken(error);
      log.warn({ error: String(error) }, 'Telegram cannot be reached');
      app.terminal.say(`ccdispatch bot: Telegram cannot be reached (${(error as Error).message}); trying again.\n`);
      await app.clock.sleep(waitMs, signal);
    }
  }
  return null;
}

function refuseToken(cause: unknown): never {
  throw new CcdispatchError(
    'config',
    'Telegram does not know this bot token.',
    '@BotFather shows yours. Set TELEGRAM_BOT_TOKEN.',
    { cause },
  );
}

function warnIfClosed(app: App, settings: Settings): void {
  const { allowedUserIds, adminIds } = settings.telegram;
  if (allowedUserIds.length + adminIds.length > 0 || app.files.stat(app.paths.users)) return;
  app.terminal.say(
    'ccdispatch bot: nobody may use it yet. Set TELEGRAM_ADMIN_IDS to your Telegram id, or: ccdispatch users add <id>\n',
  );
}

export async function run(app: App): Promise<number> {
  // A bot lives for months and mostly waits: V8 shall stay small, and not keep space for what has passed long ago. It costs
  // a quarter to two fifths more of the processor's time at full throttle, and saves 40 MB after a thousand tasks.
  for (const flag of ['--optimize-for-size', '--semi-space-growth-factor=1']) setFlagsFromString(flag);
  const settings = await app.settings();
  const api = await app.openTelegram(settings.telegram);
  if (!api) return fail('config', 'There is no bot token.', 'Get one from @BotFather and set TELEGRAM_BOT_TOKEN.');
  const accounts = await app.openAccounts();
  const log = await app.openLog(
    'bot',
    createRedactor([...secretsOf(app.env), ...secretsOfSettings(settings), ...accounts.allSecrets()]),
  );
  app.files.makeFolder(app.paths.inbox(api.botId));
  const lock = await app.locks.take(app.paths.botLock(api.botId), 'bot', lockTimeoutMs);
  const stop = app.signals.onStop();
  try {
    const me = await whoAmI(app, api, log, stop);
    if (!me) return 0;
    return await work(app, { settings, api, log, me, stop });
  } finally {
    lock.release();
  }
}

interface Work {
  settings: Settings;
  api: TelegramApi;
  log: Log;
  me: BotParts['me'];
  stop: AbortSignal;
}

/** Answers never wait for the rates that hold for chats, but what is delivered makes room for them. */
function counted(api: TelegramApi, deliverer: Deliverer | null): TelegramApi {
  const count =
    <Request extends { chatId: string }, Result>(ask: (request: Request) => Promise<Result>) =>
    (request: Request) => {
      deliverer?.noteSent(request.chatId);
      return ask(request);
    };
  return {
    ...api,
    sendMessage: count(api.sendMessage),
    sendDocument: count(api.sendDocument),
    editReplyMarkup: count(api.editReplyMarkup),
  };
}

/** Delivers until the signal aborts, whatever goes wrong meanwhile. */
async function deliver(app: App, deliverer: Deliverer | null, log: Log, signal: AbortSignal): Promise<void> {
  while (deliverer && !signal.aborted) {
    try {
      return await deliverer.run(signal);
    } catch (error) {
      log.error({ error: String((error as Error)?.stack ?? error) }, 'delivering failed; it begins again');
      await app.clock.sleep(redeliverMs, signal);
    }
  }
}

/** Follows the files that people edit (the settings, and the file of users, whose faults admins are told), and dialogues that nobody answers. */
async function lookAfterFiles(app: App, live: LiveSettings, parts: BotParts, signal: AbortSignal): Promise<void> {
  const watchUsers = createUsersWatch(parts);
  const watchAdding = createAddingWatch(parts);
  while (!signal.aborted) {
    try {
      await live.refresh();
      await watchUsers();
      await watchAdding();
    } catch (error) {
      parts.log.warn({ error: String(error) }, 'a file that people edit could not be looked at');
    }
    await app.clock.sleep(lookEveryMs, signal);
  }
}

async function work(app: App, { settings, api, log, me, stop }: Work): Promise<number> {
  warnIfClosed(app, settings);
  const live = await app.followSettings((error) =>
    log.error({ error: String(error) }, 'the settings are faulty; the last good ones stay'),
  );
  const { inbox, dialogues } = await openInbox(app, log, api.botId);
  const waker = await openWaker(app, log);
  const deliverer = await openDeliverer(app, settings, log, 'bot');
  const parts = await botParts(app, { api: counted(api, deliverer), me, inbox, dialogues, live, log, waker });
  const end = new AbortController();
  const waking = waker.keepLooking(end.signal);
  const delivering = deliver(app, deliverer, log, end.signal);
  const looking = lookAfterFiles(app, live, parts, end.signal);
  const alerting = openAlertWatch(app, settings, log).then((watch) => watch?.run(end.signal));
  const settingMenus = setMenus(parts, botCommands, end.signal);
  app.terminal.say(`ccdispatch bot: @${me.username} listens. Ctrl-C stops it; what is under way goes on.\n`);
  log.info({ bot: me.username }, 'bot started');
  const outcome = await runIntake({
    api,
    inbox,
    clock: app.clock,
    log,
    signal: stop,
    me: { botId: String(me.id), botName: me.username },
    isControl: (incoming) => isControl(incoming, me.username),
    isCommand: (message) => isCommand(message, me.username),
    handle: withFaultsTold(parts, (incoming, handling) => route(parts, incoming, handling)),
    onTrouble: (trouble) => app.terminal.say(sayTrouble(trouble)),
  });
  end.abort();
  await Promise.all([delivering, looking, waking, alerting, settingMenus]);
  log.info({}, 'bot stopped');
  return outcome === 'token' ? refuseToken(null) : 0;
}

function sayTrouble(trouble: Trouble | null): string {
  if (!trouble) return 'ccdispatch bot: updates come again.\n';
  return `ccdispatch bot: ${trouble.message}\n  ${trouble.hint}\n`;
}
