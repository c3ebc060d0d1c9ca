// Accounts that take over from each other: the real agent meets limits and refusals in mid-task, and its work goes on.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ModelRequest } from '../../src/lib/demo/model-server.ts';
import {
  filesWith,
  hasProc,
  isRunning,
  readEnvironment,
  type Scene,
  sceneKey,
  startScene,
  until,
} from '../support/e2e.ts';
import { makeGate, textOfRequest } from '../support/e2e-model.ts';

const keys = {
  one: 'sk-ant-take-over-one-key-0123456789-AAAA',
  two: 'sk-ant-take-over-two-key-0123456789-BBBB',
};
type Name = keyof typeof keys;

let scene: Scene;

async function accounts(args: string[], input = ''): Promise<string> {
  const { stdout, stderr, exitCode } = await scene.cli(['accounts', ...args], { input });
  expect({ args, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, stderr: '' });
  return stdout;
}

const isOf = (name: Name) => (request: ModelRequest) => request.apiKey === keys[name];
const askedBy = (word: string, name: Name) => scene.asked(word).filter(isOf(name));
const write = (file: string, content: string) => ({
  toolUses: [{ name: 'Write', input: { file_path: file, content } }],
});
const state = (name: Name) =>
  JSON.parse(fs.readFileSync(path.join(scene.home, 'accounts', name, 'state.json'), 'utf8'));
const paused = (taskId: string) =>
  until(`${taskId} to be paused`, () => (scene.task(taskId).status === 'paused' ? scene.task(taskId) : null)).catch(
    (error) => {
      const log = fs.readFileSync(path.join(scene.home, 'logs', 'worker.log'), 'utf8');
      throw new Error(`${error.message}\n${JSON.stringify(scene.task(taskId))}\n${log}`);
    },
  );

beforeAll(async () => {
  // One try of the agent's own: what goes on then is ours.
  scene = await startScene({
    env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', CLAUDE_CODE_MAX_RETRIES: '1', TELEGRAM_ADMIN_IDS: '4199' },
  });
  for (const name of ['one', 'two'] as const) {
    const priority = name === 'one' ? '9' : '5';
    await accounts(['add', name, '--api-key', '-', '--base-url', scene.model.url, '--priority', priority], keys[name]);
  }
});
afterAll(() => scene.close());

beforeEach(() => {
  // All are as good as new.
  for (const name of ['one', 'two']) fs.rmSync(path.join(scene.home, 'accounts', name, 'state.json'), { force: true });
});

it('another account goes on with the conversation where the first met its limit in mid-task', async () => {
  scene.plays(
    'PEACH',
    (request) =>
      isOf('one')(request) && request.toolResults > 0
        ? [{ status: 429, message: 'Too many requests' }]
        : [write(`${request.cwd}/first-half.txt`, 'half'), { text: 'By one alone.' }],
    {
      later: ({ cwd }) => [write(`${cwd}/second-half.txt`, 'whole'), { text: 'Both halves are there.' }],
    },
  );
  const taskId = await scene.dispatch(['-g', '4101', '-p', 'write both halves of PEACH']);
  const task = await scene.ended(taskId);
  expect(task).toMatchObject({
    status: 'completed',
    account: 'two',
    result: 'Both halves are there.',
    runs: [
      { n: 1, account: 'one', outcome: 'handed-over' },
      { n: 2, account: 'two', outcome: 'completed' },
    ],
  });
  expect(fs.readdirSync(task.workdir).sort()).toEqual(['first-half.txt', 'second-half.txt']);
  const [first] = askedBy('PEACH', 'two');
  expect(textOfRequest(first as ModelRequest)).toContain('first-half.txt');
  expect(first?.sessionText).toContain('Continue where you stopped');
  // What was done is not done again.
  expect(scene.asked('PEACH').filter((request) => request.toolResults === 0 && isOf('one')(request))).toHaveLength(1);
  expect(state('one').limits).toMatchObject([{ window: 'burst' }]);
  // Each account is counted for what it did, and the task for both.
  const [one, two] = task.runs.map(({ spent }) => spent);
  expect(one?.cost_usd).toBeGreaterThan(0);
  expect(two?.cost_usd).toBeGreaterThan(0);
  expect(task.cost_usd).toBeCloseTo((one?.cost_usd ?? 0) + (two?.cost_usd ?? 0), 6);
  expect(task.usage?.input_tokens).toBe((one?.usage?.input_tokens ?? 0) + (two?.usage?.input_tokens ?? 0));
  const counted: { total: { runs: number; cost_usd: number; input_tokens: number } }[] = JSON.parse(
    await accounts(['stats', '--json']),
  );
  expect(counted.map(({ total }) => [total.runs, total.cost_usd, total.input_tokens])).toEqual([
    [1, one?.cost_usd, one?.usage?.input_tokens],
    [1, two?.cost_usd, two?.usage?.input_tokens],
  ]);
  await scene.told('4101');
  expect(scene.results('4101')).toHaveLength(1);
  const told = scene.bot.messages('4101').map(({ text }) => text);
  expect(told.filter((text) => text.includes('another one goes on'))).toHaveLength(1);
  const history = (await scene.cli(['history', '--json'])).stdout;
  expect(history.split(taskId).length - 1).toBe(1);
});

it('a task waits where all have met a wall, without a slot, and goes on by itself at the reset', async () => {
  let isOver = false;
  scene.plays(
    'GRAPE',
    (request) => [
      write(`${request.cwd}/grape.txt`, 'x'),
      ...(isOver ? [] : [{ status: 429, message: 'You have hit your usage limit.' }]),
      { text: 'At last.' },
    ],
    { later: () => (isOver ? [{ text: 'At last.' }] : [{ status: 429, message: 'You have hit your usage limit.' }]) },
  );
  const taskId = await scene.dispatch(['-g', '4102', '-p', 'the GRAPE']);
  const waiting = await paused(taskId);
  expect(waiting).toMatchObject({ reason: 'limit', runs: [{ outcome: 'handed-over' }, { outcome: 'paused' }] });
  await until('its slot to be free', () => fs.readdirSync(path.join(scene.home, 'queue/active')).length === 0);
  expect(waiting.result).toContain('It goes on by itself at');
  const why = JSON.parse((await scene.cli(['tasks', 'why', taskId, '--json'])).stdout);
  expect(why).toMatchObject({ waits_for: 'limit', until: waiting.resume_at });
  isOver = true;
  // The hour of a wall whose end nobody named is over in three seconds.
  const reset = new Date(Date.now() + 3500).toISOString();
  for (const name of ['one', 'two'] as const) {
    const now = state(name);
    const limits = now.limits.map((limit: object) => ({ ...limit, until: reset }));
    fs.writeFileSync(path.join(scene.home, 'accounts', name, 'state.json'), JSON.stringify({ ...now, limits }));
  }
  const task = await scene.ended(taskId);
  expect(task).toMatchObject({ status: 'completed', result: 'At last.' });
  expect(Date.parse(task.runs[2]?.started_at as string)).toBeGreaterThanOrEqual(Date.parse(reset));
  // One conversation of one prompt, whoever went on with it.
  expect(
    new Set(scene.asked('GRAPE').map(({ body }) => JSON.stringify(body.messages?.[0]).includes('the GRAPE'))),
  ).toEqual(new Set([true]));
  await scene.told('4102');
  expect(scene.results('4102').filter(({ text }) => text.startsWith('✅'))).toHaveLength(1);
});

it('a key that is refused twice is left out, and another account goes on', async () => {
  scene.plays(
    'LEMON',
    (request) => (isOf('one')(request) ? [{ status: 401, message: 'invalid x-api-key' }] : [{ text: 'By two.' }]),
    {
      later: (request) =>
        isOf('one')(request) ? [{ status: 401, message: 'invalid x-api-key' }] : [{ text: 'By two.' }],
    },
  );
  const task = await scene.ended(await scene.dispatch(['-p', 'the LEMON']));
  expect(task).toMatchObject({ status: 'completed', account: 'two', result: 'By two.' });
  expect(state('one').refused_at).not.toBe(null);
  expect(JSON.parse(await accounts(['show', 'one', '--json']))).toMatchObject({ status: 'refused', active: true });
  await until('an admin to hear of it', () =>
    scene.bot.messages('4199').some(({ text }) => text.includes('Account one: its credentials were refused')),
  );
});

it('a session works with an account, keeps it, and goes on under the next one where it meets a limit', async () => {
  const kinds = { isLimited: false };
  scene.plays(
    'CHERRY',
    (request) =>
      kinds.isLimited && isOf('one')(request)
        ? [{ status: 429, message: 'Too many requests' }]
        : [{ text: `Said by ${isOf('one')(request) ? 'one' : 'two'}.` }],
    { later: [{ text: 'Finished by two.' }] },
  );
  const id = (await scene.cli(['sessions', 'new', 'orchard', '-g', '4104'])).stdout.trim();
  const say = async (text: string) => (await scene.cli(['sessions', 'send', id, text, '--wait'])).stdout.trim();
  const session = async () => JSON.parse((await scene.cli(['sessions', 'list', '--json'])).stdout)[0];
  expect(await say('first CHERRY')).toBe('Said by one.');
  const first = await session();
  expect(first).toMatchObject({ account: 'one', generation: 1 });
  expect(await say('second CHERRY')).toBe('Said by one.');
  expect(await session()).toMatchObject({ account: 'one', generation: 1, pid: first.pid });
  if (hasProc) {
    const values = Object.values(readEnvironment(first.pid));
    expect([keys.one, keys.two, sceneKey].map((key) => values.includes(key))).toEqual([true, false, false]);
  }
  kinds.isLimited = true;
  expect(await say('third CHERRY')).toBe('Finished by two.');
  expect(await session()).toMatchObject({ account: 'two', generation: 2 });
  const [request] = scene.asked('CHERRY').filter(isOf('two'));
  for (const word of ['first CHERRY', 'Said by one.', 'third CHERRY']) {
    expect(textOfRequest(request as ModelRequest)).toContain(word);
  }
  const last = scene.task(await scene.latestOf('4104'));
  expect(last.runs).toMatchObject([
    { account: 'one', outcome: 'handed-over' },
    { account: 'two', outcome: 'completed' },
  ]);
  await scene.told('4104');
  expect(scene.results('4104')).toHaveLength(3);
  const stats = JSON.parse(await accounts(['stats', '--json']));
  expect(stats.find(({ name }: { name: string }) => name === 'two').today.runs).toBeGreaterThan(0);
  const { pid } = await session();
  expect((await scene.cli(['sessions', 'end', id])).exitCode).toBe(0);
  await until('the end of its agent', () => !isRunning(pid));
});

it('a worker that dies over a take-over leaves it to the next one, and the task has one result', async () => {
  const gate = makeGate();
  scene.plays('MELON', [{ text: 'Never said.' }], {
    before: ({ sessionText }) => (sessionText.includes('MELON') ? gate.opened : undefined),
    later: [{ text: 'Went on.' }],
  });
  const taskId = await scene.dispatch(['-g', '4105', '-p', 'the MELON']);
  await scene.running(taskId);
  await until('the model to be asked', () => scene.asked('MELON').length > 0);
  await scene.killWorker();
  // Written down by the worker just before it died.
  const intent = { kind: 'takeover', reason: 'limit', detail: null, at: new Date().toISOString() };
  fs.writeFileSync(path.join(scene.taskFolder(taskId), 'runs/1/intent.json'), JSON.stringify(intent));
  // Whatever is dispatched next starts a worker.
  await scene.ended(await scene.dispatch(['-p', 'something else']));
  const task = await scene.ended(taskId);
  gate.open();
  expect(task).toMatchObject({
    status: 'completed',
    result: 'Went on.',
    runs: [{ outcome: 'handed-over' }, { outcome: 'completed' }],
  });
  await scene.told('4105');
  expect(scene.results('4105')).toHaveLength(1);
});

it('no key lies in a file of the home, nor was one said', async () => {
  const words = Object.values(keys);
  const isOurs = (file: string) => fs.realpathSync(file).startsWith(scene.home) && !file.endsWith('events.jsonl');
  expect(filesWith(scene.home, words).filter(isOurs)).toEqual([]);
  const said = JSON.stringify(scene.bot.messages());
  for (const word of words) expect(said).not.toContain(word);
});
