/** The composition of what admins are told unasked: facts from the app's own parts, looked at by the worker and by the bot. */

import { join } from 'node:path';
import type { App } from './app.ts';
import { botIdOf, openOutbox } from './app-runs.ts';
import type { Log } from './lib/adapters/log.ts';
import type { Settings } from './lib/config/schema.ts';
import { type AlertWatch, createAlertWatch } from './lib/metrics/alert-watch.ts';
import type { AlertFacts } from './lib/metrics/alerts.ts';
import { oldestWaitingMs } from './lib/outbox/oldest.ts';
import { mayAdminister } from './lib/users/rights.ts';

/** So many runs are looked at at most: a busy hour has fewer. */
const latestRuns = 1000;
const hourMs = 3_600_000;

/** A question lies in the outbox until somebody answers it. */
const isQuestion = (key: string) => /\.(question-|conflict$)/.test(key);

/** For how long the oldest update that was taken has not been acted on, in milliseconds. */
function oldestUpdateMs({ files, paths, clock }: App, botId: string): number {
  const folder = paths.inbox(botId);
  const taken = files
    .list(folder)
    .filter((name) => /^\d+\.json$/.test(name))
    .flatMap((name) => files.stat(join(folder, name))?.modifiedAt ?? []);
  return taken.length > 0 ? clock.now() - Math.min(...taken) : 0;
}

/** Null where there is nobody to tell: without a bot. */
export async function openAlertWatch(app: App, settings: Settings, log: Log): Promise<AlertWatch | null> {
  const botId = botIdOf(settings);
  if (botId === null) return null;
  const [accounts, users] = [await app.openAccounts(), await app.openUsers(settings)];
  const facts = (): AlertFacts => {
    const now = app.clock.now();
    const since = new Date(now - hourMs).toISOString();
    const ended = app.history.latest(latestRuns).filter(({ ended_at }) => ended_at >= since);
    return {
      accounts: accounts
        .list()
        .map(({ name, active, model }) => ({ name, active, model, state: accounts.state(name) })),
      outcomes: ended.map(({ outcome }) => outcome),
      freeDisk: app.machine.freeDisk(app.paths.home),
      outboxMs: oldestWaitingMs(app, isQuestion),
      inboxMs: oldestUpdateMs(app, botId),
      now,
    };
  };
  return createAlertWatch({
    ...app,
    log,
    outbox: openOutbox(app, settings),
    facts,
    admins: () =>
      users
        .list()
        .filter(mayAdminister)
        .map(({ id, language }) => ({ id, language })),
  });
}
