// A session from the shell: its messages are turns of one living agent, across a worker's death, and it sleeps and ends.

import { afterEach, expect, it } from 'vitest';
import type { Session } from '../../src/lib/sessions/record.ts';
import { isRunning, type Scene, startScene } from '../support/e2e.ts';
import { bash, countIn, makeGate } from '../support/e2e-model.ts';
import { until } from '../support/until.ts';

let scene: Scene;
afterEach(() => scene?.close());

async function begin(name: string): Promise<string> {
  const { exitCode, stdout, stderr } = await scene.cli(['sessions', 'new', name]);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
}

async function say(id: string, text: string): Promise<string> {
  const { exitCode, stdout, stderr } = await scene.cli(['sessions', 'send', id, text, '--wait']);
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
}

async function list(...flags: string[]): Promise<(Session & { state: string })[]> {
  return JSON.parse((await scene.cli(['sessions', 'list', '--json', ...flags])).stdout);
}

/** Ends a session, and waits until its agent is gone. */
async function end(given: string): Promise<void> {
  const pids = (await list()).map(({ pid }) => pid as number);
  expect((await scene.cli(['sessions', 'end', given])).exitCode).toBe(0);
  await until('the end of its agent', () => !pids.some(isRunning), 20_000);
}

it('answers messages in one living agent and one conversation', { timeout: 60_000 }, async () => {
  scene = await startScene();
  scene.plays('lemon', [{ text: 'I will remember the lemon.' }]);
  scene.plays('which fruit', [{ text: 'It was the lemon.' }]);
  const id = await begin('fruit');
  expect(await say('fruit', 'Remember: lemon.')).toBe('I will remember the lemon.');
  const [first] = await list();
  expect(first).toMatchObject({ session_id: id, name: 'fruit', state: 'healthy', generation: 1 });
  expect(await say(id, 'Say which fruit.')).toBe('It was the lemon.');
  const [second] = await list();
  expect(second).toMatchObject({ generation: 1, pid: first?.pid });
  expect(countIn(scene.asked('which fruit').at(-1), 'Remember: lemon.')).toBe(1);
  // A worker that is told to leave right after ends it before it goes.
  expect((await scene.cli(['sessions', 'end', 'fruit'])).exitCode).toBe(0);
  expect((await scene.cli(['worker', 'stop'])).exitCode).toBe(0);
  expect(isRunning(first?.pid as number)).toBe(false);
  expect((await list('--all'))[0]?.state).toBe('ended');
});

it('asks in its stream, and hears the answer from a shell, also after its worker was killed', {
  timeout: 90_000,
}, async () => {
  scene = await startScene();
  const command = 'curl -s http://127.0.0.1:9/pear';
  scene.plays('pear', [bash(command), { text: 'I asked for the pear.' }]);
  const { stdout } = await scene.cli(['sessions', 'new', 'asking', '-g', '901']);
  const id = stdout.trim();
  const taskId = (await scene.cli(['sessions', 'send', id, 'fetch the pear'])).stdout.trim();
  const open = async () => JSON.parse((await scene.cli(['approvals', 'list', '--json'])).stdout);
  const [question] = await until('the question', async () => ((await open()).length > 0 ? await open() : null), 30_000);
  expect(question).toMatchObject({ task_id: taskId, tool: 'Bash', input: { command } });
  expect((await list())[0]?.state).toBe('waiting');
  await scene.killWorker();
  expect((await scene.cli(['approvals', 'allow', question.id])).exitCode).toBe(0);
  const ended = await scene.ended(taskId);
  expect(ended).toMatchObject({ status: 'completed', result: 'I asked for the pear.', session_id: id });
  expect(ended.runs).toHaveLength(1);
  expect(scene.asked('pear')).toHaveLength(2);
  await end(id);
});

it('loses no message to the death of its agent in mid-turn', { timeout: 90_000 }, async () => {
  scene = await startScene();
  const gate = makeGate();
  scene.plays('plum', [{ text: 'too late' }], { before: () => gate.opened, later: [{ text: 'The plum is ripe.' }] });
  const id = await begin('mortal');
  const taskId = (await scene.cli(['sessions', 'send', id, 'how is the plum'])).stdout.trim();
  await until('the turn', () => scene.asked('plum').length > 0, 30_000);
  const [session] = await list();
  process.kill(session?.pid as number, 'SIGKILL');
  gate.open();
  expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'The plum is ripe.' });
  expect((await list())[0]?.generation).toBe(2);
  await end(id);
});

it('starts an agent again that gives no sign of life, and tells so in one line', { timeout: 90_000 }, async () => {
  scene = await startScene({ config: { timeouts: { silenceSeconds: 3 } } });
  let asked = 0;
  scene.plays('quince', () => (asked++ === 0 ? [{ hang: true }] : [{ text: 'The quince at last.' }]), {
    later: [{ text: 'The quince at last.' }],
  });
  const id = (await scene.cli(['sessions', 'new', 'silent', '-g', '902'])).stdout.trim();
  const taskId = (await scene.cli(['sessions', 'send', id, 'bring the quince'])).stdout.trim();
  expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'The quince at last.' });
  const [session] = await list();
  expect(session).toMatchObject({ generation: 2, repairs: [{ kind: 'resume', cause: 'stuck' }] });
  const told = () => scene.bot.messages('902').filter(({ text }) => text?.includes('gave no sign of life'));
  await until('the line about it', () => told().length > 0);
  expect(told()).toHaveLength(1);
  await end(id);
});

it('lets a tool wait that does nothing for far longer than an agent may be silent', { timeout: 90_000 }, async () => {
  scene = await startScene({ config: { timeouts: { silenceSeconds: 2 } } });
  // A shell that became the program: it leads a group of its own, as the agent does, and has no children.
  scene.plays('acorn', [bash('exec sleep 11'), { text: 'The acorn has fallen.' }]);
  const id = (await scene.cli(['sessions', 'new', 'patient', '--allowed-tools', 'Bash'])).stdout.trim();
  const startedAt = Date.now();
  expect(await say(id, 'await the acorn')).toBe('The acorn has fallen.');
  expect(Date.now() - startedAt).toBeGreaterThan(11_000);
  expect((await list())[0]).toMatchObject({ generation: 1, repairs: [] });
  await end(id);
});

it('begins a new conversation where the old one answers nothing twice', { timeout: 90_000 }, async () => {
  scene = await startScene();
  scene.plays('medlar', [{ text: '' }]);
  scene.plays('speak up', [{ text: 'Here I am again.' }]);
  const id = await begin('mute');
  await scene.cli(['sessions', 'send', id, 'medlar one', '--wait']);
  await scene.cli(['sessions', 'send', id, 'medlar two', '--wait']);
  const [before] = await list();
  expect(await say(id, 'speak up')).toBe('Here I am again.');
  const [after] = await list();
  expect(after?.agent_session_id).not.toBe(before?.agent_session_id);
  expect(after).toMatchObject({ repairs: [{ kind: 'fresh', cause: 'poisoned' }], empty_answers: 0 });
  expect(countIn(scene.asked('speak up').at(-1), 'You were asked: medlar two')).toBe(1);
  await end(id);
});
