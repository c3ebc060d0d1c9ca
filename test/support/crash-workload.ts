// One continuous workload for the crash tests: people dispatch tasks to many chats, and now and then one of them is killed at it.

import { setTimeout as sleep } from 'node:timers/promises';
import { wordOf } from './crash-script.ts';
import { type CrashStage, until } from './crash-stage.ts';

/** A task that somebody wanted. */
export interface Wish {
  word: string;
  agent: 'claude' | 'counting';
  /** Null where `dispatch` was killed before it said so: then the task may be there or not. */
  taskId: string | null;
}

export interface Workload {
  wishes: Wish[];
  /** Dispatches one more task, killed at a random moment of its start; says whether the kill hit. */
  dispatchKilled(): Promise<boolean>;
  /** Nobody dispatches until the function that it gives is called. */
  pause(): () => void;
  /** No more tasks; resolves when the last `dispatch` is over. */
  end(): Promise<void>;
}

const privateChats = Array.from({ length: 14 }, (_, index) => String(7001 + index));
const groups = ['-1007777777771', '-1007777777772'];

function argumentsOf({ word, agent }: Wish, next: () => number): string[] {
  const roll = next();
  const pick = (from: string[]) => from[Math.floor(next() * from.length)] as string;
  const chat = roll < 0.08 ? [] : ['-g', roll < 0.16 ? pick(groups) : pick(privateChats)];
  const how =
    agent === 'counting'
      ? ['--agent', 'counting', `${word} ${(next() ** 3).toFixed(2)}`]
      : ['--allowed-tools', 'Bash', `Please do ${word}.`];
  return ['dispatch', '-n', word, ...chat, ...how];
}

/** Keeps about `inFlight` tasks waiting or running, and a worker alive, until told to end. Throws, from `end`, what went wrong with a `dispatch` that lived. */
export function startWorkload(stage: CrashStage, next: () => number, inFlight: number): Workload {
  const wishes: Wish[] = [];
  const faults: string[] = [];
  let isOver = false;
  let pauses = 0;
  const newWish = (): Wish => {
    const wish: Wish = { word: wordOf(wishes.length), agent: next() < 0.75 ? 'claude' : 'counting', taskId: null };
    wishes.push(wish);
    return wish;
  };
  const dispatch = async (killWhen?: Promise<unknown>): Promise<boolean> => {
    const wish = newWish();
    const result = await stage.cli(argumentsOf(wish, next), killWhen ? { killWhen } : {});
    // One that said its task's id has made it, whether it was killed then or not.
    wish.taskId = /^task-\S+\n$/.test(result.stdout) ? result.stdout.trim() : null;
    if (result.signal === null && (result.exitCode !== 0 || wish.taskId === null)) {
      faults.push(`dispatch of ${wish.word} ended with ${result.exitCode}: ${result.stdout}${result.stderr}`);
    }
    return result.signal === 'SIGKILL';
  };
  const load = () => stage.home.queue.waiting().length + stage.home.queue.active().length;
  const wake = workerStarter(stage);
  const feeder = (async () => {
    while (!isOver) {
      if (pauses === 0 && load() < inFlight) await dispatch();
      else await sleep(30);
      if (pauses === 0) wake();
    }
  })();
  return {
    wishes,
    dispatchKilled: async () => dispatch(momentOfDispatch(stage, next)),
    pause() {
      pauses++;
      return () => void pauses--;
    },
    async end() {
      isOver = true;
      await feeder;
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
}

/** Resolves somewhere in the course of a `dispatch` that is being started: half of the times when it has begun to write. */
async function momentOfDispatch({ home }: CrashStage, next: () => number): Promise<void> {
  if (next() < 0.5) return void (await sleep(next() * 300));
  const seen = new Set(home.queue.waiting().map(({ taskId }) => taskId));
  const hasBegun = () => home.queue.waiting().some(({ taskId }) => !seen.has(taskId));
  const deadline = performance.now() + 400;
  while (!hasBegun() && performance.now() < deadline) await sleep(1);
  await sleep(next() * 8);
}

/** Gives what starts a worker where none lives, as the next `dispatch`, or cron, would. */
export function workerStarter(stage: CrashStage): () => void {
  let starting: Promise<unknown> | null = null;
  return () => {
    if (starting || stage.find('worker').length > 0) return;
    starting = stage.cli(['worker', '--exit-when-idle']).finally(() => {
      starting = null;
    });
  };
}

/** Waits until everything that was wished for has ended and was told, with a worker started whenever none lives. */
export async function settleAll(stage: CrashStage, timeoutMs: number): Promise<void> {
  const { queue } = stage.home;
  const hasWork = () => queue.waiting().length + queue.active().length > 0 || stage.outbox.hasDeliverable();
  const wake = workerStarter(stage);
  await until(
    'all tasks to end and to be told, and the worker to leave',
    () => {
      if (!hasWork()) return stage.find('worker').length === 0;
      wake();
      return false;
    },
    timeoutMs,
  );
  await until('agents to leave', () => stage.running().length === 0, 5000).catch(() => {});
}
