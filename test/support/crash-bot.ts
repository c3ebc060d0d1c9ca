// A stream of messages to a whole bot, and what must be true of it after the bot was killed again and again.

import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import type { SentMessage } from '../../src/lib/demo/bot-api-server.ts';
import { createOutbox, type Outbox } from '../../src/lib/outbox/store.ts';
import type { Task } from '../../src/lib/tasks/record.ts';
import type { BotScene, Somebody } from './e2e-bot.ts';
import { openHome } from './home.ts';

/** A message that asks for something. */
export interface Asked {
  word: string;
  who: Somebody;
}

/** The cheapest agent that answers, and whose answer is not the question. */
export const answeringAgent = { command: ['/bin/sed', 's/^/The answer to /'] };
const answerTo = (word: string) => `The answer to ${word}.`;

/** A stream of messages of many people, each with a word of its own. */
export function askStream(scene: BotScene, people: readonly Somebody[]): { asked: Asked[]; ask(): void } {
  const asked: Asked[] = [];
  return {
    asked,
    ask() {
      const who = people[asked.length % people.length] as Somebody;
      const word = `word-${asked.length}`;
      asked.push({ word, who });
      scene.says(who, `/cad --agent answers ${word}.`);
    },
  };
}

export function outboxOf(scene: BotScene): Outbox {
  const botId = scene.bot.token.split(':')[0] as string;
  return createOutbox({ ...openHome(scene.home), clock: systemClock, botId });
}

const repeatMark = '🔁';

/** How a task's result has come to its chat; `bad: …` where it was lost or doubled. */
function judgeResult(messages: readonly SentMessage[], { task_id }: Task, word: string): string {
  const isResult = ({ history }: SentMessage) => history[0]?.includes(answerTo(word)) ?? false;
  const copies = messages.filter(isResult);
  const unmarked = copies.filter(({ text }) => !text.startsWith(repeatMark));
  const isTold = messages.some((message) => !isResult(message) && message.text.includes(task_id));
  if (unmarked.length > 1) return `bad: the result of ${task_id} (${word}) came ${unmarked.length} times unmarked`;
  if (copies.length > unmarked.length) return 'marked as a possible repeat';
  if (isTold) return 'told in its progress message';
  return copies.length === 1 ? 'sent' : `bad: the result of ${task_id} (${word}) is lost`;
}

function judgeTask({ task_id, status, reason, result, runs }: Task, word: string): string[] {
  const faults: string[] = [];
  if (status !== 'completed' || !result?.includes(answerTo(word)))
    faults.push(`${task_id} (${word}) is ${status} (${reason}): ${result}`);
  if (runs.length !== 1 || runs[0]?.ended_at == null) faults.push(`${task_id} (${word}) has ${runs.length} runs`);
  return faults;
}

/** Lines of the bot's log that tell of a fault of ours. */
function errorsIn(home: string): string[] {
  const logs = path.join(home, 'logs');
  return fs
    .readdirSync(logs)
    .flatMap((name) => fs.readFileSync(path.join(logs, name), 'utf8').split('\n'))
    .filter((line) => /"level":"?(50|60|error|fatal)\b/.test(line))
    .map((line) => line.slice(0, 400));
}

export interface BotVerdict {
  faults: string[];
  /** How many of each: updates, tasks, results that came once, that were told in the progress message, marked repeats. */
  figures: Record<string, number>;
}

/** Judges the home and the chats after all has come to rest: exactly one task for each message, and its result once. */
export function judgeBot(scene: BotScene, asked: readonly Asked[]): BotVerdict {
  const { home } = scene;
  const faults: string[] = [];
  const figures: Record<string, number> = { updates: asked.length, tasks: 0 };
  const tasks = new Map<string, Task[]>();
  for (const chat of fs.readdirSync(path.join(home, 'tasks'))) {
    for (const taskId of scene.tasksOf(chat)) {
      const task = scene.task(taskId);
      const key = `${task.telegram_group} ${task.prompt}`;
      tasks.set(key, [...(tasks.get(key) ?? []), task]);
      figures.tasks = (figures.tasks ?? 0) + 1;
    }
  }
  for (const { word, who } of asked) {
    const made = tasks.get(`${who.id} ${word}.`) ?? [];
    tasks.delete(`${who.id} ${word}.`);
    const [task] = made;
    if (!task || made.length > 1) faults.push(`${word} became ${made.length} tasks`);
    if (!task) continue;
    const told = judgeResult(scene.bot.messages(String(who.id)), task, word);
    if (told.startsWith('bad')) faults.push(told);
    else figures[told] = (figures[told] ?? 0) + 1;
    faults.push(...judgeTask(task, word));
  }
  for (const key of tasks.keys()) faults.push(`nobody asked for: ${key}`);
  const { waiting, failed, broken } = outboxOf(scene).report();
  if (waiting + failed.length + broken.length > 0)
    faults.push(`in the outbox ${waiting} wait, ${failed.length} failed, ${broken.length} are broken`);
  const { queue } = openHome(home);
  const left = [...queue.waiting().map(({ taskId }) => taskId), ...queue.active()];
  if (left.length > 0) faults.push(`still in the queue: ${left.join(' ')}`);
  return { faults: [...faults, ...errorsIn(home)], figures };
}
