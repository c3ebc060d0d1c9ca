// `/cancel`, `/retry`, `/why`, `/logs`: which task each means, what it does, and what a replay does once more.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Task } from '../../../../src/lib/tasks/record.ts';
import { ada, type BotStage, openBotStage } from '../../../support/bot-stage.ts';
import { firstTaskTs } from '../../../support/tasks.ts';

const group = { id: '-70', kind: 'group' as const, title: 'Group' };
const admin = { from: { ...ada, id: '9', name: 'Root' }, chat: { id: '9', kind: 'private' as const, title: null } };
const at = (seconds: number, chat = '5') => `task-${chat}-${firstTaskTs + seconds * 1000}`;
const status = (stage: BotStage, { task_id }: Task) => stage.home.tasks.load(task_id).status;
const keyboard = (stage: BotStage) => stage.keyboard().map(([button]) => button);

describe('/cancel', () => {
  it('means the only task that waits or runs, and has it fixed before it acts', async () => {
    const stage = openBotStage();
    await stage.hasTask({ status: 'completed', task_id: at(1) });
    const task = await stage.hasTask({ task_id: at(2) });
    expect(await stage.says('/cancel', { sentAt: firstTaskTs + 9000 })).toEqual(['⏹ calc is cancelled.']);
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: task.task_id, spell: 1 }] });
    expect(status(stage, task)).toBe('cancelled');
    expect(await stage.says('/cancel')).toEqual(['Nothing of yours waits or runs here.']);
  });

  it('never means a task that was asked for after it: by numbers of messages, else by the clock', async () => {
    const stage = openBotStage();
    const later = await stage.hasTask({ task_id: at(1), message_id: 501 });
    const fromShell = await stage.hasTask({ task_id: at(9), message_id: null, source: { kind: 'shell' } });
    const sentAt = firstTaskTs + 5000;
    expect(await stage.says('/cancel', { messageId: 500, sentAt })).toEqual(['Nothing of yours waits or runs here.']);
    const before = await stage.hasTask({ task_id: at(7), message_id: 499 });
    expect(await stage.says('/cancel', { messageId: 500, sentAt })).toEqual(['⏹ calc is cancelled.']);
    expect([later, fromShell, before].map((task) => status(stage, task))).toEqual(['pending', 'pending', 'cancelled']);
    // By its id it may mean any.
    expect(await stage.says(`/cancel ${later.task_id}`, { messageId: 500, sentAt })).toEqual(['⏹ calc is cancelled.']);
  });

  it('offers buttons where there are several: what runs first, then the latest', async () => {
    const stage = openBotStage();
    for (let n = 1; n <= 9; n++) await stage.hasTask({ task_id: at(n), task_name: `wait ${n}` });
    await stage.hasTask({ task_id: at(0), status: 'running', task_name: 'run' });
    expect(await stage.says('/cancel', { sentAt: firstTaskTs + 60_000 })).toEqual(['Which one? … and 2 more']);
    expect(keyboard(stage)).toEqual(['⏹ run', ...[9, 8, 7, 6, 5, 4, 3].map((n) => `⏹ wait ${n}`)]);
    expect(stage.fixed()).toBeNull();
    expect(await stage.says('/cancel latest', { sentAt: firstTaskTs + 60_000 })).toEqual(['⏹ wait 9 is cancelled.']);
  });

  it('of an admin asks first where the task is somebody else’s', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1) });
    const sentAt = firstTaskTs + 60_000;
    expect(await stage.says('/cancel', { ...admin, sentAt })).toEqual(['Which one?']);
    expect(status(stage, task)).toBe('pending');
    expect(await stage.says(`/cancel ${task.task_id}`, admin)).toEqual(['⏹ calc is cancelled.']);
  });

  it('in a group means tasks of the group alone', async () => {
    const stage = openBotStage();
    await stage.hasTask({ task_id: at(1) });
    expect(await stage.says('/cancel', { chat: group })).toEqual(['Nothing of yours waits or runs here.']);
    const task = await stage.hasTask({ task_id: at(2, '-70'), telegram_group: '-70' });
    expect(await stage.says('/cancel', { chat: group, sentAt: firstTaskTs + 9000 })).toEqual(['⏹ calc is cancelled.']);
    expect(status(stage, task)).toBe('cancelled');
  });

  it.each([
    ['task-5-1', 'There is no task task-5-1 here. /tasks shows what there is.'],
    ['../../x', 'There is no task ../../x here. /tasks shows what there is.'],
    ['*', 'There is no task * here. /tasks shows what there is.'],
  ])('of %s says that there is none', async (id, answer) => {
    expect(await openBotStage().says(`/cancel ${id}`)).toEqual([answer]);
  });

  it('once more does what was fixed, to that task in that spell, and to no other', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ task_id: at(1) });
    const plan = { kind: 'control', targets: [{ id: task.task_id, spell: 1 }] };
    const other = await stage.hasTask({ task_id: at(2) });
    expect(await stage.says('/cancel', {}, plan)).toEqual(['⏹ calc is cancelled.']);
    expect(await stage.says('/cancel', {}, plan)).toEqual(['⏹ calc is cancelled.']);
    await stage.says(`/retry ${task.task_id}`);
    expect(await stage.says('/cancel', {}, plan)).toEqual([]);
    expect([task, other].map((one) => status(stage, one))).toEqual(['pending', 'pending']);
  });

  it('waits a moment for what the same person sent just before', async () => {
    const stage = openBotStage();
    let looks = 0;
    stage.parts.hasEarlier = () => ++looks < 3;
    await stage.says('/cancel');
    expect(looks).toBe(3);
    stage.parts.hasEarlier = () => true;
    const began = stage.clock.now();
    expect(await stage.says('/cancel')).toEqual(['Nothing of yours waits or runs here.']);
    expect(stage.clock.now() - began).toBe(500);
  });
});

describe('/retry', () => {
  it('means the task that is named, answered, or ended last; and runs it once', async () => {
    const stage = openBotStage();
    expect(await stage.says('/retry')).toEqual(['Nothing has ended yet.']);
    const task = await stage.hasTask({ status: 'failed', task_id: at(1) });
    const replyTo = { messageId: 1, isOurs: true, text: `about ${task.task_id}` };
    expect(await stage.says('/retry', { replyTo })).toEqual(['🔁 calc runs once more.']);
    expect(stage.fixed()).toEqual({ kind: 'control', targets: [{ id: task.task_id, spell: 1 }] });
    expect(await stage.says(`/retry ${task.task_id}`)).toEqual([
      'calc has not ended yet. /why says what it waits for.',
    ]);
    expect(stage.home.queue.waiting()).toHaveLength(1);
  });

  it('once more does nothing where it was done, even if the task has ended again', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'failed', task_id: at(1) });
    const plan = { kind: 'control', targets: [{ id: task.task_id, spell: 1 }] };
    expect(await stage.says('/retry', {}, plan)).toEqual(['🔁 calc runs once more.']);
    expect(await stage.says('/retry', {}, plan)).toEqual([]);
    await stage.says(`/cancel ${task.task_id}`);
    expect(await stage.says('/retry', {}, plan)).toEqual([]);
    expect(stage.home.queue.waiting()).toEqual([]);
  });

  it('takes from the quota of who asks, and says when it is used up', async () => {
    const stage = openBotStage({ users: { 5: { enabled: true, quota: { daily: 1 }, time_zone: 'Asia/Shanghai' } } });
    const task = await stage.hasTask({ status: 'failed', task_id: at(1) });
    expect(await stage.says(`/retry ${task.task_id}`)).toEqual(['🔁 calc runs once more.']);
    await stage.says(`/cancel ${task.task_id}`);
    // It never started, so what it took was given back.
    expect(await stage.says(`/retry ${task.task_id}`)).toEqual(['🔁 calc runs once more.']);
    const other = await stage.hasTask({ status: 'failed', task_id: at(2) });
    expect(await stage.says(`/retry ${other.task_id}`)).toEqual([
      'Your quota of 1 task a day is used up. It is new at 2025-11-21 00:00 (Asia/Shanghai); an admin can give you more.',
    ]);
    expect(status(stage, other)).toBe('failed');
  });
});

describe('/why', () => {
  it('says in one line what the task waits for, and wakes a worker where none lives', async () => {
    const stage = openBotStage();
    expect(await stage.says('/why')).toEqual(['Nothing waits and nothing runs.']);
    await stage.hasTask({ task_id: at(1), task_name: 'first' });
    const second = await stage.hasTask({ task_id: at(2), task_name: 'a_b' });
    expect(await stage.says('/why')).toEqual([
      'a_b: queued, number 2 in line — nobody was at work; somebody comes now',
    ]);
    expect(stage.wakes()).toBe(1);
    const from = { ...ada, languageCode: 'zh' };
    expect(await stage.says(`/why ${second.task_id}`, { from })).toEqual([
      'a_b: 排队中，第 2 位 — 刚才没有工作进程，现在启动一个',
    ]);
  });

  it.each([
    [{ status: 'running' }, 'calc: has been running for 59 s'],
    [{ status: 'completed' }, 'calc: done, 57 s ago'],
    [{ status: 'failed', reason: 'timeout' }, 'calc: failed (it took too long), 57 s ago'],
    [{ status: 'failed', reason: 'of_later' }, 'calc: failed (of_later), 57 s ago'],
    [
      { status: 'paused', reason: 'hold', runs: [], started_at: null },
      'calc: paused (on hold until somebody starts it) · 1 min',
    ],
    [{ status: 'paused', reason: 'limit' }, 'calc: paused (the usage limit is reached) · 59 s'],
  ] as const)('%j', async (fields, answer) => {
    const stage = openBotStage();
    const task = await stage.hasTask(fields as never);
    await stage.clock.sleep(60_000);
    expect(await stage.says(`/why ${task.task_id}`)).toEqual([answer]);
  });
});

describe('/logs', () => {
  const event = (text: string) =>
    JSON.stringify({ type: 'assistant', message: { id: text, content: [{ type: 'text', text }] } });

  it('shows the end of what the agent did, whatever is in it', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'running', task_name: 'my_calc' });
    expect(await stage.says('/logs')).toEqual(['It has not done anything yet.']);
    const folder = stage.home.paths.run(task.task_id, 1);
    fs.mkdirSync(folder, { recursive: true });
    const lines = Array.from({ length: 40 }, (_, index) => event(`line ${index} \`\`\` <b>&amp;`));
    fs.writeFileSync(path.join(folder, 'events.jsonl'), `${lines.join('\n')}\n{"type":"assis`);
    const [text = ''] = await stage.says('/logs');
    expect(text.split('\n').slice(0, 3)).toEqual(['my_calc', '', "line 15 ''' <b>&amp;"]);
    expect(text).toMatch(/line 39 ''' <b>&amp;$/);
  });

  it('tells the story in the language of who asks', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'running', task_name: 'calc' });
    const folder = stage.home.paths.run(task.task_id, 1);
    fs.mkdirSync(folder, { recursive: true });
    const failed = { type: 'tool_result', tool_use_id: 't', is_error: true, content: 'no' };
    const line = JSON.stringify({ type: 'user', message: { content: [failed] } });
    fs.writeFileSync(path.join(folder, 'events.jsonl'), `${line}\n`);
    expect((await stage.says('/logs'))[0]).toContain('✗ that failed');
    expect((await stage.says('日志', { from: { ...ada, languageCode: 'zh' } }))[0]).toContain('✗ 这一步失败了');
  });

  it('reads the end of a huge output alone, and cuts between characters', async () => {
    const stage = openBotStage();
    const task = await stage.hasTask({ status: 'running', agent: 'mine' });
    const folder = stage.home.paths.run(task.task_id, 1);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'events.jsonl'), `${'x'.repeat(3_000_000)}\n${'😀'.repeat(3000)}.`);
    const [text = ''] = await stage.says('/logs');
    expect(text.length).toBeLessThan(3700);
    expect(text).toMatch(/^calc\n+😀/u);
    expect(text).not.toContain('\ufffd');
  });
});

describe('/stop in a chat that speaks to no session', () => {
  it('names what ends a task, where there is one of his; nothing is ended', async () => {
    const stage = openBotStage();
    const none = 'This chat speaks to no session. Begin one with /new, or choose one with /sessions.';
    expect(await stage.says('/stop')).toEqual([none]);
    const task = await stage.hasTask({ status: 'running' });
    expect(await stage.says('/stop')).toEqual(['This chat speaks to no session. To end a task: /cancel']);
    const inChinese = { from: { ...ada, languageCode: 'zh' } };
    expect(await stage.says('停', inChinese)).toEqual(['这个聊天没有当前会话。要结束任务，请用 /cancel']);
    expect(await stage.says('/end')).toEqual([none]);
    expect(stage.home.tasks.load(task.task_id).status).toBe('running');
  });
});
