/** Waits for a task to end, and tells its story meanwhile. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Agent } from '../agents/agent.ts';
import type { Paths } from '../config/paths.ts';
import { isEnded, latestRun, type Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { createBell } from './bell.ts';
import { eventsFile } from './launch.ts';
import { renderOutput } from './story.ts';
import { openTail, type Tail } from './tail.ts';

export interface WaitParts {
  tasks: TaskStore;
  files: Files;
  clock: Clock;
  paths: Paths;
}

export interface WaitOptions {
  /** Hears each line of the task's story; null to wait in silence. */
  onLine: ((line: string) => void) | null;
  agent: Agent | null;
  /** Called now and then while the task waits for a worker. */
  onWaiting: () => void;
}

const pollMs = 500;
const wakeEveryMs = 3000;

/** Tells what came since the last call; a new run begins with its own file. Of a run that is over a line without an end is told, too. */
function createTeller({ files, paths }: WaitParts, { agent, onLine }: WaitOptions) {
  let run = 0;
  let tail: Tail | null = null;
  const tell = (workdir: string, isOver: boolean) => {
    const lines = tail?.read() ?? [];
    const rest = isOver ? tail?.rest() : '';
    for (const line of rest ? [...lines, rest] : lines) {
      for (const text of renderOutput(agent, line, workdir)) onLine?.(text);
    }
  };
  return (task: Task, isOver: boolean) => {
    if (!onLine) return;
    const latest = latestRun(task);
    if (latest && latest.n > run) {
      tell(task.workdir, true);
      run = latest.n;
      tail = openTail(files, join(paths.run(task.task_id, run), eventsFile));
    }
    tell(task.workdir, isOver);
  };
}

/** The task once it has ended or was paused; null when the signal aborted before. */
export async function waitForTask(
  parts: WaitParts,
  taskId: string,
  options: WaitOptions,
  signal: AbortSignal,
): Promise<Task | null> {
  const bell = createBell(parts.clock);
  const tell = createTeller(parts, options);
  const folder = parts.paths.task(taskId);
  const stops = [parts.files.watch(folder, bell.ring, options.onLine ? 200 : pollMs)];
  signal.addEventListener('abort', bell.ring);
  let wokeAt = parts.clock.now();
  try {
    while (!signal.aborted) {
      const task = parts.tasks.load(taskId);
      const isOver = isEnded(task) || task.status === 'paused';
      tell(task, isOver);
      if (isOver) return task;
      if (task.status === 'pending' && parts.clock.now() >= wokeAt + wakeEveryMs) {
        wokeAt = parts.clock.now();
        options.onWaiting();
      }
      await bell.wait(pollMs);
    }
    return null;
  } finally {
    for (const stop of stops) stop();
    signal.removeEventListener('abort', bell.ring);
  }
}
