/** Task folders on disk: made whole or not at all, changed only by transitions under the task's lock. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Lock, Locks } from '../adapters/locks.ts';
import { type Paths, recordName } from '../config/paths.ts';
import { fail, systemCode } from '../errors/errors.ts';
import { NewerRecord } from '../format/stored-record.ts';
import { localChat, parseTaskId, renderTaskId } from '../format/task-id.ts';
import { fitsRecord, parseTask, renderTask, type Task } from './record.ts';
import { type Change, type TaskEvent, transition } from './transition.ts';

const lockTimeoutMs = 10_000;

/** A task under its lock: what may be done to it before the lock is given up. */
export interface HeldTask {
  readonly task: Task;
  apply(event: TaskEvent): Promise<Change>;
}

export interface TaskStore {
  /** Makes the folder with record and prompt in one step; false where a task of that id is there already. */
  create(task: Task, prompt: string): Promise<boolean>;
  exists(taskId: string): boolean;
  /** The record; throws `not-found`, or `failed` for a broken one. */
  load(taskId: string): Task;
  /** The whole prompt. */
  prompt(taskId: string): string;
  /** The whole final text; null where there is none yet. Throws as {@link TaskStore.load} does. */
  output(taskId: string): string | null;
  /** Waits for the disk only for what the record, which is written next, will not hold whole. */
  saveOutput(taskId: string, text: string): Promise<void>;
  /** One transition under the task's lock; what happened already changes nothing. */
  apply(taskId: string, event: TaskEvent): Promise<Change>;
  /** Several steps under the task's lock. Keep it short: no network, no waiting for people. */
  hold<T>(taskId: string, purpose: string, work: (held: HeldTask) => Promise<T>): Promise<T>;
  /** A look at the record as it is under the task's lock, at once; null where somebody else holds that. Throws as `load` does. */
  tryHold<T>(taskId: string, purpose: string, work: (task: Task) => T): T | null;
  /** Chats that have tasks. */
  chats(): string[];
  /** Ids of a chat's tasks, newest first. */
  ids(chatId: string): string[];
  /** Removes what an unfinished creation of this task left. */
  sweepUnfinished(taskId: string): void;
  /** Removes the task's folder under its lock. */
  remove(taskId: string): Promise<void>;
}

export interface TaskStoreParts {
  files: Files;
  locks: Locks;
  paths: Paths;
}

const noSuchTask = (taskId: string) =>
  fail('not-found', `There is no task ${taskId}.`, 'See the tasks with: ccdispatch tasks list');

function load({ files, paths }: TaskStoreParts, taskId: string): Task {
  const path = paths.record(taskId);
  const text = files.read(path);
  return text === null ? noSuchTask(taskId) : parseTask(text, path);
}

/** The file of the task's lock; throws where the task is gone: to take it would make its folder anew. */
function lockOf({ files, paths }: TaskStoreParts, taskId: string): string {
  return files.stat(paths.task(taskId)) ? join(paths.task(taskId), '.lock') : noSuchTask(taskId);
}

async function takeLock(parts: TaskStoreParts, taskId: string, purpose: string): Promise<Lock> {
  return await parts.locks.take(lockOf(parts, taskId), purpose, lockTimeoutMs);
}

function tryHold<T>(parts: TaskStoreParts, taskId: string, purpose: string, work: (task: Task) => T): T | null {
  const lock = parts.locks.tryTake(lockOf(parts, taskId), purpose);
  try {
    return lock && work(load(parts, taskId));
  } finally {
    lock?.release();
  }
}

/** A record that does not parse is set aside by us, who hold its lock, so that it can be looked at and nothing loops over it. */
async function loadHeld(parts: TaskStoreParts, taskId: string): Promise<Task> {
  try {
    return load(parts, taskId);
  } catch (error) {
    const path = parts.paths.record(taskId);
    if (parts.files.read(path) !== null && !(error instanceof NewerRecord))
      await parts.files.move(path, `${path}.broken`);
    throw error;
  }
}

async function hold<T>(
  parts: TaskStoreParts,
  taskId: string,
  purpose: string,
  work: (held: HeldTask) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(parts, taskId, purpose);
  try {
    let task = await loadHeld(parts, taskId);
    return await work({
      get task() {
        return task;
      },
      async apply(event) {
        const change = transition(task, event);
        if (change.changed) await parts.files.replace(parts.paths.record(taskId), renderTask(change.task));
        task = change.task;
        return change;
      },
    });
  } finally {
    lock.release();
  }
}

let creations = 0;

async function create({ files, paths }: TaskStoreParts, task: Task, prompt: string): Promise<boolean> {
  const folder = paths.task(task.task_id);
  if (files.stat(folder)) return false;
  // A name of this call's own: within one process, too, two may want the same id.
  const name = `.tmp-${task.task_id}-${process.pid}-${creations++}`;
  const temporary = join(paths.chatTasks(task.telegram_group ?? localChat), name);
  try {
    files.makeFolder(temporary);
    const promptPath = join(temporary, 'prompt.txt');
    await Promise.all([
      // What the record holds whole is read from there, should a power cut take it.
      fitsRecord(prompt) ? files.write(promptPath, prompt) : files.writePlain(promptPath, prompt),
      files.writePlain(join(temporary, recordName), renderTask(task)),
    ]);
    await files.moveFolder(temporary, folder);
    return true;
  } catch (error) {
    files.remove(temporary);
    if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function sweepUnfinished({ files, paths }: TaskStoreParts, taskId: string): void {
  const folder = paths.chatTasks(parseTaskId(taskId)?.chatId ?? localChat);
  for (const name of files.list(folder)) if (name.startsWith(`.tmp-${taskId}-`)) files.remove(join(folder, name));
}

function idsOf({ files, paths }: TaskStoreParts, chatId: string): string[] {
  return files
    .list(paths.chatTasks(chatId))
    .flatMap((name) => parseTaskId(name) ?? [])
    .filter((parts) => parts.chatId === chatId)
    .sort((a, b) => b.ts - a.ts)
    .map(renderTaskId);
}

async function remove(parts: TaskStoreParts, taskId: string): Promise<void> {
  const lock = await takeLock(parts, taskId, 'remove');
  try {
    parts.files.remove(parts.paths.task(taskId));
  } finally {
    lock.release();
  }
}

function promptOf(parts: TaskStoreParts, taskId: string): string {
  const { prompt } = load(parts, taskId);
  // As with the output: what stands whole in the record counts.
  return fitsRecord(prompt) ? prompt : (parts.files.read(join(parts.paths.task(taskId), 'prompt.txt')) ?? prompt);
}

function output(parts: TaskStoreParts, taskId: string): string | null {
  const { result } = load(parts, taskId);
  // After a power cut the file may be an older one: what stands whole in the record counts.
  return result !== null && fitsRecord(result) ? result : parts.files.read(parts.paths.output(taskId));
}

async function saveOutput({ files, paths }: TaskStoreParts, taskId: string, text: string): Promise<void> {
  const path = paths.output(taskId);
  if (fitsRecord(text)) files.write(path, text);
  else await files.replace(path, text);
}

export function createTaskStore(parts: TaskStoreParts): TaskStore {
  const { files, paths } = parts;
  return {
    create: (task, prompt) => create(parts, task, prompt),
    exists: (taskId) => files.stat(paths.record(taskId)) !== null,
    load: (taskId) => load(parts, taskId),
    prompt: (taskId) => promptOf(parts, taskId),
    output: (taskId) => output(parts, taskId),
    saveOutput: (taskId, text) => saveOutput(parts, taskId, text),
    apply: (taskId, event) => hold(parts, taskId, event.type, ({ apply }) => apply(event)),
    hold: (taskId, purpose, work) => hold(parts, taskId, purpose, work),
    tryHold: (taskId, purpose, work) => tryHold(parts, taskId, purpose, work),
    chats: () => files.list(paths.tasks).filter((name) => parseTaskId(`task-${name}-0`) !== null),
    ids: (chatId) => idsOf(parts, chatId),
    sweepUnfinished: (taskId) => sweepUnfinished(parts, taskId),
    remove: (taskId) => remove(parts, taskId),
  };
}
