/** Messages that came late because nobody was there: asked about before they are run, and run once. */

import type { BotCommand } from './command.ts';
import { loadTask } from './find-tasks.ts';
import type { IncomingMessage } from './incoming.ts';
import { planTask } from './plan-task.ts';
import { announce } from './say.ts';
import type { Turn } from './turn.ts';

/** How old the message is, in milliseconds, where that is too old to be acted on unasked; else 0. */
export function lateBy({ parts, asked }: Turn): number {
  const ageMs = parts.clock.now() - asked.sentAt;
  return ageMs > parts.settings.bot.confirmAfterSeconds * 1000 ? ageMs : 0;
}

/** Whether an earlier attempt has made the task already: then there is nothing to ask. */
export function isMade({
  parts,
  plan,
  asked,
}: Pick<Turn, 'parts' | 'plan'> & { asked: Pick<IncomingMessage, 'updateId'> }): boolean {
  // The id may be somebody else's who asked in the same millisecond.
  return plan?.kind === 'task' && loadTask(parts, plan.task_id)?.source.update_id === asked.updateId;
}

/** A request that waited long while we were away is asked about; the answer comes by a button. */
export async function askAboutLate(turn: Turn<IncomingMessage>, ageMs: number): Promise<void> {
  // The id of the task that it would be: pressed twice, asked twice or after a crash, it makes one task.
  await planTask(turn);
  await announce(turn, { kind: 'late', update_id: turn.asked.updateId, age_ms: ageMs, command: null });
}

/** A command that came late is not run; who wanted to change something hears so. */
export async function passOverLate(turn: Turn<IncomingMessage>, command: BotCommand, ageMs: number): Promise<void> {
  if (!command.changes) return;
  await announce(turn, { kind: 'late', update_id: turn.asked.updateId, age_ms: ageMs, command: command.name });
}
