// Submitting and working by the library, on the real parts; every change that is made to the disk can be counted, or be the last one.

import { type App, createApp } from '../../src/app.ts';
import { controlParts, submitParts, superviseParts } from '../../src/app-runs.ts';
import type { Files } from '../../src/lib/adapters/files.ts';
import type { Lock, Locks } from '../../src/lib/adapters/locks.ts';
import { silentLog } from '../../src/lib/adapters/log.ts';
import type { Processes } from '../../src/lib/adapters/processes.ts';
import { createQueue } from '../../src/lib/queue/queue.ts';
import { pauseTask, resumeTask } from '../../src/lib/runs/control.ts';
import { createFolderSource } from '../../src/lib/runs/waiting/folder-source.ts';
import { ensureWorker, takeWorkerLock } from '../../src/lib/runs/worker/wake.ts';
import { runWorker, type WorkerParts } from '../../src/lib/runs/worker/worker.ts';
import type { Origin } from '../../src/lib/submit/draft.ts';
import { parseRequest } from '../../src/lib/submit/request.ts';
import { submitTasks } from '../../src/lib/submit/submit.ts';
import { createHistory } from '../../src/lib/tasks/history.ts';
import type { Task } from '../../src/lib/tasks/record.ts';
import { createTaskStore } from '../../src/lib/tasks/store.ts';

export type Environment = Record<string, string | undefined>;

const shell: Origin = { kind: 'shell', updateId: null, userId: null, messageId: null, language: 'en' };

/** Calls `before` ahead of everything that changes the disk or starts a process. */
function withSteps(app: App, before: () => void): App {
  const wrap = <T extends object>(port: T, names: readonly (keyof T)[]): T => {
    const wrapped = { ...port };
    for (const name of names) {
      const work = port[name] as (...args: unknown[]) => unknown;
      wrapped[name] = ((...args: unknown[]) => {
        before();
        return work(...args);
      }) as T[keyof T];
    }
    return wrapped;
  };
  const files: Files = wrap(app.files, [
    ...(['replace', 'create', 'append', 'writePlain', 'write'] as const),
    ...(['move', 'moveFolder', 'rename', 'makeFolder', 'remove'] as const),
  ]);
  const processes: Processes = wrap(app.processes, ['start']);
  const locks: Locks = app.locks;
  const parts = { files, locks, paths: app.paths };
  const tasks = createTaskStore(parts);
  const stepped = { ...app, files, processes, openTasks: async () => tasks };
  return Object.assign(stepped, { queue: createQueue(parts), history: createHistory(parts) });
}

/** The program's own composition for this environment. */
export function openApp(env: Environment, cwd: string, beforeStep?: () => void): App {
  const app = createApp({ env, cwd });
  return beforeStep ? withSteps(app, beforeStep) : app;
}

/** Makes a task as `dispatch` does; nobody is woken. */
export async function submit(app: App, request: Record<string, unknown>): Promise<Task> {
  const parts = await submitParts(app, await app.settings());
  const [task] = await submitTasks([parseRequest(request, 0)], shell, parts);
  return task as Task;
}

/** As `tasks pause` or `tasks resume` does; nobody is woken. */
export async function control(
  app: App,
  { do: what, taskId }: { do: 'pause' | 'resume'; taskId: string },
): Promise<void> {
  const parts = await controlParts(app, await app.settings());
  if (what === 'pause') await pauseTask(parts, taskId, { reason: 'user' });
  else await resumeTask(parts, taskId);
}

export type CrashWorkerParts = Omit<WorkerParts, 'onDiskFull'>;

/** All that a worker of this app needs; nothing is delivered. */
async function workerParts(app: App): Promise<CrashWorkerParts> {
  const settings = await app.settings();
  const tasks = await app.openTasks();
  return {
    ...(await superviseParts(app, settings, silentLog)),
    source: createFolderSource({ queue: app.queue, tasks, history: app.history, clock: app.clock, log: silentLog }),
    delivery: null,
    machine: app.machine,
    limits: () => settings.limits,
    retakeLock: () => takeWorkerLock(app, 'worker'),
  };
}

export interface WorkOptions {
  /** May change what the worker gets for its lock. */
  wrapLock?: (lock: Lock) => Lock;
  /** May change the worker's parts. */
  wrapParts?: (parts: CrashWorkerParts) => CrashWorkerParts;
  /** Leaves as soon as it aborts; agents go on. */
  signal?: AbortSignal;
  /** As `worker --settle`. */
  isSettling?: boolean;
}

/** Works until nothing is left; false where another worker has the lock. */
export async function work(app: App, options: WorkOptions = {}): Promise<boolean> {
  const { wrapLock = (lock) => lock, wrapParts = (parts) => parts } = options;
  const { isSettling = false, signal = new AbortController().signal } = options;
  const lock = await takeWorkerLock(app, isSettling ? 'settle' : 'worker');
  if (!lock) return false;
  const parts = wrapParts(await workerParts(app));
  await runWorker(parts, { exitWhenIdle: true, claimsNothing: isSettling }, wrapLock(lock), signal);
  return true;
}

/** Works until nothing is left. Throws where another worker has the lock. */
export async function workUntilIdle(app: App, options: WorkOptions = {}): Promise<void> {
  if (!(await work(app, options))) throw new Error('another worker has the lock');
}

/** As `dispatch` after it made a task: the worker that it starts, where none lives, runs in this process. */
export function wake(app: App, startWorker: () => void): 'found' | 'started' {
  const { locks, paths, files } = app;
  const startDetached = () => {
    startWorker();
    return null;
  };
  const processes = { ...app.processes, startDetached };
  const found = ensureWorker({ locks, paths, files, processes, program: { command: '', args: [] }, env: {} });
  return found === 'started' ? 'started' : 'found';
}
