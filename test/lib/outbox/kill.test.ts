/** Deliverers killed at any moment, over one continuous workload, while Telegram's server fails at random. */

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../scripts/build.mjs';
import { kernelLocks } from '../../../src/lib/adapters/locks.ts';
import type { BotFault, SentMessage } from '../../../src/lib/demo/bot-api-server.ts';
import type { ToldAnswer } from '../../../src/lib/notifications/notification.ts';
import { keyOf } from '../../../src/lib/outbox/entry.ts';
import { endedOf, progressOf, questionOf } from '../notifications/notices.ts';
import { type OutboxHome, openOutboxHome, until } from './outbox-home.ts';

const kills = Number(process.env.TEST_KILLS ?? 20);
const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
const chats = ['11', '12', '-1001'];

const mostPending = 30;

/** A small random generator that can be started again from its seed (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pickFault(random: () => number): BotFault | null {
  const roll = random();
  if (roll < 0.06) return { kind: 'status', status: 429, retryAfter: 0.02 + random() * 0.05 };
  if (roll < 0.11) return { kind: 'status', status: 500 };
  if (roll < 0.15) return { kind: 'drop-before' };
  if (roll < 0.19) return { kind: 'drop-after' };
  if (roll < 0.21) return { kind: 'html' };
  return roll < 0.4 ? { kind: 'slow', ms: random() * 20 } : null;
}

/** Builds the deliverer's program where it finds the project's packages; gives its path. */
async function buildProgram(): Promise<string> {
  const cache = path.join(projectRoot, 'node_modules', '.cache', 'ccdispatch');
  fs.mkdirSync(cache, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cache, 'deliverer-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const outfile = path.join(folder, 'deliverer.mjs');
  const entry = path.join(import.meta.dirname, 'deliverer-process.ts');
  const common = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent' } as const;
  await build({ ...common, entryPoints: [entry], outfile });
  return outfile;
}

interface Work {
  taskId: string;
  chatId: string;
  /** One mark for each message that the result should take. */
  marks: string[];
  /** The mark of a question that its agent asked; null where it asked none. */
  question: string | null;
}

const allowed: ToldAnswer = { answer: 'allow', scope: 'once', how: 'person', by: '7', by_name: 'Ada' };

/** An agent asks, and is answered after a while; gives the question's mark. */
async function ask(
  home: OutboxHome,
  about: { task_id: string },
  chat_id: string,
  random: () => number,
): Promise<string> {
  const mark = `question-of-${about.task_id}.`;
  const question = questionOf({ ...about, fields: [{ name: 'command', value: mark }] });
  await home.announce(question, { chat_id });
  await sleep(random() * 400);
  await home.outbox.answered(chat_id, keyOf(question), allowed);
  return mark;
}

/** Tasks in all chats, one after the other and side by side, until the function is called. */
function startWorkload(home: OutboxHome, random: () => number): () => Promise<Work[]> {
  const done: Work[] = [];
  let isOver = false;
  const runTask = async (number: number): Promise<void> => {
    const chatId = chats[number % chats.length] as string;
    const task_id = `task-${chatId}-${1_763_600_000_000 + number}`;
    const about = { task_id, task_name: `name-${number}` };
    const marks = number % 6 === 0 ? [`result-${number}-a`, `result-${number}-b`] : [`result-${number}-a`];
    const text = marks.map((mark) => `${mark} ${'word '.repeat(marks.length > 1 ? 700 : 5)}`).join('\n\n');
    const where = { chat_id: chatId };
    if (random() < 0.8) await home.progress(progressOf({ ...about, state: 'queued' }), where);
    await sleep(100 + random() * 300);
    if (random() < 0.8) await home.progress(progressOf(about), where);
    const question = random() < 0.4 ? await ask(home, about, chatId, random) : null;
    await sleep(100 + random() * 400);
    await home.announce(endedOf({ ...about, text }), where);
    done.push({ taskId: task_id, chatId, marks, question });
    await sleep(random() * 50);
    await home.announce(endedOf({ ...about, text: 'the same once more' }), where);
    await home.progress(progressOf({ ...about, state: 'paused' }), where);
  };
  const feeder = (async () => {
    const running: Promise<void>[] = [];
    for (let number = 0; !isOver; number++) {
      running.push(runTask(number));
      await sleep(60 + random() * 100);
      // On a busy machine those who are killed deliver little: what is left for the last one is to be done in bearable time.
      while (!isOver && home.outbox.pendingTaskIds().size > mostPending) await sleep(50);
    }
    await Promise.all(running);
  })();
  return async () => {
    isOver = true;
    await feeder;
    return done;
  };
}

/** Starts deliverers and kills each: half of them at a random moment, half right when a request has come in. */
async function killRounds(program: string, home: OutboxHome, random: () => number): Promise<void> {
  let onRequest: (() => void) | null = null;
  home.server.setFaults(() => {
    onRequest?.();
    return pickFault(random);
  });
  for (let round = 0; round < kills; round++) {
    const child = startDeliverer(program, home);
    const requests = home.server.requests.length;
    const hasExited = new Promise((resolve) => child.once('exit', resolve));
    await until(() => home.server.requests.length > requests + Math.floor(random() * 12));
    if (random() < 0.5) await sleep(random() * 30);
    else await new Promise<void>((resolve) => (onRequest = resolve));
    onRequest = null;
    child.kill('SIGKILL');
    await hasExited;
  }
  home.server.setFaults(null);
}

function startDeliverer(program: string, home: OutboxHome): ChildProcess {
  const { url, token } = home.server;
  const child = spawn(process.execPath, [program, home.paths.home, url, token], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

it(`loses nothing and sends nothing twice unmarked over ${kills} kills (seed ${seed})`, {
  timeout: 90_000,
}, async () => {
  const random = randomFrom(seed);
  const program = await buildProgram();
  const home = await openOutboxHome();
  const finish = startWorkload(home, random);
  await killRounds(program, home, random);
  const work = await finish();
  const last = startDeliverer(program, home);
  // A file that a killed writer had not finished is no entry; it is swept an hour later.
  const isRest = (name: string) => /^(sent|failed|broken)\/|\/chat\.delivery\.json$|\/\.tmp-/.test(name);
  await until(() => home.files().every(isRest), 30_000).catch(() => {});
  expect(
    home.files().filter((name) => !isRest(name)),
    `seed ${seed}`,
  ).toEqual([]);
  last.kill('SIGTERM');
  await new Promise((resolve) => last.once('exit', resolve));

  const judged = work.flatMap((one) =>
    one.marks.map((mark) => judge(home.server.messages(one.chatId), one.taskId, mark)),
  );
  const questions = work.flatMap((one) =>
    one.question === null ? [] : judgeQuestion(home.server.messages(one.chatId), one.question),
  );
  judged.push(...questions.filter((verdict) => verdict.startsWith('bad')));
  const count = (kind: string) => judged.filter((verdict) => verdict === kind).length;
  const doubled = questions.filter((verdict) => verdict === 'marked').length;
  const told = `${questions.length} questions, ${doubled} of them marked; results: once ${count('once')}, told ${count('told')}, marked ${count('marked')}`;
  const context = `seed ${seed}, ${os.availableParallelism()} cores: ${told}`;
  expect(
    judged.filter((verdict) => verdict.startsWith('bad')),
    context,
  ).toEqual([]);
  expect(count('told') + count('marked'), `no kill or fault hit a sending: ${context}`).toBeGreaterThan(5);
  expect(questions.length, context).toBeGreaterThan(5);
  console.info(context);
  expect(home.outbox.report(), context).toMatchObject({ waiting: 0, failed: [], broken: [] });
  expect(kernelLocks.isHeld(home.paths.outboxLock(home.server.token.split(':')[0] as string))).toBe(false);
  for (const chatId of chats) expect(doubledProgress(home.server.messages(chatId)), context).toEqual([]);
});

/** How a part of a result has come to its chat. */
function judge(messages: SentMessage[], taskId: string, mark: string): string {
  const copies = messages.filter(({ text }) => text.includes(mark));
  const unmarked = copies.filter(({ text }) => !text.startsWith('🔁'));
  if (unmarked.length > 1) return `bad: ${mark} came ${unmarked.length} times unmarked`;
  const isTold = messages.some(({ text }) => text.includes(`ccdispatch tasks show ${taskId}`));
  if (copies.length > unmarked.length) return 'marked';
  if (isTold) return 'told';
  return copies.length === 1 ? 'once' : `bad: ${mark} is lost`;
}

/** How a question has come to its chat: one copy at least shows its answer, and all but one say that they may be repeats. */
function judgeQuestion(messages: SentMessage[], mark: string): string {
  const copies = messages.filter(({ text }) => text.includes(mark));
  const unmarked = copies.filter(({ text }) => !text.startsWith('🔁'));
  if (unmarked.length > 1) return `bad: ${mark} came ${unmarked.length} times unmarked`;
  if (!copies.some(({ text }) => text.includes('allowed once by Ada'))) return `bad: ${mark} shows no answer`;
  return copies.length > unmarked.length ? 'marked' : 'once';
}

/** Names of tasks with more than one progress message of their own. */
function doubledProgress(messages: SentMessage[]): string[] {
  const names = messages.flatMap(({ history }) => /^(?:⏳|▶️|⏸) (name-\d+)/u.exec(history[0] ?? '')?.[1] ?? []);
  return names.filter((name, index) => names.indexOf(name) !== index);
}
