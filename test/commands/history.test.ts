// What a person at a shell sees of the past: `history` and `stats`, run as the real program.

import { describe, expect, it } from 'vitest';
import { historyLine } from '../../src/lib/tasks/history.ts';
import { makeHome, type TestHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';
import { addTask, firstTaskTs, type TaskFields } from '../support/tasks.ts';

async function addEnded(home: TestHome, fields: TaskFields) {
  const task = await addTask(home, { status: 'completed', ...fields });
  await home.history.add(task);
  return task;
}

/** Three ended tasks, the failed one last. */
async function homeWithHistory() {
  const home = makeHome();
  const env = { ...home.env, TZ: 'UTC' };
  const tasks = [
    await addEnded(home, { task_id: `task-local-${firstTaskTs}`, task_name: '计算器' }),
    await addEnded(home, { task_id: `task--1005-${firstTaskTs + 60_000}`, user_id: '8', duration_ms: 65_000 }),
    await addEnded(home, {
      task_id: `task-5-${firstTaskTs + 120_000}`,
      status: 'failed',
      reason: 'limit',
      user_id: '8',
    }),
  ];
  return { home, env, tasks };
}

describe('ccdispatch history', () => {
  it('lists ended runs, newest first', async () => {
    const { env } = await homeWithHistory();
    const { stdout, stderr, exitCode } = await runCommand(['history'], { env });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatchInlineSnapshot(`
      "ENDED             TASK                      RUN  NAME    OUTCOME              TIME     COST  TOKENS
      2025-11-20 00:55  task-5-1763600120000        1  calc    failed (limit)      2.0 s  $0.0100     120
      2025-11-20 00:54  task--1005-1763600060000    1  calc    completed       1 min 5 s  $0.0100     120
      2025-11-20 00:53  task-local-1763600000000    1  计算器  completed           2.0 s  $0.0100     120
      "
    `);
  });

  it('gives the lines as JSON, picked by chat, user, outcome and number', async () => {
    const { env, tasks } = await homeWithHistory();
    const [local, group, failed] = tasks.map(historyLine);
    const ask = async (...flags: string[]) =>
      JSON.parse((await runCommand(['history', '--json', ...flags], { env })).stdout);
    expect(await ask()).toEqual([failed, group, local]);
    expect(await ask('--limit', '1')).toEqual([failed]);
    expect(await ask('--chat', '-1005')).toEqual([group]);
    expect(await ask('--chat', 'local')).toEqual([local]);
    expect(await ask('--user', '8')).toEqual([failed, group]);
    expect(await ask('--user', '8', '--failed')).toEqual([failed]);
    expect(await ask('--since', '1h')).toEqual([]);
  });

  it('says so where there is nothing, and keeps standard output empty', async () => {
    const { env } = makeHome();
    expect(await runCommand(['history'], { env })).toMatchObject({
      stdout: '',
      stderr: 'No run has ended yet.\n',
      exitCode: 0,
    });
    expect(await runCommand(['history', '--failed'], { env })).toMatchObject({
      stdout: '',
      stderr: 'No ended run matches.\n',
    });
    expect(await runCommand(['history', '--json'], { env })).toMatchObject({ stdout: '[]\n', stderr: '' });
  });

  it.each([
    [['--limit', '0'], '--limit takes a whole number from 1 on, not "0".'],
    [['--limit', '5x'], '--limit takes a whole number from 1 on, not "5x".'],
    [['--since', 'yesterday'], '--since takes a duration, not "yesterday".'],
    [['--chat', '../5'], '--chat takes a chat id, not "../5".'],
  ])('refuses %j', async (flags, message) => {
    const { stdout, stderr, exitCode } = await runCommand(['history', ...flags], { env: makeHome().env });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain(message);
  });

  it('does not print tokens that somebody put into a name', async () => {
    const home = makeHome();
    await addEnded(home, { task_name: 'use 123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' });
    const { stdout } = await runCommand(['history'], { env: home.env });
    expect(stdout).toContain('use 123456789:***');
    expect(stdout).not.toContain('AAAA');
  });

  it('is made anew from the task folders', async () => {
    const home = makeHome();
    const task = await addTask(home, { status: 'completed' });
    const { stdout } = await runCommand(['history', '--rebuild'], { env: home.env });
    expect(stdout).toBe('1 run in the history (1 new), from 1 task.\n');
    expect(home.history.latest(5)).toEqual([historyLine(task)]);
  });
});

describe('ccdispatch stats', () => {
  it('sums up what ended within the time asked for', async () => {
    const { env } = await homeWithHistory();
    const { stdout, exitCode } = await runCommand(['stats', '--since', '20000d', '--by', 'user'], { env });
    expect(exitCode).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "USER   RUNS  COMPLETED  FAILED  CANCELLED  SUCCESS     COST  TOKENS IN  OUT  MEDIAN  90 % BELOW
      8         2          1       1          0     50 %  $0.0200        200   40   2.0 s   1 min 5 s
      local     1          1       0          0    100 %  $0.0100        100   20   2.0 s       2.0 s
      total     3          2       1          0     67 %  $0.0300        300   60   2.0 s   1 min 5 s
      "
    `);
    const none = await runCommand(['stats'], { env });
    expect(none).toMatchObject({ stdout: '', stderr: 'No run has ended within 30 d.\n', exitCode: 0 });
  });

  it('gives the figures as JSON', async () => {
    const { env } = await homeWithHistory();
    const { stdout } = await runCommand(['stats', '--since', '20000d', '--by', 'chat', '--json'], { env });
    const stats = JSON.parse(stdout);
    expect(stats).toMatchObject({ by: 'chat', total: { runs: 3, failed: 1, completed: 2, cost_usd: 0.03 } });
    expect(stats.groups.map(({ key }: { key: string }) => key)).toEqual(['-1005', '5', 'local']);
  });

  it('refuses a grouping that there is not', async () => {
    const { stderr, exitCode } = await runCommand(['stats', '--by', 'moon'], { env: makeHome().env });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Allowed choices are day, user, agent, chat');
  });
});
