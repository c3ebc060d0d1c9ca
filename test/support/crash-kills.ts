// Kills what is ours at random moments: the worker and its deliverer, settling workers, dispatches and hooks.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CrashStage, kill } from './crash-stage.ts';
import type { Workload } from './crash-workload.ts';

export type Victim = 'worker' | 'settling worker' | 'dispatch' | 'hook';

export interface KillRequest {
  stage: CrashStage;
  workload: Workload;
  next: () => number;
  kills: number;
  /** Milliseconds between two kills, at least and at most. */
  pause: [number, number];
}

/** The pid of the worker that holds the lock; null where none does. */
function livingWorker({ home, find }: CrashStage): number | null {
  if (!home.locks.isHeld(home.paths.workerLock)) return null;
  const holder = home.locks.holder(home.paths.workerLock)?.pid;
  return find('worker').find((pid) => pid === holder) ?? null;
}

/** Something that changes when a step of ours is under way: the kill falls into its middle. */
function watchedSteps({ home, bot, model, outbox }: CrashStage): (() => unknown)[] {
  return [
    () => home.queue.active().sort().join(),
    () => home.queue.active().flatMap((taskId) => home.files.list(join(home.paths.task(taskId), 'runs'))).length,
    () => [...outbox.pendingTaskIds()].sort().join(),
    () => bot.requests.length,
    () => model.requests.length,
  ];
}

async function momentOfStep(stage: CrashStage, next: () => number): Promise<void> {
  const steps = watchedSteps(stage);
  const look = steps[Math.floor(next() * steps.length)] as () => unknown;
  const before = look();
  const deadline = performance.now() + 200;
  while (look() === before && performance.now() < deadline) await sleep(1);
  await sleep(next() * 6);
}

async function killWorker({ stage, next }: KillRequest): Promise<boolean> {
  const deadline = performance.now() + 600;
  while (livingWorker(stage) === null && performance.now() < deadline) await sleep(20);
  const pid = livingWorker(stage);
  if (pid === null) return false;
  if (next() < 0.6) await momentOfStep(stage, next);
  return kill(pid);
}

/** Without a worker an agent's hook, or a person, starts one that only settles; it is killed somewhere in its course. */
async function killSettling(request: KillRequest): Promise<boolean> {
  const { stage, next, workload } = request;
  const resume = workload.pause();
  try {
    for (const pid of stage.find('worker')) kill(pid);
    const settling = next() < 0.5 ? stage.cli(['worker', '--settle']) : null;
    const deadline = performance.now() + 700;
    while (stage.find('worker --settle').length === 0 && performance.now() < deadline) await sleep(5);
    await sleep(50 + next() * 200);
    const isHit = stage.find('worker --settle').map(kill).some(Boolean);
    await settling;
    return isHit;
  } finally {
    resume();
  }
}

async function killHook({ stage, next }: KillRequest): Promise<boolean> {
  const deadline = performance.now() + 500;
  while (performance.now() < deadline) {
    const [pid] = stage.find('notify-hook');
    if (pid !== undefined) {
      await sleep(next() * 90);
      return kill(pid);
    }
    await sleep(8);
  }
  return false;
}

function pickVictim(roll: number): Victim {
  if (roll < 0.55) return 'worker';
  if (roll < 0.68) return 'settling worker';
  return roll < 0.9 ? 'dispatch' : 'hook';
}

/** Kills until so many kills have hit; gives how often each was hit. */
export async function killAtRandom(request: KillRequest): Promise<Record<Victim, number>> {
  const { next, workload, pause } = request;
  const hits: Record<Victim, number> = { worker: 0, 'settling worker': 0, dispatch: 0, hook: 0 };
  const act: Record<Victim, () => Promise<boolean>> = {
    worker: () => killWorker(request),
    'settling worker': () => killSettling(request),
    dispatch: () => workload.dispatchKilled(),
    hook: () => killHook(request),
  };
  for (let done = 0; done < request.kills; ) {
    const victim = pickVictim(next());
    if (await act[victim]()) {
      hits[victim]++;
      done++;
      await sleep(pause[0] + next() * (pause[1] - pause[0]));
    } else await sleep(30);
  }
  return hits;
}
