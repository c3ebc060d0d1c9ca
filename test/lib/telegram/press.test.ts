// Presses of buttons: what each may do, to whose task, how often; data that is old, forged or of elsewhere.

import { describe, expect, it } from 'vitest';
import {
  encodePress,
  type PressAction,
  placeholderKeyboard,
  resultKeyboard,
} from '../../../src/lib/notifications/buttons.ts';
import type { ProgressNotification } from '../../../src/lib/notifications/notification.ts';
import { askedBack, attachLockOf } from '../../../src/lib/sessions/attach.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { ada, openBotStage } from '../../support/bot-stage.ts';
import { aRun, firstTaskTs } from '../../support/tasks.ts';
import { sessionOf } from '../../support/warm-home.ts';

const group = { id: '-70', kind: 'group' as const, title: 'Group' };
const admin = { ...ada, id: '9', name: 'Root' };
const on = ({ task_id }: Task, action: PressAction, run = 1) =>
  encodePress({ action, taskId: task_id, run, detail: '' });

it('the buttons of a result', () => {
  const ended = { task_id: 'task-5-1', run: 2 } as never;
  const rows = (language: 'en' | 'zh') =>
    resultKeyboard(ended, language).inline_keyboard.map((row) =>
      row.map(({ text, callback_data }) => `${text} ${callback_data}`),
    );
  expect([...rows('en'), ...rows('zh')]).toMatchInlineSnapshot(`
    [
      [
        "🔁 Retry rt:5/1:2:",
        "📜 Log lg:5/1:2:",
      ],
      [
        "💬 Continue co:5/1:2:",
        "📁 Files fl:5/1:2:",
      ],
      [
        "🔁 重试 rt:5/1:2:",
        "📜 日志 lg:5/1:2:",
      ],
      [
        "💬 继续 co:5/1:2:",
        "📁 文件 fl:5/1:2:",
      ],
    ]
  `);
});

it('the buttons of a run at work: an agent that could not go on cannot be paused', () => {
  const running = { state: 'running', task_id: 'task-5-1', run: 2, waiting_for: null } as never as ProgressNotification;
  const rows = (progress: ProgressNotification, language: 'en' | 'zh') =>
    placeholderKeyboard(progress, language)?.inline_keyboard.map((row) =>
      row.map(({ text, callback_data }) => `${text} ${callback_data}`),
    );
  const can = { ...running, can_pause: true };
  expect(rows(can, 'en')).toEqual([['⏸ Pause pa:5/1:2:', '⏹ Cancel cn:5/1:2:']]);
  expect(rows(can, 'zh')).toEqual([['⏸ 暂停 pa:5/1:2:', '⏹ 取消 cn:5/1:2:']]);
  // As an older entry has it.
  expect(rows(running, 'en')).toEqual([['⏹ Cancel cn:5/1:2:']]);
  expect(rows({ ...can, state: 'queued' }, 'en')).toBeUndefined();
});

describe('a press', () => {
  it.each(['', 'x', 'xx:5/1:1:', 'rt:5/1:1:../x', 'rt:5/1:x:', `rt:5/1:1:${'a'.repeat(60)}`, 'sh:5/1:1:'])(
    'with data that no button of ours carries does nothing: %j',
    async (data) => {
      const stage = openBotStage();
      await stage.hasTask({ status: 'failed', task_id: 'task-5-1' });
      expect(await stage.presses(data)).toBe('This button does not work any more.');
      expect(stage.home.queue.waiting()).toEqual([]);
    },
  );

  it('on a task that the presser may not see, or of another chat, does nothing', async () => {
    const stage = openBotStage();
    const theirs = await stage.hasTask({ status: 'failed', telegram_group: '6', user_id: '6' });
    const own = await stage.hasTask({ status: 'failed' });
    for (const action of ['retry', 'cancel', 'log', 'files', 'file', 'continue'] as const) {
      expect(await stage.presses(on(theirs, action)), action).toBe('This button does not work any more.');
      // One's own, shown to a group by forged data.
      expect(await stage.presses(on(own, action), { chat: group }), action).toBe('This button does not work any more.');
    }
    expect(stage.sentSince(0)).toEqual([]);
    expect(stage.home.queue.waiting()).toEqual([]);
  });

  it('on a task of the group is for who asked for it, and admins', async () => {
    const stage = openBotStage({
      users: { 5: { enabled: true }, 6: { enabled: true }, 9: { enabled: true, role: 'admin' } },
    });
    const task = await stage.hasTask({ status: 'failed', telegram_group: '-70', user_id: '6' });
    expect(await stage.presses(on(task, 'retry'), { chat: group })).toBe('That task is not yours.');
    expect(await stage.presses(on(task, 'log'), { chat: group })).toBe('');
    expect(await stage.presses(on(task, 'retry'), { chat: group, from: admin })).toBe('');
    expect(stage.home.tasks.load(task.task_id).status).toBe('pending');
  });

  it('to retry counts once for each end of the task', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'failed', task_name: 'my_*calc*' });
    expect(await stage.presses(on(task, 'retry'))).toBe('');
    expect(stage.sentSince(0)).toEqual(['🔁 my_*calc* runs once more.']);
    expect(await stage.presses(on(task, 'retry'))).toBe('That is not possible any more.');
    expect(stage.home.queue.waiting()).toHaveLength(1);
    expect(stage.wakes()).toBe(1);
  });

  it('to retry counts although a lost run came in between', async () => {
    const stage = openBotStage();
    const runs = [aRun(firstTaskTs, 'lost'), aRun(firstTaskTs, 'failed', { n: 2 })];
    const task = await stage.hasTask({ status: 'failed', runs });
    expect(await stage.presses(on(task, 'retry', 1))).toBe('');
    expect(stage.home.tasks.load(task.task_id).status).toBe('pending');
  });

  it('to cancel counts until the task has ended, and not for its next spell', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'pending' });
    expect(await stage.presses(on(task, 'cancel'))).toBe('');
    expect(stage.sentSince(0)).toEqual(['⏹ calc is cancelled.']);
    expect(await stage.presses(on(task, 'cancel'))).toBe('That is not possible any more.');
    await stage.presses(on(task, 'retry'));
    expect(await stage.presses(on(task, 'cancel'))).toBe('That is not possible any more.');
    expect(stage.home.tasks.load(task.task_id).status).toBe('pending');
  });

  it('to continue asks for an answer that names the task', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'completed', agent_session_id: 'c-1' });
    await stage.presses(on(task, 'continue'));
    const [text] = stage.sentSince(0) as [string];
    expect(text).toBe(`Answer this message with what calc is to do next.\n${task.task_id}`);
    expect(stage.calls.at(-1)?.request.markup).toEqual({ force_reply: true, selective: true });
    await stage.says('more', { replyTo: { messageId: 1, isOurs: true, text } });
    expect(stage.home.tasks.ids('5')).toHaveLength(2);
  });

  it('is acted on although it cannot be acknowledged any more', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'pending' });
    stage.fails('answerCallbackQuery', { kind: 'refused' });
    await stage.presses(on(task, 'cancel'));
    expect(stage.home.tasks.load(task.task_id).status).toBe('cancelled');
  });

  it('on a question that is not known says so', async () => {
    const stage = openBotStage();
    for (const action of ['allow', 'allowTask', 'deny'] as const) {
      const data = encodePress({ action, taskId: null, run: 0, detail: 'abc1234' });
      expect(await stage.presses(data)).toBe('This question is not known here.');
    }
  });

  it('on a late message is for its sender alone, and only while it is known', async () => {
    const stage = openBotStage();
    const runs: number[] = [];
    const late = { from: ada, chat: { id: '5' } } as never;
    stage.parts.late = {
      isMade: () => false,
      find: (id) => (id === 7 ? late : null),
      run: async (id) => void runs.push(id),
    };
    const data = (action: PressAction, id: number) => encodePress({ action, taskId: null, run: 0, detail: String(id) });
    expect(await stage.presses(data('runOld', 8))).toBe('That is not possible any more.');
    expect(await stage.presses(data('runOld', 7), { from: admin })).toBe('That is not possible any more.');
    expect(await stage.presses(data('runOld', 7), { chat: group })).toBe('That is not possible any more.');
    expect(await stage.presses(data('dropOld', 7))).toBe('Forgotten.');
    expect(runs).toEqual([]);
    expect(await stage.presses(data('runOld', 7))).toBe('It runs now.');
    expect(runs).toEqual([7]);
    expect(stage.calls.filter(({ method }) => method === 'editReplyMarkup')).toHaveLength(2);
  });
});

describe('a session that somebody has at a terminal', () => {
  it('is asked back by the button under a message that waits for it, by whoever may, and only then', async () => {
    const stage = openBotStage();
    const id = 'session-5-1700000000000';
    await stage.home.sessions.create(
      sessionOf(stage.home.outside, { session_id: id, telegram_group: '5', user_id: '5' }),
    );
    const task = await stage.hasTask({ session_id: id });
    const placeholder = { state: 'queued', waiting_for: 'attached', task_id: task.task_id, run: 1 } as never;
    const [[button] = []] = placeholderKeyboard(placeholder, 'en')?.inline_keyboard ?? [];
    expect(button?.text).toBe('🔙 Take the session back');
    const data = button?.callback_data ?? '';
    expect(await stage.presses(data)).toBe('That is not possible any more.');
    const lock = stage.home.locks.tryTake(attachLockOf(stage.home.paths, id), 'attach');
    expect(await stage.presses(data)).toBe('Whoever works there is warned; it is yours in 10 s.');
    expect(askedBack(stage.home, id)).toMatchObject({ by: 'Ada' });
    lock?.release();
  });
});
