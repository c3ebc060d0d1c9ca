/** Checks what has still to be said in chats, and what could not be. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { renderCount } from '../format/amount.ts';
import { renderDuration } from '../format/duration.ts';
import { oldestWaitingMs } from '../outbox/oldest.ts';
import type { Outbox } from '../outbox/store.ts';
import { error, type Finding, ok, warning } from './finding.ts';

export interface OutboxCheck {
  files: Files;
  clock: Clock;
  paths: Pick<Paths, 'outbox'>;
  outbox: Pick<Outbox, 'report'>;
  hasToken: boolean;
  /** Somebody delivers now, or will as soon as there is something. */
  isDelivered: boolean;
}

/** Undelivered results this old mean that something is wrong, however slow Telegram is. */
const longMs = 15 * 60_000;

function checkWaiting(check: OutboxCheck, waiting: number): Finding {
  if (waiting === 0) return ok('Outbox: nothing waits');
  const ageMs = oldestWaitingMs(check);
  const what = `Outbox: ${renderCount(waiting, 'message')} to be delivered, the oldest for ${renderDuration(ageMs)}`;
  if (!check.hasToken) {
    return error(
      `${what}, but there is no bot token.`,
      'Set TELEGRAM_BOT_TOKEN or telegram.token, then: ccdispatch worker --settle',
    );
  }
  if (!check.isDelivered) return warning(`${what}, but nobody delivers.`, 'ccdispatch worker --exit-when-idle');
  return ageMs > longMs ? warning(`${what}.`, 'The log says why: logs/worker.log in the home.') : ok(what);
}

export function checkOutbox(check: OutboxCheck): Finding[] {
  const { waiting, ofOtherBots, failed, broken } = check.outbox.report();
  const findings = [checkWaiting(check, waiting)];
  if (ofOtherBots > 0) {
    const what = `${renderCount(ofOtherBots, 'message')} can only be delivered by another bot.`;
    findings.push(
      warning(what, 'Deliver them with the token of that bot: TELEGRAM_BOT_TOKEN=… ccdispatch worker --settle'),
    );
  }
  for (const entry of failed) {
    const why = entry.delivery.failed?.description ?? 'refused';
    const hint = entry.task_id
      ? `See it here: ccdispatch tasks show ${entry.task_id}; whether the bot may write there is up to the chat.`
      : 'Whether the bot may write there is up to the chat.';
    findings.push(warning(`A message to chat ${entry.chat_id} could not be delivered: ${why}`, hint));
  }
  if (broken.length > 0) {
    const what = `${renderCount(broken.length, 'broken file')} in the outbox: ${broken.slice(0, 5).join(', ')}`;
    findings.push(warning(what, `Look at them in ${join(check.paths.outbox, 'broken')}, then remove them.`));
  }
  return findings;
}
