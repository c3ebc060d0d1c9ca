/** `ccdispatch worker`: runs what is queued; also drains, restarts and stops the one that lives. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { openAlertWatch } from '../app-alerts.ts';
import { openConflictKeeper } from '../app-conflicts.ts';
import { agentPaths, deliverLater, openDeliverer, secretsOfSettings, superviseParts } from '../app-runs.ts';
import { createBadge, heldBackOn, openFileOperations, openSchedule } from '../app-schedule.ts';
import { keeperParts } from '../app-sessions.ts';
import { openWorkFolders } from '../app-worktrees.ts';
import type { Lock } from '../lib/adapters/locks.ts';
import { version } from '../lib/config/version.ts';
import { createRedactor, secretsOf } from '../lib/errors/redact.ts';
import { createKeeper } from '../lib/runs/sessions/keeper.ts';
import { tellingSessions } from '../lib/runs/sessions/told-sessions.ts';
import { describeWorker } from '../lib/runs/worker/describe-worker.ts';
import { sweepOrphans } from '../lib/runs/worker/orphans.ts';
import { handedLock, livingWorker, takeWorkerLock, type WorkerPurpose } from '../lib/runs/worker/wake.ts';
import { runWorker } from '../lib/runs/worker/worker.ts';

export interface WorkerFlags {
  exitWhenIdle?: boolean;
  settle?: boolean;
  holdsLock?: boolean;
}

/** A worker that was started ahead of its first task waits so long for it. */
const firstWorkWithinMs = 1000;
/** The first runs are started before it is looked what admins are to know. */
const alertsAfterMs = 3000;
/** A worker that only settles waits so long for agents that have their result and are about to leave. */
const settleForMs = 10_000;

async function work(app: App, flags: WorkerFlags, purpose: WorkerPurpose, lock: Lock): Promise<number> {
  const settings = await app.settings();
  const accounts = await app.openAccounts();
  const redact = createRedactor([...secretsOf(app.env), ...secretsOfSettings(settings), ...accounts.allSecrets()]);
  const log = app.openLogLater('worker', redact);
  const live = await app.followSettings((error) =>
    log.error({ error: String(error) }, 'the settings are faulty; the last good ones stay'),
  );
  const supervising = await superviseParts(app, settings, log, live);
  const schedule = await openSchedule(app, live, log, supervising.pool);
  const stop = app.signals.onStop();
  const leaving = flags.settle ? AbortSignal.any([stop, AbortSignal.timeout(settleForMs)]) : stop;
  const badge = createBadge({
    ...describeWorker(version, agentPaths(settings), app.env),
    config: app.configPath ? resolve(app.cwd, app.configPath) : null,
    stays: !flags.exitWhenIdle,
  });
  badge.wear(lock);
  log.info({ purpose, version }, 'worker started');
  const end = new AbortController();
  const alerts = flags.settle ? null : await openAlertWatch(app, settings, log);
  void alerts?.run(end.signal, alertsAfterMs);
  const { left } = await runWorker(
    {
      ...supervising,
      ...schedule,
      machine: app.machine,
      alarm: () => void alerts?.look().catch((error) => log.warn({ error: String(error) }, 'no admin was told')),
      openKeeper: (busy) =>
        createKeeper({
          ...supervising,
          ...supervising.sessionParts,
          ...keeperParts(app, live),
          ...tellingSessions(supervising),
          busy,
          sweep: () =>
            sweepOrphans({ ...supervising, ...supervising.sessionParts, queue: app.queue, paths: app.paths, log }),
        }),
      workFolders: openWorkFolders(app, live, openFileOperations(app, live, badge), log),
      ...(flags.settle ? {} : { conflicts: await openConflictKeeper(app, live, log) }),
      delivery: flags.settle ? null : deliverLater(app, settings, log),
      limits: () => live.current().limits,
      retakeLock: async () => {
        const again = await takeWorkerLock(app, purpose);
        badge.wear(again);
        return again;
      },
      onHeldBack: heldBackOn(badge),
    },
    {
      exitWhenIdle: Boolean(flags.exitWhenIdle || flags.settle),
      claimsNothing: Boolean(flags.settle),
      firstWorkWithinMs: flags.holdsLock && !flags.settle ? firstWorkWithinMs : 0,
    },
    lock,
    leaving,
  );
  end.abort();
  // Who only settles delivers what he can, and does not stay for a network that is down.
  if (flags.settle) await (await openDeliverer(app, settings, log))?.flush(leaving);
  const goesOn =
    left === 0 ? '' : ` ${left} ${left === 1 ? 'agent goes' : 'agents go'} on; the next worker takes over.`;
  log.info({ left }, 'worker left');
  if (!flags.settle) app.terminal.say(`ccdispatch worker: left.${goesOn}\n`);
  return 0;
}

/** Runs the worker, unless one lives for this home already: then says so and ends with 0. */
export async function run(app: App, flags: WorkerFlags): Promise<number> {
  const purpose: WorkerPurpose = flags.settle ? 'settle' : 'worker';
  app.processes.closeInherited(flags.holdsLock ? handedLock : undefined);
  app.files.makeFolder(app.paths.home);
  const handed = flags.holdsLock ? app.locks.adopt(app.paths.workerLock, handedLock, purpose) : null;
  const lock = handed ?? (await takeWorkerLock(app, purpose));
  if (!lock) {
    const living = livingWorker(app);
    app.terminal.say(
      `ccdispatch worker: another one works for this home${living ? ` (process ${living.pid} since ${living.since})` : ''}.\n`,
    );
    return 0;
  }
  try {
    return await work(app, flags, purpose, lock);
  } finally {
    lock.release();
  }
}
