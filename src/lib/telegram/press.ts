/** Buttons that were pressed: checked against the presser's rights and the task's state, then done, once. */

import { decodePress, type Press } from '../notifications/buttons.ts';
import { isEnded, latestRun, type Task } from '../tasks/record.ts';
import { sayFiles, sendFile } from './files-out.ts';
import { isVisible, loadTask } from './find-tasks.ts';
import { cancelAndSay, controls, retryAndSay, sayLog } from './handlers/control.ts';
import { shown } from './handlers/list.ts';
import type { IncomingPress } from './incoming.ts';
import { botTextsOf, languageOf } from './languages.ts';
import { say, type Turn } from './turn.ts';

type PressTurn = Turn<IncomingPress>;

/** Telegram shows at most 200 characters above the chat; without any the button just stops spinning. */
async function acknowledge({ parts, asked }: PressTurn, text = ''): Promise<void> {
  try {
    await parts.api.answerCallbackQuery({ pressId: asked.pressId, text: text.slice(0, 200) });
  } catch (error) {
    // "query is too old" and the like: the person sees the message itself.
    parts.log.debug({ error: String(error) }, 'a press was not acknowledged');
  }
}

/** Presses that need a task which the presser may see. */
async function pressOnTask(turn: PressTurn, press: Press, task: Task): Promise<void> {
  const { texts } = turn;
  switch (press.action) {
    case 'log':
      await acknowledge(turn);
      return await sayLog(turn, task);
    case 'files':
      await acknowledge(turn);
      return await sayFiles(turn, task);
    case 'file':
      await acknowledge(turn);
      return await sendFile(turn, task, press.detail);
    case 'continue':
      await acknowledge(turn);
      return await say(turn, `${texts.continueWith(shown(task.task_name))}\n\`${task.task_id}\``, { asksReply: true });
    case 'cancel':
      if (!controls(turn, task)) return await acknowledge(turn, texts.notYours);
      await acknowledge(turn);
      return await cancelAndSay(turn, task.task_id);
    case 'retry':
      if (!controls(turn, task)) return await acknowledge(turn, texts.notYours);
      // The button belongs to one run: once that is not the latest ended one, it has done its work.
      if (!isEnded(task) || latestRun(task)?.n !== press.run) return await acknowledge(turn, texts.pressTooLate);
      await acknowledge(turn);
      return await retryAndSay(turn, task);
    default:
      return await acknowledge(turn, texts.pressUnknown);
  }
}

/** An admin lets somebody in, or not. */
async function pressOnUser(turn: PressTurn, press: Press): Promise<void> {
  const { parts, person, texts } = turn;
  if (person?.role !== 'admin') return await acknowledge(turn, texts.adminsOnly);
  const asking = parts.users.registrations().find(({ user_id }) => user_id === press.detail);
  if (!asking) return await acknowledge(turn, texts.pressTooLate);
  await acknowledge(turn);
  const isLetIn = press.action === 'approveUser';
  await parts.users.change(press.detail, { enabled: isLetIn }, person.id);
  const told = isLetIn ? texts.approvedBy : texts.declinedBy;
  await say(turn, told(shown(asking.name), shown(person.name || person.id)));
  if (!isLetIn) return;
  const language = languageOf(null, asking.language_code, parts.settings.language);
  try {
    await parts.api.sendMessage({ chatId: press.detail, text: botTextsOf(language).approved });
  } catch (error) {
    parts.log.warn({ user_id: press.detail, error: String(error) }, 'the new person could not be told');
  }
}

/** A request that came late is run after all, or forgotten; only its sender decides. */
async function pressOnLate(turn: PressTurn, press: Press): Promise<void> {
  const { parts, asked, texts } = turn;
  const updateId = Number(press.detail);
  const late = parts.lateMessage(updateId);
  if (!late || late.from.id !== asked.from.id || late.chat.id !== asked.chat.id)
    return await acknowledge(turn, texts.pressTooLate);
  if (press.action === 'dropOld') return await acknowledge(turn, texts.oldDropped);
  await acknowledge(turn, texts.confirmRunNow);
  await parts.runLate(updateId);
}

/** Handles one press. Data that no button of ours carries, or of another chat, gets a short answer and does nothing. */
export async function runPress(turn: PressTurn): Promise<void> {
  const { parts, asked, person, texts } = turn;
  const press = decodePress(asked.data);
  if (!press || !asked.from.isPerson) return await acknowledge(turn, texts.pressUnknown);
  if (!person?.enabled) return await acknowledge(turn, texts.disabled);
  if (press.action === 'approveUser' || press.action === 'declineUser') return await pressOnUser(turn, press);
  if (press.action === 'runOld' || press.action === 'dropOld') return await pressOnLate(turn, press);
  if (press.action === 'allow' || press.action === 'allowTask' || press.action === 'deny') {
    return await acknowledge(turn, await parts.answerApproval(turn, press));
  }
  const task = press.taskId === null ? null : loadTask(parts, press.taskId);
  if (!task || !isVisible(turn, task)) return await acknowledge(turn, texts.pressUnknown);
  await pressOnTask(turn, press, task);
}
