// When tasks run: at a time, after another one, and as the limits of the moment allow; with the real worker process.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene, until } from '../support/e2e.ts';
import { bash, makeGate } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({
    agents: {
      shouts: 'tr a-z A-Z',
      // Goes on when the file is there that its prompt names, and ends with the number in it.
      waits: 'read file; until [ -s "$file" ]; do sleep 0.02; done; exit "$(cat "$file")"',
    },
  });
});
afterAll(() => scene.close());

const gate = (name: string) => path.join(scene.folder, name);
const open = (name: string, exitCode = 0) => fs.writeFileSync(gate(name), `${exitCode}\n`);

/** A task that ends when its gate is opened. */
async function begin(name: string, ...args: string[]): Promise<string> {
  const taskId = await scene.dispatch(['--agent', 'waits', '-n', name, ...args, gate(name)]);
  await until(`${name} runs`, () => scene.task(taskId).status === 'running');
  return taskId;
}
const shout = (...args: string[]) => scene.dispatch(['--agent', 'shouts', ...args, 'hear me']);

async function why(taskId: string): Promise<{ waits_for: string; text: string; position: number | null }> {
  return JSON.parse((await scene.cli(['tasks', 'why', '--json', taskId])).stdout);
}

function setLimits(limits: Record<string, unknown>): void {
  const file = path.join(scene.home, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.writeFileSync(file, JSON.stringify({ ...config, limits: { ...config.limits, ...limits } }));
}

describe('a task after another one', () => {
  it('waits for its end, says so, and then runs', async () => {
    const first = await begin('first');
    const second = await shout('-n', 'second', '--after', first);
    const third = await shout('-n', 'third', '--after', 'latest');
    expect(await why(second)).toMatchObject({
      waits_for: 'after',
      after: { task_id: first, task_name: 'first' },
      position: null,
      text: `It comes after ${first} (first), which has not ended.`,
    });
    expect(await why(third)).toMatchObject({ waits_for: 'after', after: { task_id: second } });
    open('first');
    const ended = [await scene.ended(first), await scene.ended(second), await scene.ended(third)];
    expect(ended.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
    expect(Date.parse(ended[1]?.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(ended[0]?.completed_at ?? ''));
    expect(Date.parse(ended[2]?.started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(ended[1]?.completed_at ?? ''));
  });

  it('is cancelled where that one fails, and so is what comes after it; unless it was to run all the same', async () => {
    const first = await begin('failing');
    const second = await shout('-n', 'second', '-g', '601', '--after', first);
    const third = await shout('-n', 'third', '--after', second);
    const anyway = await shout('--after', first, '--if-failed', 'run');
    await until('the placeholder', () => scene.bot.messages('601').some(({ text }) => text.includes('“failing”')));
    open('failing', 7);
    expect(await scene.ended(second)).toMatchObject({
      status: 'cancelled',
      reason: 'after',
      result: `It was to follow “failing” (${first}), which failed.`,
    });
    expect(await scene.ended(third)).toMatchObject({
      status: 'cancelled',
      reason: 'after',
      result: `It was to follow “second” (${second}), which was cancelled.`,
    });
    expect(await scene.ended(anyway)).toMatchObject({ status: 'completed', result: 'HEAR ME' });
    await scene.told('601');
    expect(scene.results('601').map(({ text }) => text)).toEqual([
      expect.stringContaining(`stopped: the task before it did not succeed\nIt was to follow “failing” (${first})`),
    ]);
    // Decided at once where it has ended already, and a retry of the one before brings nothing back.
    expect(await scene.ended(await shout('--after', first))).toMatchObject({ status: 'cancelled', reason: 'after' });
    open('failing', 0);
    await scene.cli(['tasks', 'retry', '--wait', first]);
    expect(scene.task(second)).toMatchObject({ status: 'cancelled' });
    // Run once more it waits for nobody.
    expect(await scene.cli(['tasks', 'retry', '--wait', third])).toMatchObject({ exitCode: 0, stdout: 'HEAR ME\n' });
  });

  it('is cancelled with one that is cancelled while it waits for its time', async () => {
    const first = await shout('--at', '+5h');
    const second = await shout('--after', first, '--at', '+4h');
    await scene.cli(['tasks', 'cancel', first]);
    expect(await scene.ended(second)).toMatchObject({ status: 'cancelled', reason: 'after' });
  });

  it.each([
    ['a task that is not there', ['--after', 'task-local-1'], 5, 'There is no task task-local-1.'],
    ['no id', ['--after', 'yesterday'], 2, 'after: must be the id of a task'],
    ['a path', ['--after', '../../etc'], 2, 'after: must be the id of a task'],
    ['a huge number', ['--after', `task-local-${'9'.repeat(40)}`], 2, 'after: must be the id of a task'],
    ['another word for what happens', ['--after', 'task-local-1', '--if-failed', 'maybe'], 2, 'must be cancel or run'],
    ['what happens alone', ['--if-failed', 'run'], 2, 'Give --after, too.'],
  ])('is not made after %s', async (_what, args, exitCode, text) => {
    const said = await scene.cli(['dispatch', '--agent', 'shouts', ...args, 'hear me']);
    expect(said).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(text) });
  });
});

describe('a task at a time', () => {
  it('starts then, not before, and soon', async () => {
    const taskId = await shout('--at', '+2s');
    const { start_at } = scene.task(taskId);
    expect(await why(taskId)).toMatchObject({ waits_for: 'at', until: start_at, position: null });
    const { started_at } = await scene.ended(taskId);
    const lateMs = Date.parse(started_at ?? '') - Date.parse(start_at ?? '');
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThan(15_000);
  });

  it('is late, and not lost, where nobody worked at that time', async () => {
    const taskId = await shout('--at', '+1s');
    await scene.killWorker();
    await until('its time is over', () => Date.now() > Date.parse(scene.task(taskId).start_at ?? '') + 200);
    expect(scene.task(taskId).status).toBe('pending');
    await shout();
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed' });
  });

  it('keeps a worker that else would leave', async () => {
    const taskId = await shout('--at', 'in 3s');
    await until('nothing else is left', () => fs.readdirSync(path.join(scene.home, 'queue/active')).length === 0);
    const worker = scene.workerPid();
    expect(worker).not.toBeNull();
    await scene.ended(taskId);
    expect([worker, null]).toContain(scene.workerPid());
  });

  it('goes on by itself where it was paused until then', async () => {
    const taskId = await shout('--hold');
    const file = path.join(scene.taskFolder(taskId), 'task-meta.json');
    const record = JSON.parse(fs.readFileSync(file, 'utf8'));
    const resume_at = new Date(Date.now() + 2000).toISOString();
    fs.writeFileSync(file, JSON.stringify({ ...record, reason: 'limit', resume_at }));
    // A worker that comes for something else looks at it, too, and stays.
    await shout();
    const { started_at } = await scene.ended(taskId);
    expect(Date.parse(started_at ?? '')).toBeGreaterThanOrEqual(Date.parse(resume_at));
  });

  it('of a batch is checked with all others', async () => {
    const lines = [
      { prompt: 'a', at: '+1h' },
      { prompt: 'b', at: '2020-01-01T09:00' },
      { prompt: 'c', after: 'x' },
    ];
    const input = lines.map((line) => JSON.stringify(line)).join('\n');
    const said = await scene.cli(['dispatch', '--agent', 'shouts', '--batch', '-'], { input });
    expect(said).toMatchObject({ exitCode: 2, stdout: '' });
    expect(said.stderr).toMatch(
      /line 2: at: "2020-01-01T09:00" lies in the past; it is .* here\n {2}line 3: after: must be/,
    );
  });

  it.each([
    ['in the past', '2020-02-29T09:00', 'lies in the past'],
    ['that no calendar has', '2027-02-30T09:00', 'must be a time such as'],
    ['that no clock shows', '25:00', 'must be a time such as'],
    ['that is garbage', 'soon', 'must be a time such as'],
    ['that is empty', '', 'must be a time such as'],
    ['too far ahead', '+99999999999h', 'lies more than a year ahead'],
    ['without end', `+${'9'.repeat(400)}h`, 'must be a time such as'],
    ['that is now', '+0m', 'lies in the past'],
  ])('%s is refused', async (_what, at, text) => {
    const said = await scene.cli(['dispatch', '--agent', 'shouts', '--at', at, 'hear me']);
    expect(said).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(text) });
  });
});

describe('limits', () => {
  it('that are changed in the file hold at once, in a worker that runs', async () => {
    const first = await begin('one');
    setLimits({ maxSessions: 1 });
    const second = await scene.dispatch(['--agent', 'waits', '-g', '602', gate('two')]);
    await until('it waits for a place', async () => (await why(second)).waits_for === 'slots');
    const worker = scene.workerPid();
    setLimits({ maxSessions: 10 });
    await until('it has got one', () => scene.task(second).status === 'running');
    expect(scene.workerPid()).toBe(worker);
    open('one');
    open('two');
    await Promise.all([scene.ended(first), scene.ended(second)]);
  });

  it('of a chat’s queue refuse one more, and say how many wait', async () => {
    setLimits({ maxSessions: 1, queueDepth: 2 });
    try {
      const first = await begin('three');
      const waiting = [await shout('-g', '603'), await shout('-g', '603')];
      const said = await scene.cli(['dispatch', '--agent', 'shouts', '-g', '603', 'hear me']);
      expect(said).toMatchObject({
        exitCode: 7,
        stdout: '',
        stderr: expect.stringContaining('2 tasks of chat 603 wait already; 2 may (limits.queueDepth).'),
      });
      const input = [1, 2, 3].map((n) => JSON.stringify({ prompt: `p${n}`, group: 604, agent: 'shouts' })).join('\n');
      expect((await scene.cli(['dispatch', '--batch', '-'], { input })).exitCode).toBe(7);
      expect(fs.existsSync(path.join(scene.home, 'tasks/604'))).toBe(false);
      // Other chats are not concerned.
      waiting.push(await shout('-g', '605'));
      open('three');
      await scene.ended(first);
      for (const taskId of waiting) expect(await scene.ended(taskId)).toMatchObject({ status: 'completed' });
      expect((await scene.cli(['tasks', 'list', '--json', '-g', '603'])).stdout.match(/"task_id"/g)).toHaveLength(2);
    } finally {
      setLimits({ maxSessions: 10, queueDepth: null });
    }
  });

  it('of free memory keep a second run from starting, and never the only one', async () => {
    setLimits({ minFreeMemoryMb: 1_000_000_000 });
    try {
      const first = await begin('seven');
      const second = await shout('-g', '608');
      await until('it waits for memory', async () => (await why(second)).waits_for === 'memory');
      const told = () => scene.bot.messages('608').some(({ text }) => text.includes('short of memory'));
      await until('the chat is told', told);
      expect(scene.task(second).status).toBe('pending');
      open('seven');
      expect(await scene.ended(first)).toMatchObject({ status: 'completed' });
      expect(await scene.ended(second)).toMatchObject({ status: 'completed' });
    } finally {
      setLimits({ minFreeMemoryMb: 0 });
    }
  });

  it('of tokens keep a second run from starting, and never the only one', async () => {
    setLimits({ maxTokensPerMinute: 100 });
    const gate = makeGate();
    let answers = 0;
    scene.plays('count-my-tokens', [bash('true'), { text: 'counted' }], {
      before: () => (++answers > 1 ? gate.opened : undefined),
    });
    try {
      const first = await scene.dispatch(['count-my-tokens']);
      await until('its first answer was used', () => answers > 1);
      const second = await shout('-g', '607');
      await until('it waits for tokens', async () => (await why(second)).waits_for === 'tokens');
      await until('the chat is told', () => scene.bot.messages('607').some(({ text }) => text.includes('token rate')));
      expect(scene.task(second).status).toBe('pending');
      gate.open();
      expect(await scene.ended(first)).toMatchObject({ status: 'completed', result: 'counted' });
      expect(await scene.ended(second)).toMatchObject({ status: 'completed' });
    } finally {
      gate.open();
      setLimits({ maxTokensPerMinute: null });
    }
  });

  it('move the places in placeholders as the line moves', async () => {
    setLimits({ maxSessions: 1 });
    try {
      const gates = ['four', 'five', 'six'];
      const first = await begin(gates[0] as string);
      const others: string[] = [];
      for (const name of gates.slice(1)) {
        others.push(await scene.dispatch(['--agent', 'waits', '-n', name, '-g', '606', gate(name)]));
      }
      const says = (name: string, text: string) => () =>
        scene.bot.messages('606').some((message) => message.text.includes(name) && message.text.includes(text));
      await until('the last is second in line', says('six', 'number 2 in line'));
      open('four');
      await until('the last is next in line', says('six', 'next in line'));
      open('five');
      open('six');
      for (const taskId of [first, ...others]) expect(await scene.ended(taskId)).toMatchObject({ status: 'completed' });
    } finally {
      setLimits({ maxSessions: 10 });
    }
  });
});
