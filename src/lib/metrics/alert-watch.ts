/** Looks every minute what admins are to know, keeps it on disk, and puts it into the outbox; by one process at a time. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Log } from '../adapters/log.ts';
import type { Paths } from '../config/paths.ts';
import type { AlertNotification, Language } from '../notifications/notification.ts';
import { alertEntryKey } from '../outbox/entry.ts';
import type { Outbox } from '../outbox/store.ts';
import { type AlertFacts, alertKey, findAlerts, type KeptAlert, nextAlerts } from './alerts.ts';

export interface AlertWatchParts {
  files: Files;
  locks: Locks;
  clock: Clock;
  log: Log;
  paths: Pick<Paths, 'alerts'>;
  outbox: Pick<Outbox, 'announce'>;
  facts(): AlertFacts | Promise<AlertFacts>;
  /** Who is told, each in a private chat. */
  admins(): readonly { id: string; language: Language | null }[];
}

export interface AlertWatch {
  /** Looks once, and tells what is new; nothing happens while another process looks. */
  look(): Promise<void>;
  /** Looks every minute until the signal aborts, after a wait at first; trouble is logged, and is no reason to stop. */
  run(signal: AbortSignal, firstAfterMs?: number): Promise<void>;
}

const lookEveryMs = 60_000;

function parse(text: string | null): KeptAlert[] {
  try {
    const found = JSON.parse(text ?? '') as { schema_version?: unknown; alerts?: unknown };
    if (found.schema_version !== 1 || !Array.isArray(found.alerts)) return [];
    return found.alerts.filter((one: KeptAlert) => typeof one?.code === 'string' && typeof one.since === 'string');
  } catch {
    // At worst something is told twice.
    return [];
  }
}

export function createAlertWatch(parts: AlertWatchParts): AlertWatch {
  const { files, locks, clock, log, paths, outbox } = parts;
  const path = join(paths.alerts, 'alerts.json');
  const save = (alerts: readonly KeptAlert[]) =>
    files.replace(path, `${JSON.stringify({ schema_version: 1, alerts }, null, 1)}\n`);

  async function tell(alert: KeptAlert): Promise<void> {
    const { code, subject, amount, since, isOver } = alert;
    const notification: AlertNotification = { kind: 'alert', code, subject, amount, since, is_over: isOver };
    log.warn({ code, subject, amount, is_over: isOver }, isOver ? 'an alert is over' : 'an alert');
    for (const { id, language } of parts.admins()) {
      const entry = { chat_id: id, thread_id: null, reply_to: null, language, notification };
      await outbox.announce(entry, alertEntryKey(notification));
    }
  }

  async function lookHolding(): Promise<void> {
    const text = files.read(path);
    const kept = parse(text);
    const told = new Set(kept.filter(({ isOver }) => !isOver).map(alertKey));
    const next = nextAlerts(kept, findAlerts(await parts.facts(), told), clock.now());
    // Written down before it is told: told once more after a crash it has the same key, and is one message.
    if (JSON.stringify(next) !== JSON.stringify(kept)) await save(next);
    const untold = next.filter(({ isTold }) => !isTold);
    if (untold.length === 0) return;
    for (const alert of untold) await tell(alert);
    await save(next.filter(({ isOver }) => !isOver).map((alert) => ({ ...alert, isTold: true })));
  }

  async function look(): Promise<void> {
    files.makeFolder(paths.alerts);
    const lock = locks.tryTake(join(paths.alerts, '.lock'), 'alerts');
    if (!lock) return;
    try {
      await lookHolding();
    } finally {
      lock.release();
    }
  }

  return {
    look,
    async run(signal, firstAfterMs = 0) {
      await clock.sleep(firstAfterMs, signal);
      while (!signal.aborted) {
        await look().catch((error) => log.warn({ error: String(error) }, 'it was not looked what admins are to know'));
        await clock.sleep(lookEveryMs, signal);
      }
    },
  };
}
