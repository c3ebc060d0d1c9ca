/** Buttons that were pressed: checked against the presser's rights and the task's state, then done, once. */

import { isoNow } from '../format/instant.ts';
import { parseSessionId } from '../format/session-id.ts';
import { decodePress, type Press, type PressAction, readEndForMessage } from '../notifications/buttons.ts';
import { askBack, isAttached, warnedMs } from '../sessions/attach.ts';
import { asksAtLimit } from '../tasks/asks-at-limit.ts';
import { isEnded, type Task } from '../tasks/record.ts';
import { mayAdminister } from '../users/rights.ts';
import { pressOnAdding } from './adding/press-adding.ts';
import { answerPress } from './answer-approval.ts';
import { isConflictPress, pressOnConflict } from './answer-conflict.ts';
import { sayFiles, sendFile } from './files-out.ts';
import { controls, isShown, loadTask, spellOf } from './find-tasks.ts';
import { pressOnAccount } from './handlers/accounts.ts';
import { cancelAndSay } from './handlers/cancel.ts';
import { retryAndSay, sayLog } from './handlers/control.ts';
import { pauseAndSay, resumeAndSay, waitAndSay } from './handlers/pause.ts';
import { welcomeNew } from './handlers/people.ts';
import { endAndSay, useAndSay } from './handlers/sessions.ts';
import { sayDiff, type WorkAction, workAndSay } from './handlers/work.ts';
import type { IncomingPress } from './incoming.ts';
import { noteRefused, sayRefusal } from './refusals.ts';
import { say, takeButtons } from './say.ts';
import { shown, title } from './shown.ts';
import { sessionTextsOf } from './texts-sessions.ts';
import type { ChosenMeaning, Turn } from './turn.ts';

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

type ChangingAction = 'cancel' | 'pause' | 'resume' | 'waitForReset' | 'retry' | WorkAction;

const isChanging = (press: Press): press is Press & { action: ChangingAction } => Object.hasOwn(fits, press.action);

const showing: readonly PressAction[] = ['log', 'files', 'file', 'continue', 'diff'];

/** Presses that only show something of a task. */
async function showOfTask(turn: PressTurn, press: Press, task: Task): Promise<void> {
  await acknowledge(turn);
  switch (press.action) {
    case 'log':
      return await sayLog(turn, task);
    case 'files':
      return await sayFiles(turn, task);
    case 'diff':
      return await sayDiff(turn, task);
    case 'file':
      return await sendFile(turn, task, press.detail);
    case 'continue': {
      const request = `${turn.texts.continueWith(title(task))}\n\`${task.task_id}\``;
      return await say(turn, request, { asksReply: true });
    }
  }
}

/** Whether a press can be meant for a task that stands so. */
const fits: Record<ChangingAction, (task: Task) => boolean> = {
  retry: isEnded,
  cancel: (task) => !isEnded(task),
  pause: ({ status }) => status === 'pending' || status === 'running',
  resume: ({ status }) => status === 'paused',
  waitForReset: asksAtLimit,
  merge: isEnded,
  pr: isEnded,
  discard: isEnded,
  resolve: isEnded,
};

/** Presses that change a task. The button belongs to one spell of it: after that it has done its work. */
async function changeTask(turn: PressTurn, press: Press & { action: ChangingAction }, task: Task): Promise<void> {
  const { texts } = turn;
  if (!controls(turn, task)) {
    await acknowledge(turn, texts.notYours);
    return await noteRefused(turn, { why: 'not theirs', task_id: task.task_id });
  }
  const isCurrent = spellOf(task) === press.run;
  if (!isCurrent || !fits[press.action](task)) return await acknowledge(turn, texts.pressTooLate);
  await acknowledge(turn);
  switch (press.action) {
    case 'cancel':
      return await cancelAndSay(turn, task.task_id);
    case 'pause':
      return await pauseAndSay(turn, task.task_id);
    case 'resume':
      return await resumeAndSay(turn, task.task_id);
    case 'waitForReset':
      return await waitAndSay(turn, task.task_id);
    case 'retry':
      return await retryAndSay(turn, task);
    default:
      return workAndSay(turn, task, press.action);
  }
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

/** A request that waits for its sender's word is run after all, or forgotten; only he decides. */
async function pressOnLate(turn: PressTurn, press: Press): Promise<void> {
  const { parts, asked, texts } = turn;
  const updateId = Number(press.detail);
  const late = parts.late.find(updateId);
  if (!late || late.from.id !== asked.from.id || late.chat.id !== asked.chat.id)
    return await acknowledge(turn, texts.pressTooLate);
  const isDropped = press.action === 'dropOld';
  await acknowledge(turn, isDropped ? texts.lateDropped : texts.lateRun);
  const chosen: ChosenMeaning = press.action === 'asWords' ? { meant: 'words' } : {};
  if (!isDropped) await parts.late.run(updateId, turn.aside, chosen);
  await takeButtons(turn);
}

/** Says which task a text goes on with that had answered several; only its sender decides, and once. */
async function pressOnShared(turn: PressTurn, press: Press): Promise<void> {
  const { parts, asked, texts } = turn;
  const updateId = Number(press.detail);
  const text = parts.late.find(updateId);
  const isTheirs = text && text.from.id === asked.from.id && text.chat.id === asked.chat.id;
  const task = press.taskId === null ? null : loadTask(parts, press.taskId);
  const isThere = isTheirs && (press.taskId === null || task !== null);
  await acknowledge(turn, isThere ? texts.sharedTaken : texts.pressTooLate);
  const chosen: ChosenMeaning = { goesOnWith: press.taskId, ...(press.taskId === null ? { meant: 'task' } : {}) };
  if (isThere) await parts.late.run(updateId, turn.aside, chosen);
  if (isTheirs) await takeButtons(turn);
}

/** Has the chat speak to a session, or ends it; a second press finds it done. */
async function pressOnSession(turn: PressTurn, press: Press): Promise<void> {
  const { parts, texts } = turn;
  const id = `session-${press.detail}`;
  const session = parseSessionId(id) && parts.sessions.exists(id) ? parts.sessions.load(id) : null;
  if (!session || session.ended_at !== null) return await acknowledge(turn, texts.pressTooLate);
  if (!controls(turn, session)) {
    await acknowledge(turn, texts.notYours);
    return await noteRefused(turn, { why: 'not theirs', session_id: id });
  }
  await acknowledge(turn);
  if (press.action === 'useSession') await useAndSay(turn, session);
  else await endAndSay(turn, session);
}

/** Ends a session for a message that waits for that, which begins another one; a second press, or a replay, finds it done. */
async function pressToEndFor(turn: PressTurn, press: Press): Promise<void> {
  const { parts, texts, asked } = turn;
  const { updateId, sessionId: id } = readEndForMessage(press);
  const message = parts.late.find(updateId);
  const session = parseSessionId(id) && parts.sessions.exists(id) ? parts.sessions.load(id) : null;
  const isTheirs = message?.from.id === asked.from.id && message.chat.id === asked.chat.id;
  if (!isTheirs || !session) return await acknowledge(turn, texts.pressTooLate);
  // Another button was pressed before, or an earlier attempt at this one did it all.
  if (parts.late.isMade(updateId)) {
    await acknowledge(turn, texts.pressTooLate);
    return await takeButtons(turn);
  }
  if (!controls(turn, session)) {
    await acknowledge(turn, texts.notYours);
    return await noteRefused(turn, { why: 'not theirs', session_id: id });
  }
  await acknowledge(turn, texts.sharedTaken);
  if (session.ended_at === null) await endAndSay(turn, session);
  await parts.late.run(updateId, turn.aside);
  await takeButtons(turn);
}

/** The session that the waiting message belongs to is taken back from a terminal; whoever works there is warned. */
async function pressToTakeBack(turn: PressTurn, task: Task): Promise<void> {
  const { parts, person, texts, asked, language } = turn;
  if (!controls(turn, task)) {
    await acknowledge(turn, texts.notYours);
    return await noteRefused(turn, { why: 'not theirs', task_id: task.task_id });
  }
  const id = task.session_id;
  if (id === null || !isAttached({ ...parts, locks: parts.why.locks }, id)) {
    return await acknowledge(turn, texts.pressTooLate);
  }
  await askBack(parts, id, { by: person?.name || asked.from.name, at: isoNow(parts.clock) });
  parts.wake();
  await acknowledge(turn, sessionTextsOf(language).takenBack(warnedMs / 1000));
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
    case 'asWords':
      return await pressOnLate(turn, press);
    case 'goOn':
      return await pressOnShared(turn, press);
    case 'account':
      return await pressOnAccount(turn, press.detail, (text) => acknowledge(turn, text));
    case 'addAccount':
      return await pressOnAdding(turn, press.detail, {
        acknowledge: (text) => acknowledge(turn, text),
        takeButtons: () => takeButtons(turn),
      });
    case 'useSession':
    case 'endSession':
      return await pressOnSession(turn, press);
    case 'endForMessage':
      return await pressToEndFor(turn, press);
    case 'allow':
    case 'allowTask':
    case 'deny':
    case 'choose':
      return await acknowledge(turn, await answerPress(turn, press));
  }
  const task = press.taskId === null ? null : loadTask(parts, press.taskId);
  // What a group may read is the group's own; so a press there never shows a task of elsewhere.
  if (!task || !isShown(turn, task)) {
    await acknowledge(turn, texts.pressUnknown);
    return task ? await noteRefused(turn, { why: 'not theirs', task_id: task.task_id }) : undefined;
  }
  if (isConflictPress(press)) return await acknowledge(turn, await pressOnConflict(turn, press, task));
  if (press.action === 'takeBack') return await pressToTakeBack(turn, task);
  if (isChanging(press)) return await changeTask(turn, press, task);
  if (showing.includes(press.action)) return await showOfTask(turn, press, task);
  await acknowledge(turn, texts.pressUnknown);
}
