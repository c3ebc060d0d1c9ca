// Agents of a person's own: any program that reads the prompt and prints its answer, with whatever it leaves behind.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, pidIn, type Scene, startScene } from '../support/e2e.ts';

/** Writes its number where the test finds it: in the folder that the agent works in. */
const background = (name: string, how: string) => `${how} sh -c 'echo $$ > "$PWD/${name}.pid"; exec sleep 1000'`;
/** Answers once that process is there. */
const answer = 'until [ -s left.pid ]; do sleep 0.02; done; echo done';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    config: { limits: { maxSessions: 1, perUser: 1 } },
    agents: {
      shouts: 'tr a-z A-Z; pwd >&2',
      fails: 'echo "half an answer"; echo "out of paper" >&2; exit 7',
      leaves: `${background('left', 'setsid')} >/dev/null 2>&1 </dev/null &\n${answer}`,
      clings: `${background('left', 'setsid')} 2>/dev/null </dev/null &\n${answer}`,
      forgets: `${background('left', 'env -i')} 2>/dev/null </dev/null &\n${answer}`,
    },
  });
});
afterAll(() => scene.close());

describe('a custom agent', () => {
  it('gets the prompt on standard input and answers on standard output', async () => {
    const said = await scene.cli(['dispatch', '-g', '501', '-n', 'loud', '--agent', 'shouts', '--wait', 'hear me']);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'HEAR ME\n', stderr: '' });
    const task = await scene.ended(await scene.latestOf('501'));
    expect(task).toMatchObject({
      status: 'completed',
      agent: 'shouts',
      agent_session_id: null,
      usage: null,
      cost_usd: null,
    });
    expect(fs.readFileSync(path.join(scene.taskFolder(task.task_id), 'runs/1/stderr.log'), 'utf8')).toBe(
      `${task.workdir}\n`,
    );
    expect((await scene.cli(['tasks', 'logs', '-f', task.task_id])).stdout).toBe('HEAR ME\n');
    await scene.told('501');
    expect(scene.results('501').map(({ text }) => text)).toEqual([expect.stringMatching(/^✅ loud\nHEAR ME\n\n⏱ /)]);
  });

  it('fails with its exit code, and what it said is kept', async () => {
    const said = await scene.cli(['dispatch', '--agent', 'fails', '--wait', 'print']);
    expect(said).toMatchObject({
      exitCode: 1,
      stdout: 'fails ended with exit code 7.\n\nhalf an answer\n\nout of paper\n',
    });
  });

  it('cannot be continued: it has no conversation', async () => {
    const taskId = await scene.dispatch(['--agent', 'shouts', 'once']);
    expect(await scene.ended(taskId)).toMatchObject({ result: 'ONCE' });
    const same = await scene.cli(['dispatch', '-s', taskId, 'twice']);
    expect(same).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has no conversation to continue') });
    const other = await scene.cli(['dispatch', '-s', 'some-conversation', '-w', '.', '--agent', 'shouts', 'twice']);
    expect(other).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('"shouts" has no conversations') });
  });
});

describe('what a custom agent leaves behind is gone, and its slot free', () => {
  it.each([
    ['leaves', 'a process in a session of its own'],
    ['clings', 'one that holds the output open'],
    ['forgets', 'one that dropped our variables'],
  ])('%s: %s', async (agent) => {
    const said = await scene.cli(['dispatch', '--agent', agent, '--wait', 'go']);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'done\n' });
    const taskId = await scene.latestOf('local');
    const left = await pidIn(path.join(scene.task(taskId).workdir, 'left.pid'));
    // The only slot: this one runs when nothing of the other is left.
    const next = await scene.dispatch(['--agent', 'shouts', 'next']);
    expect(await scene.ended(next)).toMatchObject({ result: 'NEXT' });
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', runs: [{ n: 1, outcome: 'completed' }] });
    expect(isRunning(left)).toBe(false);
  });
});
