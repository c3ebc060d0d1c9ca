// `/pause` and `/resume`, and their buttons: which task each means, what it does, what it says, and what a replay does.

import { describe, expect, it } from 'vitest';
import { encodePress, type PressAction, resultKeyboard } from '../../../../src/lib/notifications/buttons.ts';
import { loadIntent, saveIntent } from '../../../../src/lib/runs/intent.ts';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { ada, type BotStage, openBotStage } from '../../../support/bot-stage.ts';
import { firstTaskTs } from '../../../support/tasks.ts';

const at = (seconds: number, chat = '5') => `task-${chat}-${firstTaskTs + seconds * 1000}`;
const load = (stage: BotStage, { task_id }: Task) => stage.home.tasks.load(task_id);
const later = { sentAt: firstTaskTs + 60_000 };
const on = ({ task_id }: Task, action: PressAction, run = 1) =>
  encodePress({ action, taskId: task_id, run, detail: '' });
const tooLate = 'That is not possible any more.';

describe('/pause', () => {
  it.each(['/pause', '暂停', 'pause'])('as %s pauses the only task that waits', async (words) => {
    const stage = openBotStage();
    await stage.hasTask({ status: 'paused', task_id: at(1) });
    const task = await stage.hasTask({ task_id: at(2) });
    expect(await stage.says(words, later)).toEqual(['⏸ calc is paused. /resume lets it go on.']);
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: task.task_id, spell: 1 }] });
    expect(load(stage, task)).toMatchObject({ status: 'paused', reason: 'user' });
    expect(stage.home.queue.waiting()).toEqual([]);
    expect(await stage.says('/pause', later)).toEqual(['Nothing of yours waits or runs here.']);
  });

  it('writes down what is asked of a running task, and wakes a worker to see it through', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(2), status: 'running' });
    expect(await stage.says('/pause', later)).toEqual(['⏸ calc is being paused. /resume lets it go on.']);
    expect(loadIntent(stage.home.files, stage.home.paths.run(task.task_id, 1))).toMatchObject({
      kind: 'pause',
      reason: 'user',
    });
    expect(stage.wakes()).toBe(1);
    expect(await stage.says(`/resume ${task.task_id}`)).toEqual([
      '⏸ calc is just being paused. Send /resume again in a moment.',
    ]);
    expect(await stage.says(`/cancel ${task.task_id}`)).toEqual(['⏹ calc is being ended.']);
    expect(await stage.says(`/pause ${task.task_id}`)).toEqual(['⏹ calc is being ended.']);
  });

  it('says what cannot be: of what has ended, and of an agent that could not go on', async () => {
    const stage = openBotStage();
    const ended = await stage.hasTask({ task_id: at(1), status: 'completed' });
    expect(await stage.says(`/pause ${ended.task_id}`)).toEqual(['calc has ended already. /retry runs it once more.']);
    const echo = await stage.hasTask({ task_id: at(2), status: 'running', agent: 'echo', agent_session_id: null });
    expect(await stage.says(`/pause ${echo.task_id}`)).toEqual([
      'calc cannot be paused while it runs: echo could not go on where it stopped. /cancel ends it.',
    ]);
    expect(load(stage, echo).status).toBe('running');
  });

  it('offers buttons where there are several', async () => {
    const stage = openBotStage();
    const tasks = [1, 2].map((n) => stage.hasTask({ task_id: at(n), task_name: `wait ${n}` }));
    await Promise.all(tasks);
    expect(await stage.says('/pause', later)).toEqual(['Which one?']);
    expect(stage.keyboard()).toEqual([['⏸ wait 2'], ['⏸ wait 1']]);
  });

  it('of somebody else’s task is refused', async () => {
    const stage = openBotStage({ users: { 5: { enabled: true }, 6: { enabled: true } } });
    const group = { chat: { id: '-70', kind: 'group' as const, title: 'Group' } };
    const task = await stage.hasTask({ task_id: at(1, '-70'), telegram_group: '-70', user_id: '6' });
    for (const command of ['pause', 'resume']) {
      expect(await stage.says(`/${command} ${task.task_id}`, group)).toEqual(['That task is not yours.']);
    }
    expect(load(stage, task).status).toBe('pending');
  });
});

describe('/resume', () => {
  it.each(['/resume', '继续', '恢复', 'resume'])('as %s lets the only paused task go on', async (words) => {
    const stage = openBotStage();
    await stage.hasTask({ task_id: at(1) });
    const task = await stage.hasTask({ task_id: at(2), status: 'paused' });
    expect(await stage.says(words, later)).toEqual(['▶️ calc goes on when its turn comes.']);
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: task.task_id, spell: 1 }] });
    expect(load(stage, task).status).toBe('pending');
    expect(stage.home.queue.waiting().map(({ taskId }) => taskId)).toContain(task.task_id);
    expect(await stage.says('/resume', later)).toEqual(['Nothing of yours is paused here.']);
    expect(await stage.says(`/resume ${task.task_id}`)).toEqual(['calc is not paused. /why says how it stands.']);
  });

  it.each([
    ['with an id', (id: string) => `/resume ${id} use the old API\nnot the new one`, false],
    ['with latest', () => '/resume latest use the old API\nnot the new one', false],
    ['alone', () => '/resume use the old API\nnot the new one', false],
    ['by a replay', () => '/resume use the old API\nnot the new one', true],
  ])('tells the agent a note, once: %s', async (_, words, isReplay) => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1), status: 'paused' });
    const said = words(task.task_id);
    const text = '▶️ calc goes on when its turn comes; its agent is then told what you wrote.';
    const plan = { kind: 'control', targets: [{ id: task.task_id, spell: 1 }] };
    expect(await stage.says(said, { ...later, updateId: 77 }, isReplay ? plan : null)).toEqual([text]);
    const notes = [{ id: 'update-77', text: 'use the old API\nnot the new one' }];
    expect(load(stage, task)).toMatchObject({ status: 'pending', agent_notes: notes });
    expect(await stage.says(said, { ...later, updateId: 77 }, plan)).toEqual([]);
    expect(load(stage, task)).toMatchObject({ status: 'pending', agent_notes: notes });
  });

  it('says that a running agent heard nothing of the note, and takes no wrong id for one', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1), status: 'running' });
    expect(await stage.says(`/resume ${task.task_id} hurry`)).toEqual([
      'calc runs already; its agent was told nothing.',
    ]);
    expect(await stage.says('/resume task-5-12 hurry')).toEqual([
      'There is no task task-5-12 here. /tasks shows what there is.',
    ]);
  });

  it('once more, after a crash, pauses nothing that goes on since', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1), status: 'running' });
    const plan = { kind: 'control', targets: [{ id: task.task_id, spell: 1 }] };
    const paused = await stage.hasTask({ task_id: at(2) });
    await stage.says(`/pause ${paused.task_id}`);
    await stage.says(`/resume ${paused.task_id}`);
    const again = { kind: 'control', targets: [{ id: paused.task_id, spell: 1 }] };
    expect(await stage.says('/pause', {}, again)).toEqual([]);
    expect(load(stage, paused).status).toBe('pending');
    expect(await stage.says('/pause', {}, plan)).toEqual(['⏸ calc is being paused. /resume lets it go on.']);
  });

  it('takes nothing from a quota, but is not for who may not use by now what the task uses', async () => {
    const user = { enabled: true, quota: { daily: 0 } };
    const stage = openBotStage({ users: { 5: { ...user, allowed_features: ['yolo'] } } });
    const yolo = await stage.hasTask({ task_id: at(1), status: 'paused', options: { yolo: true } });
    expect(await stage.says(`/resume ${yolo.task_id}`)).toEqual(['▶️ calc (⚠️ YOLO) goes on when its turn comes.']);
    await stage.says(`/pause ${yolo.task_id}`);
    await stage.parts.users.change('5', { deny: ['yolo'] }, 'shell');
    expect(await stage.says(`/resume ${yolo.task_id}`)).toEqual(['You may not use: yolo. Ask an admin for it.']);
    expect(load(stage, yolo).status).toBe('paused');
    expect(await stage.says(`/cancel ${yolo.task_id}`)).toEqual(['⏹ calc (⚠️ YOLO) is cancelled.']);
    expect(await stage.says(`/retry ${yolo.task_id}`)).toEqual(['You may not use: yolo. Ask an admin for it.']);
    expect(load(stage, yolo).status).toBe('cancelled');
  });

  it('as the bare word in answer to a result is said to the agent', async () => {
    const stage = openBotStage();
    const done = await stage.hasTask({ task_id: at(1), status: 'completed', agent_session_id: 'c-1' });
    stage.home.files.makeFolder(done.workdir);
    const replyTo = { messageId: 1, isOurs: true, text: done.task_id };
    await stage.says('继续', { replyTo });
    const made = stage.home.tasks.ids('5').map((id) => stage.home.tasks.load(id));
    expect(made.map(({ prompt, continues }) => [prompt, continues])).toContainEqual(['继续', true]);
    expect(await stage.says('/resume', { replyTo })).toEqual(['calc has ended already. /retry runs it once more.']);
  });
});

describe('a button', () => {
  it('stands under the news of a pause', () => {
    const paused = { task_id: 'task-5-1', run: 2, outcome: 'paused' } as never;
    const rows = (language: 'en' | 'zh') =>
      resultKeyboard(paused, language).inline_keyboard.map((row) => row.map((one) => one.text).join(' | '));
    expect([...rows('en'), ...rows('zh')]).toEqual([
      '▶️ Go on | ⏹ Cancel',
      '📜 Log | 📁 Files',
      '▶️ 继续运行 | ⏹ 取消',
      '📜 日志 | 📁 文件',
    ]);
  });

  it('to wait for the reset stands under one that asks at a limit', () => {
    const paused = { task_id: 'task-5-1', run: 2, outcome: 'paused', asks_at_limit: true } as never;
    const rows = (['en', 'zh'] as const).map((language) => resultKeyboard(paused, language).inline_keyboard[1]);
    expect(rows.map((row) => row?.map(({ text }) => text))).toEqual([['⏳ Wait for the reset'], ['⏳ 等到重置']]);
  });

  it('to go on counts once for each pause', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1) });
    await stage.presses(on(task, 'pause'));
    expect(load(stage, task).status).toBe('paused');
    expect(await stage.presses(on(task, 'pause'))).toBe(tooLate);
    expect(await stage.presses(on(task, 'resume'))).toBe('');
    expect(load(stage, task).status).toBe('pending');
    expect(await stage.presses(on(task, 'resume'))).toBe(tooLate);
    await stage.presses(on(task, 'pause', 2));
    // It belongs to the first pause.
    expect(await stage.presses(on(task, 'resume'))).toBe(tooLate);
    expect(await stage.presses(on(task, 'cancel', 2))).toBe('');
    expect(load(stage, task).status).toBe('cancelled');
    expect(await stage.presses(on(task, 'resume', 2))).toBe(tooLate);
  });

  it('to wait for the reset has the task go on then, once, and not for what did not ask', async () => {
    const stage = openBotStage();
    const { home } = stage;
    const task = await stage.hasTask({ task_id: at(1), status: 'paused', reason: 'limit', resume_at: null });
    const reset_at = '2026-11-20T18:30:00.000Z';
    const asked = { kind: 'pause', reason: 'limit', detail: null, at: reset_at, resume_at: null, reset_at } as const;
    await saveIntent(home.files, home.paths.run(task.task_id, 1), asked);
    expect(await stage.presses(on(task, 'waitForReset'))).toBe('');
    expect(load(stage, task)).toMatchObject({ status: 'paused', reason: 'limit', resume_at: reset_at });
    const [said] = stage.sentSince(0).slice(-1);
    expect(said).toMatch(/^⏳ calc goes on by itself at .*18:30/);
    expect(await stage.presses(on(task, 'waitForReset'))).toBe(tooLate);
    // It may still be told to go on now.
    expect(await stage.presses(on(task, 'resume'))).toBe('');
    expect(load(stage, task)).toMatchObject({ status: 'pending', resume_at: null });
    const other = await stage.hasTask({ task_id: at(2), status: 'paused', reason: 'user' });
    expect(await stage.presses(on(other, 'waitForReset'))).toBe(tooLate);
    expect(load(stage, other)).toMatchObject({ reason: 'user', resume_at: null });
  });

  it('does nothing for who does not control the task', async () => {
    const stage = openBotStage({ users: { 5: { enabled: true }, 6: { enabled: true } } });
    const group = { chat: { id: '-70', kind: 'group' as const, title: 'Group' } };
    const task = await stage.hasTask({ task_id: at(1, '-70'), telegram_group: '-70', user_id: '6', status: 'paused' });
    expect(await stage.presses(on(task, 'resume'), group)).toBe('That task is not yours.');
    expect(load(stage, task).status).toBe('paused');
    expect(await stage.presses(on(task, 'resume'), { ...group, from: { ...ada, id: '6' } })).toBe('');
    expect(load(stage, task).status).toBe('pending');
  });
});

describe('lists', () => {
  it('show what is paused, and why, among what is live', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1), status: 'paused', reason: 'conflict' });
    const [list] = await stage.says('/tasks');
    expect(list).toContain('⏸ calc · paused (another task works on the same files) · ');
    expect(await stage.says('/history')).toEqual(['Nothing has ended yet.']);
    expect((await stage.says(`/why ${task.task_id}`))[0]).toMatch(/^calc: paused \(another task works/);
    expect((await stage.says('任务', { from: { ...ada, languageCode: 'zh' } }))[0]).toContain(
      '另一个任务正在修改相同的文件',
    );
  });
});
