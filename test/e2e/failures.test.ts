// Runs that fail: what the service refuses, programs that are missing or break, and what people are told about it.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    agents: {
      breaks: 'echo "no licence" >&2; exit 3',
      vanishes: 'kill -9 $$',
      locked: 'echo never',
    },
    config: {
      agents: { custom: { gone: { command: ['/nowhere/agent'] }, text: { command: ['/etc/passwd'] } } },
    },
  });
  fs.chmodSync(path.join(scene.folder, 'agents', 'locked'), 0o644);
});
afterAll(() => scene.close());

/** Dispatches, waits, and gives what the shell and the chat saw, and the record. */
async function fails(chat: string, args: string[]) {
  const said = await scene.cli(['dispatch', '-g', chat, '-n', 'bad day', '--wait', ...args]);
  const task = await scene.ended(await scene.latestOf(chat));
  await scene.told(chat);
  return { said, task, results: scene.results(chat).map(({ text }) => text) };
}

describe('a refusal of the service', () => {
  it.each([
    [429, 'limit', 'the usage limit is reached'],
    [401, 'auth', 'the agent is not logged in'],
    [529, 'overloaded', 'the model is overloaded'],
  ])('%i fails the task with the reason %s', async (status, reason, told) => {
    scene.plays(`refused-${status}`, [{ status, message: `said ${status}` }]);
    const { said, task, results } = await fails(String(1000 + status), [`be refused-${status}`]);
    expect(task).toMatchObject({ status: 'failed', reason, runs: [{ n: 1, outcome: 'failed' }] });
    expect(said.exitCode).toBe(1);
    expect(said.stderr).toBe(
      `ccdispatch: ${task.task_id} failed (${reason}). Run it once more with: ccdispatch tasks retry ${task.task_id}\n`,
    );
    expect(said.stdout).toContain(`${status}`);
    expect(results).toEqual([expect.stringMatching(new RegExp(`^❌ bad day — failed: ${told}\\n`))]);
    expect(results[0]).toContain(`ccdispatch tasks retry ${task.task_id}`);
  });
});

describe('a program that does not do its part', () => {
  it.each([
    ['gone', '2001', 'spawn', 'The program "/nowhere/agent" of the agent "gone" was not found.'],
    ['text', '2002', 'spawn', 'The program "/etc/passwd" may not be executed. Make it executable'],
    ['locked', '2003', 'spawn', 'may not be executed. Make it executable (`chmod +x`), then retry the task.'],
    ['breaks', '2004', 'agent', 'breaks ended with exit code 3.\n\nno licence'],
    ['vanishes', '2005', 'agent', 'vanishes was ended by SIGKILL'],
  ])('%s fails the task, and it is said why (chat %s, %s)', async (agent, chat, reason, text) => {
    const { said, task, results } = await fails(chat, ['--agent', agent, 'try']);
    expect(task).toMatchObject({ status: 'failed', reason, runs: [{ n: 1, outcome: 'failed' }] });
    expect(task.runs[0]?.ended_at).not.toBeNull();
    expect(task.result).toContain(text);
    expect(said).toMatchObject({ exitCode: 1, stdout: expect.stringContaining(text) });
    expect(results).toHaveLength(1);
    expect(results[0]).toContain(text.slice(0, 30).replaceAll('`', ''));
  });

  it('is refused at once where no agent of that name is known', async () => {
    const said = await scene.cli(['dispatch', '-g', '2999', '--agent', 'codex', 'try']);
    expect(said).toMatchObject({ exitCode: 2, stdout: '' });
    expect(said.stderr).toContain('There is no agent "codex"');
    expect(said.stderr).toContain('claude, breaks, vanishes, locked, gone, text');
    expect(fs.existsSync(path.join(scene.home, 'tasks', '2999'))).toBe(false);
  });

  it('says what to do where the claude program is missing, and runs when it is there', async () => {
    await scene.workerGone();
    const env = { CLAUDE_BIN: path.join(scene.folder, 'no-claude') };
    const said = await scene.cli(['dispatch', '-g', '2998', '--wait', 'try'], { env });
    const taskId = await scene.latestOf('2998');
    expect(said.exitCode).toBe(1);
    expect(said.stdout).toContain('Install it with `npm install -g @anthropic-ai/claude-code`, or set CLAUDE_BIN');
    expect(await scene.ended(taskId)).toMatchObject({ status: 'failed', reason: 'spawn' });
    await scene.workerGone();
    expect(await scene.cli(['tasks', 'retry', '--wait', taskId])).toMatchObject({ exitCode: 0, stdout: 'ok\n' });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', runs: [{ n: 1 }, { n: 2 }] });
    await scene.told('2998');
    expect(scene.results('2998').map(({ text }) => text.slice(0, 1))).toEqual(['❌', '✅']);
  });

  it('is not held against the account that the agent was to work with', async () => {
    await scene.workerGone();
    const key = 'sk-ant-of-a-missing-program-0123456789';
    const added = await scene.cli(['accounts', 'add', 'idle', '--api-key', '-', '--base-url', scene.model.url], {
      input: key,
    });
    expect(added.exitCode, added.stderr).toBe(0);
    const shown = async () => JSON.parse((await scene.cli(['accounts', 'show', 'idle', '--json'])).stdout);
    const before = await shown();
    const env = { CLAUDE_BIN: path.join(scene.folder, 'no-claude') };
    const said = await scene.cli(['dispatch', '-g', '2997', '--wait', 'try'], { env });
    const taskId = await scene.latestOf('2997');
    expect(said).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('set CLAUDE_BIN') });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'failed', reason: 'spawn' });
    expect(await shown()).toMatchObject({ status: before.status, active: true, limits: [] });
    await scene.workerGone();
    expect(await scene.cli(['tasks', 'retry', '--wait', taskId])).toMatchObject({ exitCode: 0, stdout: 'ok\n' });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', account: 'idle' });
    expect(scene.model.requests.at(-1)?.apiKey).toBe(key);
    expect((await scene.cli(['accounts', 'remove', 'idle'])).exitCode).toBe(0);
  });
});
