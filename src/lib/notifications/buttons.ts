/** Buttons under messages: what each one asks for, in at most 64 bytes, and how a press is read again. */

import { parseTaskId, renderTaskId } from '../format/task-id.ts';
import { cutText } from '../format/text.ts';
import { textsOf } from './languages.ts';
import type {
  ConflictNotification,
  EndedNotification,
  LandedNotification,
  Language,
  Notice,
  ProgressNotification,
  QuestionNotification,
} from './notification.ts';
import { type LandingAction, landedTexts } from './texts-landed.ts';
import { noticeTexts } from './texts-notices.ts';

/** What a button can ask for, with the code it travels under. */
const codes = {
  retry: 'rt',
  log: 'lg',
  continue: 'co',
  files: 'fl',
  cancel: 'cn',
  pause: 'pa',
  resume: 'rs',
  show: 'sh',
  file: 'fp',
  approveUser: 'ua',
  declineUser: 'ud',
  runOld: 'go',
  dropOld: 'no',
  goOn: 'gw',
  asWords: 'aw',
  allow: 'al',
  allowTask: 'at',
  deny: 'dn',
  choose: 'ch',
  takeBack: 'tb',
  waitForReset: 'wr',
  useSession: 'us',
  endSession: 'es',
  endForMessage: 'ef',
  account: 'ac',
  addAccount: 'aa',
  conflictResolve: 'cr',
  conflictKeep: 'ck',
  conflictCancel: 'cc',
  merge: 'mg',
  pr: 'pr',
  diff: 'df',
  discard: 'dc',
  resolve: 'rv',
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

/** The keyboard of a placeholder or of progress, as `reply_markup` takes it; null for a task that only waits in the line. */
export function placeholderKeyboard(
  { state, task_id, run, waiting_for, can_pause }: ProgressNotification,
  language: Language,
): { inline_keyboard: Button[][] } | null {
  const { buttons } = textsOf(language);
  const one = (action: 'pause' | 'resume' | 'cancel' | 'takeBack') => taskButton(buttons[action], action, task_id, run);
  if (state === 'running') return { inline_keyboard: [[...(can_pause ? [one('pause')] : []), one('cancel')]] };
  if (state === 'queued' && waiting_for === 'attached') return { inline_keyboard: [[one('takeBack')]] };
  if (state !== 'paused') return null;
  return { inline_keyboard: [[one('resume'), one('cancel')]] };
}

/** The keyboard of a result, or of a pause, as `reply_markup` takes it. */
export function resultKeyboard(ended: EndedNotification, language: Language): { inline_keyboard: Button[][] } {
  const { buttons } = textsOf(language);
  const one = (action: keyof typeof buttons) => taskButton(buttons[action], action, ended.task_id, ended.run);
  const ofBranch = ended.work ? branchRows(ended, language) : [];
  if (ended.outcome === 'paused') {
    return {
      inline_keyboard: [
        [one('resume'), one('cancel')],
        ...(ended.asks_at_limit ? [[one('waitForReset')]] : []),
        [one('log'), one('files')],
      ],
    };
  }
  return {
    inline_keyboard: [...ofBranch, [one('retry'), one('log')], [one('continue'), one('files')]],
  };
}

type AboutBranch = Pick<LandedNotification, 'task_id' | 'run'>;

function branchButton({ task_id, run }: AboutBranch, action: LandingAction | 'resolve', language: Language): Button {
  return taskButton(landedTexts[language].buttons[action], action, task_id, run);
}

/** What can be done with a task's branch. */
function branchRows(about: AboutBranch, language: Language): Button[][] {
  const one = (action: LandingAction) => branchButton(about, action, language);
  return [
    [one('merge'), one('pr')],
    [one('diff'), one('discard')],
  ];
}

/** The keyboard of the news about a task's branch: what can still be done with it. */
export function landedKeyboard(landed: LandedNotification, language: Language): { inline_keyboard: Button[][] } | null {
  const one = (action: LandingAction | 'resolve') => branchButton(landed, action, language);
  switch (landed.outcome) {
    case 'merged':
    case 'nothing':
      return null;
    case 'conflict':
      return { inline_keyboard: [[one('resolve')], [one('pr'), one('diff')]] };
    case 'pushed':
      return landed.url === null ? { inline_keyboard: [[one('diff')]] } : null;
    default:
      return { inline_keyboard: branchRows(landed, language) };
  }
}

/** More of a choice would not be seen on a phone. */
const choiceChars = 60;

/** The keyboard of a question that is open. */
export function questionKeyboard(question: QuestionNotification, language: Language): { inline_keyboard: Button[][] } {
  const { buttons } = textsOf(language).question;
  const { wants, choices = [], approval_id: id } = question;
  if (wants === 'choice') {
    const choice = (text: string, index: number): Button => ({
      text: cutText(text, choiceChars),
      callback_data: encodePress({ action: 'choose', taskId: null, run: 0, detail: `${id}-${index}` }),
    });
    return { inline_keyboard: choices.map((text, index) => [choice(text, index)]) };
  }
  const wordsOf = (action: 'allow' | 'allowTask' | 'deny') =>
    buttons[action === 'allowTask' && question.in_session ? 'allowSession' : action];
  const one = (action: 'allow' | 'allowTask' | 'deny'): Button => ({
    text: wordsOf(action),
    callback_data: encodePress({ action, taskId: null, run: 0, detail: question.approval_id }),
  });
  // A plan is approved for this once: the next one is another.
  return { inline_keyboard: [[one('allow'), one('deny')], ...(wants === 'plan' ? [] : [[one('allowTask')]])] };
}

/** The keyboard of a question about a task's work that is open. */
export function conflictKeyboard(
  { task_id, run }: ConflictNotification,
  language: Language,
): { inline_keyboard: Button[][] } {
  const { buttons } = textsOf(language).conflict;
  return {
    inline_keyboard: [
      [taskButton(buttons.resolve, 'conflictResolve', task_id, run)],
      [
        taskButton(buttons.keep, 'conflictKeep', task_id, run),
        taskButton(buttons.cancel, 'conflictCancel', task_id, run),
      ],
    ],
  };
}

/** The keyboard of a question about a person or a message of his; null where nothing is asked. */
export function noticeKeyboard(notice: Notice, language: Language): { inline_keyboard: Button[][] } | null {
  const { buttons } = noticeTexts[language];
  const one = (action: PressAction, text: string, detail: string): Button => ({
    text,
    callback_data: encodePress({ action, taskId: null, run: 0, detail }),
  });
  if (notice.kind === 'registration') {
    const { user_id: id } = notice;
    return { inline_keyboard: [[one('approveUser', buttons.approve, id), one('declineUser', buttons.decline, id)]] };
  }
  if (notice.kind === 'admitted' || (notice.kind === 'late' && notice.command !== null)) return null;
  const id = String(notice.update_id);
  const drop = one('dropOld', buttons.drop, id);
  if (notice.kind === 'late') return { inline_keyboard: [[one('runOld', buttons.runNow, id), drop]] };
  const ownTask = one('goOn', buttons.ownTask, id);
  if (notice.kind === 'session-options') {
    const words = one('asWords', cutText(noticeTexts[language].asWords(notice.session_name), choiceChars), id);
    return { inline_keyboard: [[words], [ownTask, drop]] };
  }
  const ends = notice.open.map(({ session_id, name }) => {
    const detail = `${notice.update_id.toString(36)}_${session_id.replace(/^session-/, '')}`;
    return [one('endForMessage', cutText(`⏹ ${name}`, choiceChars), detail)];
  });
  return { inline_keyboard: [...ends, [ownTask, drop]] };
}

/** What the button that ends a session for a message carries. */
export function readEndForMessage({ detail }: Press): { updateId: number; sessionId: string } {
  const [update = '', numbers = ''] = detail.split('_');
  return { updateId: Number.parseInt(update, 36), sessionId: `session-${numbers}` };
}
