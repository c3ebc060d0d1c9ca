/** Paused tasks that go on by themselves at a time: found among those set aside, and queued again when it has come. */

import { join } from 'node:path';
import type { Clock } from '../../adapters/clock.ts';
import type { Files } from '../../adapters/files.ts';
import type { Log } from '../../adapters/log.ts';
import type { Paths } from '../../config/paths.ts';
import { stampOf } from '../../format/stamp.ts';
import type { Queue } from '../../queue/queue.ts';
import { loadOrNull } from '../../tasks/load-or-null.ts';
import type { Task } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';

export interface ResumeTimesParts {
  files: Files;
  paths: Paths;
  queue: Pick<Queue, 'aside'>;
  tasks: Pick<TaskStore, 'load'>;
  clock: Clock;
  log: Log;
  /** Whether what the task was paused for is over before its time. */
  isOver?(task: Task): boolean;
  /** Queues a paused task again. */
  resume(taskId: string): Promise<unknown>;
}

export interface ResumeTimes {
  /** Whether any goes on by itself, or is just being queued again. */
  has(): boolean;
  /** When the next one goes on, in milliseconds since 1970; also a time that has come. Null where none does. */
  next(): number | null;
  /** Queues again whose time has come; what was slept over is late, and goes on at once. */
  tend(): void;
}

interface Known {
  /** Which setting aside it was: a task that is paused once more has another one. */
  stamp: string;
  resumeAt: number | null;
  /** Its record, where that may be over before its time. */
  limited: Task | null;
  /** Its record does not say yet that it is paused: it may turn out to go on by itself. */
  isOpen: boolean;
  /** How often its record was read in vain. */
  misses: number;
}

/** A task is set aside before its record says so: one without a time is read so often before that is believed. */
const maxMisses = 3;

/** The records of tasks that were set aside are read once, not in every round. */
const lookEveryMs = 2000;
/** What went wrong is tried again after so long. */
const retryMs = 30_000;

/** When the task goes on by itself; null where it does not. */
const timeOf = (task: Task | null): number | null => {
  const at = task?.status === 'paused' && task.resume_at !== null ? Date.parse(task.resume_at) : Number.NaN;
  return Number.isNaN(at) ? null : at;
};

export function createResumeTimes(parts: ResumeTimesParts): ResumeTimes {
  const { files, paths, queue, clock, log } = parts;
  let known = new Map<string, Known>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  const resuming = new Set<string>();

  const load = (taskId: string) => loadOrNull(parts, taskId);
  function learn(taskId: string, stamp: string, misses: number): Known {
    const task = load(taskId);
    const limited = task?.status === 'paused' && task.reason === 'limit' ? task : null;
    const isOpen = task?.status === 'running' && misses < maxMisses;
    return { stamp, resumeAt: timeOf(task), limited, isOpen, misses };
  }
  const isOver = (task: Task | null) => task !== null && parts.isOver?.(task) === true;

  function look(isDue = false): void {
    if (!isDue && Math.abs(clock.now() - lookedAt) < lookEveryMs) return;
    lookedAt = clock.now();
    const found = new Map<string, Known>();
    for (const taskId of queue.aside()) {
      const stamp = stampOf(files.stat(join(paths.aside, taskId)));
      const before = known.get(taskId);
      const isSame = before?.stamp === stamp;
      if (isSame && (before.resumeAt !== null || before.misses >= maxMisses)) found.set(taskId, before);
      else found.set(taskId, learn(taskId, stamp, isSame ? before.misses + 1 : 0));
    }
    known = found;
  }

  return {
    has() {
      const isAny = () => [...known.values()].some(({ resumeAt, isOpen }) => resumeAt !== null || isOpen);
      if (resuming.size > 0 || isAny()) return true;
      // Whoever leaves over this must not miss what was set aside since.
      look(true);
      return isAny();
    },
    next() {
      look();
      let next: number | null = null;
      for (const [taskId, { resumeAt }] of known) {
        if (resumeAt !== null && !resuming.has(taskId) && (next === null || resumeAt < next)) next = resumeAt;
      }
      return next;
    },
    tend() {
      look();
      const now = clock.now();
      for (const [taskId, before] of known) {
        const { resumeAt, limited } = before;
        if (resumeAt === null || resuming.has(taskId)) continue;
        const isEarly = resumeAt > now;
        if (isEarly && !isOver(limited)) continue;
        // A person may have paused it for good, or let it go on, since it was read.
        const at = timeOf(load(taskId));
        known.set(taskId, { ...before, resumeAt: at });
        if (at === null || (at > now && !isEarly)) continue;
        resuming.add(taskId);
        const why = isEarly ? 'an account is free' : 'its time has come';
        log.info({ task_id: taskId }, `a paused task goes on: ${why}`);
        void parts
          .resume(taskId)
          .catch(async (error) => {
            log.error({ task_id: taskId, error: String(error) }, 'a task could not go on');
            await clock.sleep(retryMs);
          })
          .finally(() => resuming.delete(taskId));
      }
    },
  };
}
