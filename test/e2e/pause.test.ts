// Pausing and resuming: in the middle of a turn, across dead workers, before a run began, and what cannot be paused.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRunning, pidIn, type Scene, startScene, until } from '../support/e2e.ts';
import { bash, countIn, type Gate, makeGate } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ agents: { sleeps: 'echo started; exec sleep 1000' }, hasBotInConfig: true });
});
afterAll(() => scene.close());

const paused = (taskId: string) =>
  until(`${taskId} to be paused`, () => {
    const task = scene.task(taskId);
    return task.status === 'paused' && task.runs.every(({ ended_at }) => ended_at !== null) && task;
  });

/** Writes a file, and waits at the gate before it says that it did; once gone on with, it says something else. */
function playGated(word: string, gate: Gate): void {
  scene.plays(
    word,
    ({ cwd }) => [
      { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/${word}.txt`, content: word } }] },
      { text: `First half of the ${word}.` },
    ],
    {
      before: ({ toolResults, sessionText }) =>
        toolResults > 0 && sessionText.includes(word) ? gate.opened : undefined,
      later: [{ text: `Second half of the ${word}.` }],
    },
  );
}

/** Dispatches a gated task, and waits until its first half stands in the agent's own record. */
async function inTheMiddle(word: string, chat: string): Promise<string> {
  const taskId = await scene.dispatch(['-g', chat, '-n', word, `tell of the ${word}`]);
  await until('the model to be asked for the rest', () => scene.asked(word).some(({ toolResults }) => toolResults > 0));
  const projects = path.join(scene.person, '.claude', 'projects');
  await until('the transcript to hold the first half', () =>
    fs
      .readdirSync(projects, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(`${scene.task(taskId).agent_session_id}.jsonl`))
      .some((file) => fs.readFileSync(path.join(projects, file), 'utf8').includes('tool_result')),
  );
  return taskId;
}

/** It went on in one conversation: the model was told all that was before, was asked once, and answered once. */
async function expectWhole(taskId: string, word: string, chat: string): Promise<void> {
  const task = await scene.ended(taskId);
  expect(task).toMatchObject({ status: 'completed', result: `Second half of the ${word}.` });
  expect(task.runs.map(({ outcome }) => outcome)).toEqual(['paused', 'completed']);
  expect(fs.readFileSync(path.join(task.workdir, `${word}.txt`), 'utf8')).toBe(word);
  const requests = scene.asked(`tell of the ${word}`);
  const last = requests.at(-1);
  expect(last?.sessionText).toMatch(/^You were interrupted/);
  expect(countIn(last, `${word}.txt`)).toBeGreaterThan(0);
  expect(countIn(last, `tell of the ${word}`)).toBe(1);
  expect(requests.filter(({ sessionText }) => sessionText.startsWith('You were interrupted'))).toHaveLength(1);
  await scene.told(chat);
  const answers = scene.bot.messages(chat).filter(({ text }) => text.includes(`half of the ${word}`));
  expect(answers.map(({ text }) => text.split('\n')[0])).toEqual([`✅ ${word}`]);
}

describe('a running task', () => {
  it('is paused after a tool call, keeps what it did, and goes on in its conversation', async () => {
    const gate = makeGate();
    playGated('otter', gate);
    const taskId = await inTheMiddle('otter', '1501');
    const { pid } = scene.latestRun(taskId);
    expect(await scene.cli(['tasks', 'pause', taskId])).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: `${taskId} is being paused. Go on with: ccdispatch tasks resume ${taskId}\n`,
    });
    expect(await paused(taskId)).toMatchObject({ reason: 'user', completed_at: null, runs: [{ outcome: 'paused' }] });
    expect(isRunning(pid)).toBe(false);
    await until('its slot to be free', () => !fs.existsSync(path.join(scene.home, 'queue', 'active', taskId)));
    expect((await scene.cli(['tasks', 'list'])).stdout).toContain('paused (user)');
    expect((await scene.cli(['tasks', 'why', taskId])).stdout).toContain(`paused (user)`);
    await scene.told('1501');
    const told = scene.bot.messages('1501').filter(({ text }) => text.startsWith('⏸'));
    expect(told.at(-1)?.text).toContain(`ccdispatch tasks resume ${taskId}`);
    // Twice is once.
    expect((await scene.cli(['tasks', 'pause', taskId])).stderr).toContain('is paused.');
    expect((await scene.cli(['tasks', 'retry', taskId])).stderr).toContain(`ccdispatch tasks resume ${taskId}`);

    await scene.workerGone();
    expect(await scene.cli(['tasks', 'resume', taskId])).toMatchObject({
      exitCode: 0,
      stderr: `${taskId} waits for its turn.\n`,
    });
    await expectWhole(taskId, 'otter', '1501');
    expect((await scene.cli(['tasks', 'resume', taskId])).stderr).toContain(`ccdispatch tasks retry ${taskId}`);
    expect((await scene.cli(['tasks', 'pause', taskId])).stderr).toContain(`ccdispatch tasks retry ${taskId}`);
    gate.open();
  });

  it('tells its agent once what it is to hear beside, however often it is paused again', async () => {
    const gate = makeGate();
    playGated('stork', gate);
    const taskId = await inTheMiddle('stork', '1504');
    const note = 'The file nest.txt has changed under you.';
    const hears = () => scene.asked('stork').filter((request) => countIn(request, note) > 0);
    await scene.cli(['tasks', 'pause', taskId]);
    await paused(taskId);
    const second = makeGate();
    scene.plays('nest.txt', [], { before: () => second.opened, later: [{ text: 'Second half of the stork.' }] });
    await scene.cli(['tasks', 'resume', '--note', note, taskId]);
    await until('the agent to be told', () => hears().length > 0);
    expect(hears().at(-1)?.sessionText).toMatch(
      /^You were interrupted[\s\S]*\n\nThe file nest\.txt has changed under you\.$/,
    );
    await scene.cli(['tasks', 'pause', taskId]);
    await paused(taskId);
    second.open();
    await scene.cli(['tasks', 'resume', taskId]);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', runs: [{}, {}, { outcome: 'completed' }] });
    expect(countIn(hears().at(-1), note)).toBe(1);
    expect(hears().at(-1)?.sessionText).not.toContain(note);
    gate.open();
  });

  it('is paused although its worker was killed, and resumed at once', async () => {
    const gate = makeGate();
    playGated('heron', gate);
    const taskId = await inTheMiddle('heron', '1502');
    await scene.killWorker();
    expect((await scene.cli(['tasks', 'pause', '--json', taskId])).stdout).toContain('"pausing"');
    const resumed = await scene.cli(['tasks', 'resume', taskId]);
    expect(resumed).toMatchObject({ exitCode: 0, stderr: `${taskId} waits for its turn.\n` });
    await expectWhole(taskId, 'heron', '1502');
    gate.open();
  });

  it('is paused in the middle of a tool, which ends with it, and knows what it was about', async () => {
    const pids = path.join(scene.folder, 'mole.pid');
    const dig = `echo $$ >> ${pids}; exec sleep 1000`;
    scene.plays('mole', [bash(dig), { text: 'never said' }], { later: [{ text: 'The mole is out.' }] });
    const taskId = await scene.dispatch(['-g', '1505', '--allowed-tools', 'Bash', 'dig out the mole']);
    const tool = await pidIn(pids);
    await scene.cli(['tasks', 'pause', taskId]);
    await paused(taskId);
    expect([isRunning(tool), isRunning(scene.latestRun(taskId).pid)]).toEqual([false, false]);
    await scene.cli(['tasks', 'resume', taskId]);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', result: 'The mole is out.' });
    // The model is told what it was about to do.
    const last = scene.asked('mole').at(-1);
    expect(last?.sessionText).toMatch(/^You were interrupted/);
    expect(countIn(last, 'dig out the mole')).toBe(1);
    expect(countIn(last, 'mole.pid')).toBeGreaterThan(0);
  });

  it('is cancelled while it is paused, and stays so', async () => {
    const gate = makeGate();
    playGated('badger', gate);
    const taskId = await inTheMiddle('badger', '1503');
    await scene.cli(['tasks', 'pause', taskId]);
    await paused(taskId);
    expect((await scene.cli(['tasks', 'cancel', taskId])).stderr).toBe(`${taskId} cancelled.\n`);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'cancelled', reason: 'user' });
    expect((await scene.cli(['tasks', 'resume', taskId])).exitCode).toBe(2);
    await scene.told('1503');
    expect(scene.results('1503').map(({ text }) => text.slice(0, 1))).toEqual(['⏹']);
    gate.open();
  });

  it('of an agent that could not go on is not paused', async () => {
    const taskId = await scene.dispatch(['--agent', 'sleeps', 'rest']);
    await scene.running(taskId);
    const said = await scene.cli(['tasks', 'pause', taskId]);
    expect(said.exitCode).toBe(2);
    expect(said.stderr).toContain('the agent "sleeps" cannot go on where it stopped.');
    expect(said.stderr).toContain(`ccdispatch tasks cancel ${taskId}`);
    expect(scene.task(taskId).status).toBe('running');
    await scene.cli(['tasks', 'cancel', taskId]);
    await scene.ended(taskId);
  });
});

describe('a task that waits', () => {
  it('leaves the queue, and begins when it is resumed', async () => {
    const gate = makeGate();
    scene.plays('river', [{ text: 'It flows.' }], { before: () => gate.opened });
    const first = await scene.dispatch(['-g', '1510', 'watch the river']);
    await scene.running(first);
    const second = await scene.dispatch(['-g', '1511', '-s', first, 'watch the river once more']);
    expect((await scene.cli(['tasks', 'pause', second])).stderr).toContain('is paused.');
    gate.open();
    await scene.ended(first);
    await scene.workerGone();
    expect(scene.task(second)).toMatchObject({ status: 'paused', reason: 'user' });
    expect(scene.asked('once more')).toEqual([]);
    expect((await scene.cli(['tasks', 'start', second])).stdout).toBe(`${second}\n`);
    expect(await scene.ended(second)).toMatchObject({ status: 'completed' });
    expect(scene.asked('once more').length).toBeGreaterThan(0);
  });
});
