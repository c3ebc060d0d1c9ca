/** `ccdispatch bot`: takes what people write to the bot, and answers. */

import type { App } from '../app.ts';
import { botParts } from '../app-bot.ts';
import { openDeliverer, secretsOfSettings } from '../app-runs.ts';
import type { Log } from '../lib/adapters/log.ts';
import type { TelegramApi } from '../lib/adapters/telegram-api.ts';
import type { LiveSettings } from '../lib/config/live.ts';
import type { Settings } from '../lib/config/schema.ts';
import { CcdispatchError, fail } from '../lib/errors/errors.ts';
import { createRedactor, secretsOf } from '../lib/errors/redact.ts';
import { TelegramFailure } from '../lib/errors/telegram-failure.ts';
import type { Deliverer } from '../lib/outbox/deliver.ts';
import { botCommands } from '../lib/telegram/commands.ts';
import { createUsersWatch, withFaultsTold } from '../lib/telegram/faults.ts';
import { createInbox } from '../lib/telegram/intake/inbox.ts';
import { runIntake } from '../lib/telegram/intake/intake.ts';
import type { Trouble } from '../lib/telegram/intake/poll.ts';
import { setMenus } from '../lib/telegram/menus.ts';
import { isControl, route } from '../lib/telegram/router.ts';
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
  const settings = await app.settings();
  const api = await app.openTelegram(settings.telegram);
  if (!api) return fail('config', 'There is no bot token.', 'Get one from @BotFather and set TELEGRAM_BOT_TOKEN.');
  const log = await app.openLog('bot', createRedactor([...secretsOf(app.env), ...secretsOfSettings(settings)]));
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

/** Follows the files that people edit: the settings, and the file of users, whose faults admins are told. */
async function lookAfterFiles(app: App, live: LiveSettings, parts: BotParts, signal: AbortSignal): Promise<void> {
  const watchUsers = createUsersWatch(parts);
  while (!signal.aborted) {
    try {
      await live.refresh();
      await watchUsers();
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
  const inbox = createInbox({ ...app, log, botId: api.botId });
  const parts = await botParts(app, { api, me, inbox, live, log });
  const end = new AbortController();
  const delivering = deliver(app, await openDeliverer(app, settings, log, 'bot'), log, end.signal);
  const looking = lookAfterFiles(app, live, parts, end.signal);
  void setMenus(parts, botCommands).catch((error) => log.warn({ error: String(error) }, 'the menus were not set'));
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
    handle: withFaultsTold(parts, (incoming, handling) => route(parts, incoming, handling)),
    onTrouble: (trouble) => app.terminal.say(sayTrouble(trouble)),
  });
  end.abort();
  await Promise.all([delivering, looking]);
  log.info({}, 'bot stopped');
  return outcome === 'token' ? refuseToken(null) : 0;
}

function sayTrouble(trouble: Trouble | null): string {
  if (!trouble) return 'ccdispatch bot: updates come again.\n';
  return `ccdispatch bot: ${trouble.message}\n  ${trouble.hint}\n`;
}
