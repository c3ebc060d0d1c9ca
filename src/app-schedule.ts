/** The composition of what decides when tasks run: the queue as the worker's source, and what people are told of it. */

import type { App } from './app.ts';
import { controlParts, openOutbox, turningAway } from './app-runs.ts';
import type { Lock } from './lib/adapters/locks.ts';
import type { Log } from './lib/adapters/log.ts';
import type { LiveSettings } from './lib/config/live.ts';
import { textsOf } from './lib/notifications/languages.ts';
import type { Pool } from './lib/runs/accounts/pool.ts';
import { type ControlParts, cancelTask, resumeTask } from './lib/runs/control.ts';
import type { Predecessor } from './lib/runs/waiting/after.ts';
import { createFolderSource } from './lib/runs/waiting/folder-source.ts';
import { createPlaceholders, type Placeholders } from './lib/runs/waiting/placeholders.ts';
import { createResumeTimes } from './lib/runs/waiting/resume-times.ts';
import type { HeldBack, TaskSource } from './lib/runs/waiting/source.ts';
import { createFileOperations, type FileOperations } from './lib/runs/worker/file-operations.ts';
import { createFileRoom, type FileRoom } from './lib/runs/worker/file-room.ts';
import type { WorkerHolder } from './lib/runs/worker/wake.ts';
import { isAttached } from './lib/sessions/attach.ts';

export interface Schedule {
  source: TaskSource;
  placeholders: Placeholders;
}

/** Ends a task that is not to run after this one, and tells it in its reader's language. */
async function endFollower(control: ControlParts, taskId: string, predecessor: Predecessor): Promise<void> {
  const { task_id, task_name, outcome } = predecessor;
  if (outcome === 'completed' || outcome === 'unfinished') return;
  const { language } = control.tasks.load(taskId);
  const text = textsOf(language ?? 'en').afterCameOut(task_name ?? task_id, task_id, outcome);
  await cancelTask(control, taskId, text, 'after');
}

/** The queue of this home as a worker goes by it. */
export async function openSchedule(app: App, live: LiveSettings, log: Log, pool: Pool): Promise<Schedule> {
  const settings = live.current();
  const tasks = await app.openTasks();
  const control = await controlParts(app, settings);
  const resumeTimes = createResumeTimes({
    ...app,
    tasks,
    log,
    resume: (taskId) => resumeTask(control, taskId),
    isOver: (task) => pool.isFree(task),
  });
  const turnsAway = await turningAway(app, settings, log);
  const source = createFolderSource({
    queue: app.queue,
    tasks,
    history: app.history,
    clock: app.clock,
    log,
    resumeTimes,
    isAttached: (sessionId) => isAttached(app, sessionId),
    turnsAway: (task) => turnsAway(task) || !pool.reserve(task),
    endFollower: (taskId, predecessor) => endFollower(control, taskId, predecessor),
  });
  const placeholders = createPlaceholders({
    ...app,
    tasks,
    log,
    outbox: openOutbox(app, settings),
    waitingForAccount: (task) => pool.waitingFor(task),
    settings: {
      get limits() {
        return live.current().limits;
      },
    },
  });
  return { source, placeholders };
}

/** What a worker says of itself in its lock's file, kept true while it works. */
export interface Badge {
  /** To be shown by this lock from now on. */
  wear(lock: Lock | null): void;
  say(change: Pick<WorkerHolder, 'held_back' | 'waits_for_disk'>): void;
}

export function createBadge(description: Record<string, unknown>): Badge {
  let lock: Lock | null = null;
  let said: Pick<WorkerHolder, 'held_back' | 'waits_for_disk'> = {};
  return {
    wear(next) {
      lock = next;
      lock?.describe({ ...description, ...said });
    },
    say(change) {
      said = { ...said, ...change };
      lock?.describe({ ...description, ...said });
    },
  };
}

/** The file operations of a worker: at once as many as the settings allow now. */
export function openFileOperations(app: App, live: LiveSettings, badge: Badge): FileOperations {
  const max = () => live.current().limits.maxFileOperations;
  return createFileOperations({
    max,
    room: createFileRoom({ ...app, max }),
    onWaiting: (taskIds) => badge.say({ waits_for_disk: [...taskIds] }),
  });
}

/** The places at the disk for a command of a person, beside those that a worker has taken. */
export async function openFileRoom(app: App): Promise<FileRoom> {
  const { maxFileOperations } = (await app.settings()).limits;
  return createFileRoom({ ...app, max: () => maxFileOperations });
}

/** For the worker's loop: what it says when something keeps it from starting anything. */
export function heldBackOn(badge: Badge): (heldBack: HeldBack | null) => void {
  return (held_back) => badge.say({ held_back });
}
