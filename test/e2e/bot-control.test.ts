// What people control is answered at once: with every place taken by an agent that hangs, 100 tasks waiting, and a download under way.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import type { Approval } from '../../src/lib/tasks/approvals.ts';
import { isRunning, until } from '../support/e2e.ts';
import { admin, type BotScene, buttonsOf, type Somebody, startBotScene } from '../support/e2e-bot.ts';
import { bash } from '../support/e2e-model.ts';

const vic: Somebody = { id: 901, name: 'Vic' };
const wanda: Somebody = { id: 902, name: 'Wanda' };
/** Answers of each kind that are timed. */
const tries = Number(process.env.TEST_TRIES ?? 4);
/** What a person may have to wait; on a machine that is busy with other tests a single answer may take longer. */
const answerMs = 1000;
const places = 3;
const waiting = 100;
/** So long Telegram takes to say where the file is: whoever waits for it is answered later than that. */
const slowMs = 6000;

let scene: BotScene;
beforeAll(async () => {
  scene = await startBotScene({
    users: [vic, wanda],
    agents: { wedged: "trap '' INT TERM HUP; echo stuck; while :; do sleep 1; done" },
    config: { limits: { maxSessions: places, perUser: 10 } },
  });
  await scene.startBot();
});
afterAll(() => scene.close());

async function cancelAll(chat: string): Promise<void> {
  await scene.cli(['tasks', 'cancel', ...scene.tasksOf(chat)]);
  for (const taskId of scene.tasksOf(chat)) await scene.ended(taskId);
}

/** The smallest of the times that so many of all do not exceed. */
const percentile = (times: number[], share: number) =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * share) - 1] as number;

/** When the agent asked whether it may run a command of this text, in milliseconds since 1970. */
function askedAt(taskId: string, text: string): number {
  const folder = path.join(scene.taskFolder(taskId), 'approvals');
  const questions = fs
    .readdirSync(folder)
    .filter((name) => !name.endsWith('.answer.json') && name.endsWith('.json'))
    .map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')) as Approval);
  return Date.parse(questions.find(({ input }) => String(input.command).includes(text))?.asked_at ?? '');
}

/** Times answers of each kind, again and again. `question` is an open one of an agent that will ask once more each time. */
async function timeAnswers(firstQuestion: SentMessage): Promise<Record<string, number[]>> {
  let question = firstQuestion;
  const times: Record<string, number[]> = { status: [], tasks: [], cancel: [], button: [], approval: [], question: [] };
  const timed = async (kind: string, text: string, answer: RegExp) => {
    const from = Date.now();
    const found = await scene.hears(901, answer, scene.says(vic, text));
    times[kind]?.push(found.at - from);
    return found;
  };
  const pressed = async (kind: string, work: () => Promise<string>) => {
    const from = performance.now();
    const said = await work();
    times[kind]?.push(performance.now() - from);
    return said;
  };
  for (let round = 0; round < tries; round++) {
    await timed('status', '/status', /^3 of 3 places taken/);
    await timed('tasks', '/tasks', /^\d+ tasks:/);
    const choice = await timed('cancel', '/cancel', /^Which one\?/);
    // The latest that waits: those that run come first, and are wedged.
    const { callback_data } = buttonsOf(choice)[places] as { callback_data: string };
    expect(await pressed('button', () => scene.pressesData(vic, choice, callback_data))).toBe('');
    expect(await pressed('approval', () => scene.presses(wanda, question, 'Deny'))).toBe('Denied.');
    if (round === tries - 1) break;
    const asked = () => scene.bot.messages('902').find(({ text }) => text.includes(`heron-${round + 1}`));
    question = await until('the next question', asked);
    times.question?.push(question.at - askedAt(await scene.latestOf('902'), `heron-${round + 1}`));
  }
  return times;
}

it(`answers /status, /tasks, /cancel, buttons and approvals while nothing else can move (${tries} times each)`, {
  timeout: 60_000 + tries * 5000,
}, async () => {
  scene.plays('heron', [
    ...Array.from({ length: tries }, (_, n) => bash(`touch ${path.join(scene.folder, `heron-${n}`)}`)),
    { text: 'Done.' },
  ]);
  scene.says(wanda, '/cad watch the heron');
  const question = await scene.hears(902, /^❓ watch the heron/);
  for (let index = 0; index < places + waiting; index++) scene.says(vic, `/cad --agent wedged number ${index}`);
  await until('all tasks', () => scene.tasksOf('901').length === places + waiting);
  await until(
    'full places',
    () => scene.tasksOf('901').filter((id) => scene.task(id).status === 'running').length === places,
  );

  scene.bot.setFaults((method) => (method === 'getFile' ? { kind: 'slow', ms: slowMs } : null));
  const paper = scene.bot.addFile('list.txt', Buffer.from('LIST'));
  const began = performance.now();
  scene.says(vic, '', {
    fields: { document: { file_id: paper, file_name: 'list.txt' }, caption: '/cad --agent wedged it' },
  });
  const took: number[] = [];
  const answered = async (chat: number, sent: number, text: RegExp): Promise<SentMessage> => {
    const from = performance.now();
    const answer = await scene.hears(chat, text, sent);
    took.push(performance.now() - from);
    return answer;
  };
  await answered(901, scene.says(vic, '/status'), /3 of 3 places taken, 100 waiting\. A worker is at work\./);
  await answered(901, scene.says(vic, '/tasks'), /^103 tasks:/);
  const choice = await answered(901, scene.says(vic, '/cancel'), /^Which one\? … and 95 more$/);
  await answered(900, scene.says(admin, '/status'), /3 of 3 places taken/);
  const [first] = scene.tasksOf('901') as [string];
  const agent = scene.latestRun(first).pid;
  expect(
    buttonsOf(choice)
      .map(({ text }) => text)
      .slice(0, 4),
  ).toEqual(['⏹ number 0', '⏹ number 1', '⏹ number 2', '⏹ number 102']);
  const from = performance.now();
  expect(await scene.presses(vic, choice, 'number 0')).toBe('');
  took.push(performance.now() - from);
  await answered(901, choice.messageId, /^⏹ number 0 is being ended\.$/);
  const all = performance.now() - began;

  // None of them waited for the download, which the chat's order would have put before them.
  expect(scene.tasksOf('901')).toHaveLength(places + waiting);
  expect(all).toBeLessThan(slowMs);
  expect(took).toHaveLength(6);
  await scene.ended(first);
  expect(isRunning(agent)).toBe(false);
  await scene.quiet();
  expect(scene.tasksOf('901')).toHaveLength(places + waiting + 1);

  const times = await timeAnswers(question);
  const figures = Object.entries(times).map(([kind, all]) => [
    kind,
    { p50: Math.round(percentile(all, 0.5)), p99: Math.round(percentile(all, 0.99)) },
  ]);
  const told = JSON.stringify(Object.fromEntries(figures));
  console.info(`${tries} tries, milliseconds: ${told}`);
  for (const [kind, all] of Object.entries(times))
    expect(percentile(all, 0.5), `${kind} of ${told}`).toBeLessThan(answerMs);
  await cancelAll('901');
  await cancelAll('902');
});
