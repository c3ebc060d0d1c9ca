/** Messages that came late because nobody was there: asked about before they are run, and run once. */

import { renderTaskId } from '../format/task-id.ts';
import { encodePress } from '../notifications/buttons.ts';
import { textsOf } from '../notifications/languages.ts';
import type { BotCommand } from './command.ts';
import { loadTask } from './find-tasks.ts';
import type { IncomingMessage } from './incoming.ts';
import { say } from './say.ts';
import type { Turn } from './turn.ts';

/** How old the message is, in milliseconds, where that is too old to be acted on unasked; else 0. */
export function lateBy({ parts, asked }: Turn): number {
  const ageMs = parts.clock.now() - asked.sentAt;
  return ageMs > parts.settings.bot.confirmAfterSeconds * 1000 ? ageMs : 0;
}

const ageWords = ({ language }: Turn, ageMs: number) => textsOf(language).duration(ageMs);

/** Whether an earlier attempt has made the task already: then there is nothing to ask. */
export function isMade({ parts, plan }: Turn): boolean {
  return plan?.kind === 'task' && loadTask(parts, plan.task_id) !== null;
}

/** A request that waited long while we were away is asked about; the answer comes by a button. */
export async function askAboutLate(turn: Turn<IncomingMessage>, ageMs: number): Promise<void> {
  const { texts, asked, parts } = turn;
  const press = (action: 'runOld' | 'dropOld') =>
    encodePress({ action, taskId: null, run: 0, detail: String(asked.updateId) });
  const buttons = [
    { text: texts.buttons.runNow, callback_data: press('runOld') },
    { text: texts.buttons.drop, callback_data: press('dropOld') },
  ];
  // The id of the task that it would be: pressed twice, asked twice or after a crash, it makes one task.
  if (turn.plan?.kind !== 'task') {
    await turn.fix({ kind: 'task', task_id: renderTaskId({ chatId: asked.chat.id, ts: parts.nextTs() }) });
  }
  await say(turn, texts.lateQuestion(ageWords(turn, ageMs)), { buttons: [buttons] });
}

/** A command that came late is not run; who wanted to change something hears so. */
export async function passOverLate(turn: Turn<IncomingMessage>, command: BotCommand, ageMs: number): Promise<void> {
  if (command.changes) await say(turn, turn.texts.lateControl(command.name, ageWords(turn, ageMs)));
}
