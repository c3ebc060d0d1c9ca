/** Buttons under messages: what each one asks for, in at most 64 bytes, and how a press is read again. */

import { parseTaskId, renderTaskId } from '../format/task-id.ts';
import { textsOf } from './languages.ts';
import type { EndedNotification, Language, QuestionNotification } from './notification.ts';

/** What a button can ask for, with the code it travels under. */
const codes = {
  retry: 'rt',
  log: 'lg',
  continue: 'co',
  files: 'fl',
  cancel: 'cn',
  show: 'sh',
  file: 'fp',
  approveUser: 'ua',
  declineUser: 'ud',
  runOld: 'go',
  dropOld: 'no',
  allow: 'al',
  allowTask: 'at',
  deny: 'dn',
} as const;

export type PressAction = keyof typeof codes;

/** A press: about a task and its run, or about something with an id of its own. */
export interface Press {
  action: PressAction;
  /** A task's id, or null. */
  taskId: string | null;
  /** The run of the task that the message spoke of; 0 where none. */
  run: number;
  /** Whatever else the action needs: a user's id, an update's, a short hash of a path. */
  detail: string;
}

export interface Button {
  text: string;
  callback_data: string;
}

/** `callback_data` takes 1 to 64 bytes. */
const maxBytes = 64;

/** The data of a button; throws when it would not fit, which is a fault of its maker. */
export function encodePress({ action, taskId, run, detail }: Press): string {
  const parts = taskId === null ? null : parseTaskId(taskId);
  const data = [codes[action], parts ? `${parts.chatId}/${parts.ts}` : '', run || '', detail].join(':');
  if (Buffer.byteLength(data) > maxBytes) throw new RangeError(`button data of ${Buffer.byteLength(data)} bytes`);
  return data;
}

/** The press behind the data, or null for data that none of our buttons carries: it may be forged. */
export function decodePress(data: string): Press | null {
  const match = /^([a-z]{2}):(?:(local|-?\d{1,20})\/(\d{1,16}))?:(\d{0,9}):([A-Za-z0-9_-]{0,40})$/.exec(data);
  if (!match) return null;
  const [, code, chatId, ts, run, detail] = match;
  const action = (Object.keys(codes) as PressAction[]).find((name) => codes[name] === code);
  if (!action) return null;
  const taskId = chatId && ts ? renderTaskId({ chatId, ts: Number(ts) }) : null;
  return { action, taskId, run: Number(run || 0), detail: detail ?? '' };
}

/** A button about a task. */
export function taskButton(text: string, action: PressAction, taskId: string, run: number, detail = ''): Button {
  return { text, callback_data: encodePress({ action, taskId, run, detail }) };
}

/** The keyboard of a result, as `reply_markup` takes it. */
export function resultKeyboard(ended: EndedNotification, language: Language): { inline_keyboard: Button[][] } {
  const { buttons } = textsOf(language);
  const one = (action: 'retry' | 'log' | 'continue' | 'files') =>
    taskButton(buttons[action], action, ended.task_id, ended.run);
  return {
    inline_keyboard: [
      [one('retry'), one('log')],
      [one('continue'), one('files')],
    ],
  };
}

/** The keyboard of a question that is open. */
export function questionKeyboard(question: QuestionNotification, language: Language): { inline_keyboard: Button[][] } {
  const { buttons } = textsOf(language).question;
  const one = (action: 'allow' | 'allowTask' | 'deny'): Button => ({
    text: buttons[action],
    callback_data: encodePress({ action, taskId: null, run: 0, detail: question.approval_id }),
  });
  return { inline_keyboard: [[one('allow'), one('deny')], [one('allowTask')]] };
}
