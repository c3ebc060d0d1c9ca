// Questions when processes are killed or race: the hook of an agent, whoever answers, and the time against all of them.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Approval } from '../../src/lib/tasks/approvals.ts';
import { hookText, openAsking } from '../lib/notify/asking.ts';
import { program, runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';

interface Hook {
  pid: number;
  ended: Promise<{ exitCode: number | null; stdout: string }>;
  kill(signal: NodeJS.Signals): void;
}

/** A home where a task is at work by its records, the command's environment for it, and its hook as the agent starts it. */
async function openProcesses(changes: Parameters<typeof openAsking>[0] = {}) {
  const asking = await openAsking(changes);
  const { home, task, approvals } = asking;
  fs.mkdirSync(home.paths.active, { recursive: true });
  fs.writeFileSync(path.join(home.paths.active, task.task_id), '');
  // Nobody shall come and find out that no agent runs.
  const lock = home.locks.tryTake(home.paths.workerLock, 'worker');
  onTestFinished(() => lock?.release());
  const env = { ...asking.env, ...home.env, CLAUDE_PID: String(process.pid) };
  const startHook = (minutes = 30, text = hookText()): Hook => {
    const args = [program, 'permission-hook', '--minutes', String(minutes)];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => {
      stdout += data;
    });
    child.stdin.end(text);
    const ended = new Promise<{ exitCode: number | null; stdout: string }>((resolve) =>
      child.on('close', (exitCode) => resolve({ exitCode, stdout })),
    );
    return { pid: child.pid as number, ended, kill: (signal) => void child.kill(signal) };
  };
  return {
    ...asking,
    startHook,
    cli: (...args: string[]) =>
      runCommand(['approvals', ...args], { env: { ...home.env, CCDISPATCH_TASK_ID: undefined } }),
    openQuestion: (): Promise<Approval> => until('an open question', () => approvals.open(task.task_id)[0]),
  };
}

const decisionIn = (stdout: string) =>
  JSON.parse(stdout).hookSpecificOutput.decision as { behavior: string; message?: string };

describe('a hook', () => {
  it('prints what was answered at a shell, and nothing else', async () => {
    const { startHook, openQuestion, cli } = await openProcesses();
    const hook = startHook();
    const { id, waiter } = await openQuestion();
    expect(waiter?.pid).toBe(hook.pid);
    expect((await cli('list')).stdout).toContain('    command: npm test\n');
    expect(await cli('allow', id, '--for-task', '--json')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('"scope": "task"'),
    });
    expect(await hook.ended).toEqual({
      exitCode: 0,
      stdout: '{"hookSpecificOutput":{"hookEventName":"PermissionRequest","decision":{"behavior":"allow"}}}\n',
    });
    expect(await cli('deny', id)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Too late: allowed for this task'),
    });
    expect(await cli('allow', 'nothing0000')).toMatchObject({ exitCode: 5 });
    // The answer holds for the next one.
    expect(decisionIn((await startHook().ended).stdout)).toEqual({ behavior: 'allow' });
    expect(await cli('list')).toMatchObject({ stdout: '', stderr: 'No agent waits for an answer.\n' });
  });

  it('denies when the time is over', async () => {
    const { startHook } = await openProcesses();
    const { exitCode, stdout } = await startHook(0.002).ended;
    expect([exitCode, decisionIn(stdout).behavior]).toEqual([0, 'deny']);
    expect(decisionIn(stdout).message).toContain('it timed out, nobody denied it');
  });

  it('that was killed leaves a question that nobody can answer', async () => {
    const { startHook, openQuestion, cli, approvals } = await openProcesses();
    const hook = startHook();
    const approval = await openQuestion();
    hook.kill('SIGKILL');
    await hook.ended;
    expect(await cli('list')).toMatchObject({ stdout: '' });
    expect(await cli('allow', approval.id)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no longer asked'),
    });
    expect(approvals.answerOf(approval)).toMatchObject({ answer: 'deny', how: 'void' });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'that is told to leave (%s) closes its question, and decides nothing',
    async (signal) => {
      const { startHook, openQuestion, approvals } = await openProcesses();
      const hook = startHook();
      const approval = await openQuestion();
      hook.kill(signal);
      expect(await hook.ended).toEqual({ exitCode: 0, stdout: '' });
      expect(approvals.answerOf(approval)).toMatchObject({ how: 'void' });
    },
  );

  it('denies with a sentence where it cannot ask, and never fails its host', async () => {
    const { startHook, home, task } = await openProcesses();
    for (const text of ['', 'no JSON', '{"tool_name":1}']) {
      const { exitCode, stdout } = await startHook(30, text).ended;
      expect([exitCode, decisionIn(stdout).behavior]).toEqual([0, 'deny']);
    }
    fs.writeFileSync(path.join(home.paths.task(task.task_id), 'approvals'), 'in the way');
    const { exitCode, stdout } = await startHook().ended;
    expect([exitCode, decisionIn(stdout)]).toEqual([
      0,
      { behavior: 'deny', message: expect.stringContaining('Nobody could be asked whether this is allowed') },
    ]);
    expect(fs.readFileSync(path.join(home.paths.logs, 'hooks.log'), 'utf8')).toContain('a question could not be asked');
  });
});

describe('answers of several processes', () => {
  it('are one: the first stands, all others hear it, and so does the agent', async () => {
    const { startHook, openQuestion, cli } = await openProcesses();
    for (let round = 0; round < 3; round++) {
      // A command of its own each time; the time runs out while people answer.
      const hook = startHook(0.02, hookText({ tool_input: { command: `step ${round}` } }));
      const { id } = await openQuestion();
      const given = await Promise.all([cli('allow', id), cli('deny', id), cli('allow', id)]);
      const { stdout } = await hook.ended;
      const first = given.filter(({ exitCode }) => exitCode === 0);
      expect(first.length).toBeLessThanOrEqual(1);
      for (const { exitCode, stderr } of given) {
        if (exitCode !== 0) expect(stderr).toContain('Too late: ');
      }
      const word = /: (Allowed|Denied)/.exec(first[0]?.stderr ?? '')?.[1];
      const message = decisionIn(stdout).message ?? '';
      if (word === undefined) expect(message).toContain('it timed out');
      else
        expect([word, decisionIn(stdout).behavior]).toEqual(
          word === 'Allowed' ? ['Allowed', 'allow'] : ['Denied', 'deny'],
        );
    }
  });
});
