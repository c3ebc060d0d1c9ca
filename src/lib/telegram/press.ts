/** Buttons that were pressed: checked against the presser's rights and the task's state, then done, once. */

import { decodePress, type Press, type PressAction } from '../notifications/buttons.ts';
import { isEnded, type Task } from '../tasks/record.ts';
import { mayAdminister } from '../users/rights.ts';
import { answerPress } from './answer-approval.ts';
import { sayFiles, sendFile } from './files-out.ts';
import { controls, isShown, loadTask, spellOf } from './find-tasks.ts';
import { cancelAndSay } from './handlers/cancel.ts';
import { retryAndSay, sayLog } from './handlers/control.ts';
import { welcomeNew } from './handlers/people.ts';
import type { IncomingPress } from './incoming.ts';
import { noteRefused, sayRefusal } from './refusals.ts';
import { say } from './say.ts';
import { shown } from './shown.ts';
import type { Turn } from './turn.ts';

export type PressTurn = Turn<IncomingPress>;

/** Telegram shows at most 200 characters above the chat; without any the button just stops spinning. */
async function acknowledge({ parts, asked }: PressTurn, text = ''): Promise<void> {
  try {
    await parts.api.answerCallbackQuery({ pressId: asked.pressId, text: text.slice(0, 200) });
  } catch (error) {
    // The person sees what comes of it in the chat itself.
    parts.log.debug({ error: String(error) }, 'a press was not acknowledged');
  }
}

/** Takes the buttons away from the message, where they have done their work. */
async function takeButtons({ parts, asked }: PressTurn): Promise<void> {
  if (asked.messageId === null) return;
  try {
    await parts.api.editReplyMarkup({ chatId: asked.chat.id, messageId: asked.messageId, markup: null });
  } catch (error) {
    parts.log.debug({ error: String(error) }, 'buttons could not be taken away');
  }
}

const showing: readonly PressAction[] = ['log', 'files', 'file', 'continue'];

/** Presses that only show something of a task. */
async function showOfTask(turn: PressTurn, press: Press, task: Task): Promise<void> {
  await acknowledge(turn);
  switch (press.action) {
    case 'log':
      return await sayLog(turn, task);
    case 'files':
      return await sayFiles(turn, task);
    case 'file':
      return await sendFile(turn, task, press.detail);
    case 'continue': {
      const request = `${turn.texts.continueWith(shown(task.task_name))}\n\`${task.task_id}\``;
      return await say(turn, request, { asksReply: true });
    }
  }
}

/** Presses that change a task. The button belongs to one spell of it: after that it has done its work. */
async function changeTask(turn: PressTurn, press: Press, task: Task): Promise<void> {
  const { texts } = turn;
  if (!controls(turn, task)) {
    await acknowledge(turn, texts.notYours);
    return await noteRefused(turn, { why: 'not theirs', task_id: task.task_id });
  }
  const isCurrent = spellOf(task) === press.run;
  if (!isCurrent || isEnded(task) !== (press.action === 'retry')) return await acknowledge(turn, texts.pressTooLate);
  await acknowledge(turn);
  if (press.action === 'cancel') return await cancelAndSay(turn, task.task_id);
  await retryAndSay(turn, task);
}

/** An admin lets somebody in, or not. A replay finds it done, and tells what may not have been told. */
async function pressOnUser(turn: PressTurn, press: Press): Promise<void> {
  const { parts, person, texts } = turn;
  if (!person || !mayAdminister(person)) {
    await acknowledge(turn, texts.adminsOnly);
    return await noteRefused(turn, { why: 'not an admin', wanted: press.action });
  }
  const asking = parts.users.registrations().find(({ user_id }) => user_id === press.detail);
  const isReplay = turn.plan?.kind === 'control';
  if (!asking && !isReplay) {
    await acknowledge(turn, texts.pressTooLate);
    return await takeButtons(turn);
  }
  await acknowledge(turn);
  const isLetIn = press.action === 'approveUser';
  await turn.fix({ kind: 'control', targets: [{ id: press.detail, spell: 1 }] });
  try {
    const changed = await parts.users.change(press.detail, { enabled: isLetIn }, person.id);
    const told = isLetIn ? texts.approvedBy : texts.declinedBy;
    await say(turn, told(shown(changed.name || press.detail), shown(person.name || turn.asked.from.name)));
    if (isLetIn) await welcomeNew(turn, press.detail, asking?.language_code ?? null);
    await takeButtons(turn);
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

/** A request that came late is run after all, or forgotten; only its sender decides. */
async function pressOnLate(turn: PressTurn, press: Press): Promise<void> {
  const { parts, asked, texts } = turn;
  const updateId = Number(press.detail);
  const late = parts.late.find(updateId);
  if (!late || late.from.id !== asked.from.id || late.chat.id !== asked.chat.id)
    return await acknowledge(turn, texts.pressTooLate);
  const isRun = press.action === 'runOld';
  await acknowledge(turn, isRun ? texts.lateRun : texts.lateDropped);
  if (isRun) await parts.late.run(updateId, turn.aside);
  await takeButtons(turn);
}

/** Handles one press. Data that no button of ours carries, or of another chat, gets a short answer and does nothing. */
export async function runPress(turn: PressTurn): Promise<void> {
  const { parts, asked, person, texts } = turn;
  const press = decodePress(asked.data);
  // Strangers get no answers but the one of the day; their button stops spinning.
  if (!asked.from.isPerson || !person) return await acknowledge(turn);
  if (!person.enabled) return await acknowledge(turn, texts.disabled);
  if (!press) return await acknowledge(turn, texts.pressUnknown);
  switch (press.action) {
    case 'approveUser':
    case 'declineUser':
      return await pressOnUser(turn, press);
    case 'runOld':
    case 'dropOld':
      return await pressOnLate(turn, press);
    case 'allow':
    case 'allowTask':
    case 'deny':
      return await acknowledge(turn, await answerPress(turn, press));
  }
  const task = press.taskId === null ? null : loadTask(parts, press.taskId);
  // What a group may read is the group's own; so a press there never shows a task of elsewhere.
  if (!task || !isShown(turn, task)) {
    await acknowledge(turn, texts.pressUnknown);
    return task ? await noteRefused(turn, { why: 'not theirs', task_id: task.task_id }) : undefined;
  }
  if (press.action === 'cancel' || press.action === 'retry') return await changeTask(turn, press, task);
  if (showing.includes(press.action)) return await showOfTask(turn, press, task);
  await acknowledge(turn, texts.pressUnknown);
}
