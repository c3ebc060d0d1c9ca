// `/tasks` and `/status`: what runs, what waits, and what stands still and why.

import { describe, expect, it } from 'vitest';
import { createApprovals } from '../../../../src/lib/tasks/approvals.ts';
import { ada, type BotStage, openBotStage } from '../../../support/bot-stage.ts';
import { aRun, firstTaskTs } from '../../../support/tasks.ts';

const at = (n: number) => `task-5-${firstTaskTs + n}`;
const iso = (ms: number) => new Date(firstTaskTs + ms).toISOString();

/** The agent of a run asks whether it may use a tool. */
async function ask({ home }: BotStage, task_id: string, run: number): Promise<void> {
  const question = { tool: 'Bash', input: { command: 'ls' }, fingerprint: 'x', agent_id: null, waiter: null };
  await createApprovals(home).ask({ ...question, task_id, run, asked_at: iso(0), expires_at: iso(60_000) });
}

/** One task of each kind; paused ones are beside the queue. */
async function stageOfAll(): Promise<BotStage> {
  const stage = openBotStage();
  const paused = { status: 'paused', started_at: iso(1) } as const;
  await stage.hasTask({ task_id: at(1), task_name: 'at_work', status: 'running' });
  await stage.hasTask({ task_id: at(2), task_name: 'asking', status: 'running' });
  const runs = [aRun(firstTaskTs, 'lost'), aRun(firstTaskTs, null, { n: 2 })];
  await stage.hasTask({ task_id: at(3), task_name: 'had asked', status: 'running', runs });
  await stage.hasTask({ task_id: at(4), task_name: 'in line' });
  await stage.hasTask({ ...paused, task_id: at(5), task_name: 'by hand', reason: 'user' });
  await stage.hasTask({
    ...paused,
    task_id: at(6),
    task_name: 'at the limit',
    reason: 'limit',
    resume_at: iso(1_800_000),
  });
  for (const n of [5, 6]) await stage.home.queue.setAside(at(n));
  await ask(stage, at(2), 1);
  await ask(stage, at(3), 1);
  return stage;
}

const chinese = { from: { ...ada, languageCode: 'zh' } };

describe('/status', () => {
  it('marks what stands still, and says why', async () => {
    const stage = await stageOfAll();
    expect((await stage.says('/status'))[0]).toMatchInlineSnapshot(`
      "2 of 5 places taken, 1 waiting. No worker lives; the next task starts one.
      🔧 at_work task-5-1763600000001
      ❓ asking · running (waiting for an answer) task-5-1763600000002
      🔧 had asked task-5-1763600000003
      ⏳ in line task-5-1763600000004
      ⏸ by hand · paused (on request) task-5-1763600000005
      ⏸ at the limit · paused (the usage limit is reached, goes on in 30 min) task-5-1763600000006"
    `);
    expect((await stage.says('/status', chinese))[0]).toMatchInlineSnapshot(`
      "5 个位置中已用 2 个，1 个在等待。没有工作进程；下一个任务会启动它。
      🔧 at_work task-5-1763600000001
      ❓ asking · 运行中 (等待答复) task-5-1763600000002
      🔧 had asked task-5-1763600000003
      ⏳ in line task-5-1763600000004
      ⏸ by hand · 已暂停 (应要求) task-5-1763600000005
      ⏸ at the limit · 已暂停 (已达到用量上限，30 分钟后继续) task-5-1763600000006"
    `);
  });
});

describe('/tasks', () => {
  it('marks what stands still, and says why', async () => {
    const stage = await stageOfAll();
    expect((await stage.says('/tasks'))[0]).toMatchInlineSnapshot(`
      "6 tasks:

      🔧 at_work · running · 0 ms
      task-5-1763600000001

      ❓ asking · running (waiting for an answer) · 0 ms
      task-5-1763600000002

      🔧 had asked · running · 0 ms
      task-5-1763600000003

      ⏳ in line · waiting · 0 ms
      task-5-1763600000004

      ⏸ by hand · paused (on request) · 0 ms
      task-5-1763600000005

      ⏸ at the limit · paused (the usage limit is reached, goes on in 30 min) · 0 ms
      task-5-1763600000006"
    `);
    expect((await stage.says('任务', chinese))[0]).toMatchInlineSnapshot(`
      "6 个任务：

      🔧 at_work · 运行中 · 0 毫秒
      task-5-1763600000001

      ❓ asking · 运行中 (等待答复) · 0 毫秒
      task-5-1763600000002

      🔧 had asked · 运行中 · 0 毫秒
      task-5-1763600000003

      ⏳ in line · 等待中 · 0 毫秒
      task-5-1763600000004

      ⏸ by hand · 已暂停 (应要求) · 0 毫秒
      task-5-1763600000005

      ⏸ at the limit · 已暂停 (已达到用量上限，30 分钟后继续) · 0 毫秒
      task-5-1763600000006"
    `);
  });
});
