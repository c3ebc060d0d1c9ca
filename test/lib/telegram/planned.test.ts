// Tasks of a chat that are planned: for a time, or after another task; and a chat whose queue is full.

import { describe, expect, it } from 'vitest';
import { ada, openBotStage } from '../../support/bot-stage.ts';
import { firstTaskTs } from '../../support/tasks.ts';

const eve = { ...ada, id: '6', name: 'Eve' };
const isoIn = (ms: number) => new Date(firstTaskTs + ms).toISOString();

function latestOf(stage: ReturnType<typeof openBotStage>) {
  const [taskId] = stage.home.tasks.ids('5');
  return stage.home.tasks.load(taskId ?? '');
}

describe('/cad', () => {
  it.each([
    ['/cad --at +90m do it', 'do it'],
    ['/cad do it —at in 90m', 'do it'],
    ['/cad do\n--at=+1h30m\nit', 'do\n\nit'],
  ])('%j makes a task that starts then', async (text, prompt) => {
    const stage = openBotStage();
    expect(await stage.says(text)).toEqual([]);
    expect(latestOf(stage)).toMatchObject({ prompt, start_at: isoIn(90 * 60_000), status: 'pending' });
    expect(stage.home.queue.waiting()).toMatchObject([{ queuedAt: firstTaskTs + 90 * 60_000 }]);
    expect(await stage.says('/why')).toEqual([expect.stringMatching(/^do.*: starts at \d{4}-\d\d-\d\d \d\d:\d\d$/s)]);
  });

  it('makes a task after another one, or after the latest', async () => {
    const stage = openBotStage();
    const first = await stage.hasTask({ task_id: 'task-5-1', status: 'running', user_id: '5', task_name: 'first' });
    expect(await stage.says(`/cad --after ${first.task_id} --if-failed run do it`)).toEqual([]);
    expect(latestOf(stage)).toMatchObject({ prompt: 'do it', after: first.task_id, if_failed: 'run' });
    expect(await stage.says('/why')).toEqual(['do it: starts when “first” (task-5-1) has ended']);
    const second = latestOf(stage).task_id;
    await stage.clock.sleep(1);
    expect(await stage.says('/cad —after latest do more')).toEqual([]);
    expect(latestOf(stage)).toMatchObject({ prompt: 'do more', after: second, if_failed: 'cancel' });
  });

  it.each([
    ['--at soon do', '"soon" is no time. Write 2026-11-21T09:00, 09:00, +90m or in 2h.'],
    ['--at 2020-01-01T09:00 do', /^"2020-01-01T09:00" lies in the past: it is \d{4}-\d\d-\d\d \d\d:\d\d here\.$/],
    ['--at +9999999h do', '"+9999999h" lies more than a year ahead.'],
    ['--after task-5-404 do', /task-5-404/],
    ['--after ../../etc do', /etc/],
    ['--after task-6-1 do', /task-6-1/],
    ['--if-failed run do', '--if-failed says what becomes of a task with --after <id>. Name that task, too.'],
    ['--after task-5-1 --if-failed maybe do', '"maybe" is not known for --if-failed. Write cancel or run.'],
  ])('%s makes none, and says why', async (text, answer) => {
    const stage = openBotStage({ users: { 5: { enabled: true }, 6: { enabled: true } } });
    await stage.hasTask({ task_id: 'task-5-1', status: 'completed', user_id: '5' });
    await stage.hasTask({ task_id: 'task-6-1', status: 'completed', user_id: eve.id });
    const answers = await stage.says(`/cad ${text}`);
    expect(answers).toEqual([typeof answer === 'string' ? answer : expect.stringMatching(answer)]);
    expect(stage.home.tasks.ids('5')).toEqual(['task-5-1']);
    expect(stage.wakes()).toBe(0);
  });
});

describe('a chat with as many waiting tasks as may', () => {
  it('gets no more, in its language, and none is counted for it', async () => {
    const stage = openBotStage({ config: { limits: { queueDepth: 1 } } });
    expect(await stage.says('/cad one')).toEqual([]);
    expect(await stage.says('/cad two')).toEqual([
      'One task of this chat waits already, and 1 may. Try again when some have started, or /cancel one.',
    ]);
    expect(await stage.says('/cad 二', { from: { ...ada, languageCode: 'zh-hans' } })).toEqual([
      '这个聊天已有 1 个任务在排队，最多 1 个。请等一些任务开始后再试，或用 /cancel 取消一个。',
    ]);
    expect(stage.home.tasks.ids('5')).toHaveLength(1);
    expect(stage.home.queue.waiting()).toHaveLength(1);
  });
});
