/** The one door for new tasks: marker, folder, placeholder. All tasks of a call are made, or none. */

import type { Clock } from '../adapters/clock.ts';
import { fail, isDiskFull } from '../errors/errors.ts';
import { parseTaskId } from '../format/task-id.ts';
import type { Outbox } from '../outbox/store.ts';
import type { Marker } from '../queue/markers.ts';
import type { Placement } from '../queue/queue.ts';
import { queuedEntry } from '../runs/told.ts';
import { lookAtLine, waitingFor } from '../runs/waiting/line.ts';
import type { FactsKept } from '../runs/waiting/waiting-facts.ts';
import { loadOrNull } from '../tasks/load-or-null.ts';
import type { Task } from '../tasks/record.ts';
import { type Draft, type DraftParts, draftTask, finishDraft, type Origin } from './draft.ts';
import { type Place, type PlaceParts, planPlace } from './place.ts';
import { queueFullBy } from './queue-depth.ts';
import type { TaskRequest } from './request.ts';

export interface SubmitParts extends DraftParts, Pick<PlaceParts, 'git' | 'onNote'> {
  outbox: Outbox;
  clock: Clock;
  /** What is known of waiting tasks, for a process that makes many. */
  facts?: FactsKept;
}

interface Planned {
  task: Task;
  prompt: string;
}

/** So many attempts to find a free time stamp; each clash moves on by one millisecond at least. */
const maxAttempts = 1000;
/** Folders made at once: they wait for the disk together, and it is quicker when it gets much at a time. */
const parallel = 128;

/** The marker of a new task: it waits from its making, or from the time it is planned for. */
function markerOf(task: Task): Marker {
  const { task_id: taskId, priority, start_at, created_at, after } = task;
  const queuedAt = Date.parse(start_at ?? created_at);
  return { priority, queuedAt, user: task.user_id ?? 'local', taskId, ...(after === null ? {} : { after }) };
}

/** Tasks of one chat get time stamps one millisecond apart, in order. */
function planAt(drafts: readonly (Draft & { promptText: string })[], ts: number, parts: SubmitParts): Planned[] {
  return drafts.map(({ promptText, ...draft }, index) => ({
    task: finishDraft(draft, ts + index, parts.paths),
    prompt: promptText,
  }));
}

/** Makes a task's folder, and first the one it works in where that is its own; false where the id is taken. */
async function makeFolder({ task, prompt }: Planned, { files, paths, tasks }: SubmitParts): Promise<boolean> {
  const workspace = paths.workspace(task.telegram_group ?? 'local', task.task_id);
  if (task.workdir !== workspace) return await tasks.create(task, prompt);
  files.makeFolder(workspace);
  try {
    return await tasks.create(task, prompt);
  } catch (error) {
    // Where there is a task of this id all the same, the folder is that one's.
    if (!tasks.exists(task.task_id)) files.remove(workspace);
    throw error;
  }
}

/** The folders of all tasks, or none: what was made goes again where one cannot be made. False where an id is taken. */
async function makeFolders(planned: readonly Planned[], parts: SubmitParts): Promise<boolean> {
  const made: Task[] = [];
  const undo = async () => {
    for (const task of made) {
      await parts.tasks.remove(task.task_id);
      const workspace = parts.paths.workspace(task.telegram_group ?? 'local', task.task_id);
      if (task.workdir === workspace) parts.files.remove(workspace);
    }
  };
  try {
    for (let from = 0; from < planned.length; from += parallel) {
      const batch = planned.slice(from, from + parallel);
      const results = await Promise.allSettled(
        batch.map(async (each) => {
          const isNew = await makeFolder(each, parts);
          if (isNew) made.push(each.task);
          return isNew;
        }),
      );
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      if (results.some((result) => result.status === 'fulfilled' && !result.value)) {
        await undo();
        return false;
      }
    }
    return true;
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Whether there is a task of this id, somebody else's, that waits for a person's word as well. */
function isHeld(taskId: string, { tasks }: SubmitParts): boolean {
  return loadOrNull({ tasks }, taskId)?.status === 'paused';
}

/** Puts markers and folders down for these ids; null where one of the ids is taken. */
async function tryCreate(planned: readonly Planned[], parts: SubmitParts): Promise<Task[] | null> {
  const tasks = planned.map(({ task }) => task);
  const markers = tasks.filter(({ status }) => status === 'pending').map(markerOf);
  const held = tasks.filter(({ status }) => status === 'paused');
  parts.files.makeFolder(parts.paths.waiting);
  const placement: Placement | null = await parts.queue.place(markers);
  if (!placement) return null;
  let isMade = false;
  try {
    // Asked with the markers in place: of several that come at once each sees those before it.
    const refused = queueFullBy(markers, parts);
    if (refused) throw refused;
    for (const { task_id } of held) await parts.queue.setAside(task_id);
    isMade = await makeFolders(planned, parts);
  } finally {
    if (!isMade) {
      for (const marker of markers) placement.takeBack(marker);
      for (const { task_id } of held) if (!isHeld(task_id, parts)) parts.queue.takeUp(task_id);
    }
    placement.release();
  }
  return isMade ? tasks : null;
}

async function tellQueued(tasks: readonly Task[], parts: SubmitParts): Promise<void> {
  const told = tasks.filter((task) => task.telegram_group !== null);
  if (told.length === 0) return;
  const { standingOf } = lookAtLine(parts);
  for (const task of told) {
    const standing = standingOf(task, null);
    // One that was taken already was next.
    const position = standing.code === 'starting' ? 1 : standing.position;
    const entry =
      task.status === 'paused' ? queuedEntry(task, null, 'hold') : queuedEntry(task, position, waitingFor(standing));
    try {
      if (entry) await parts.outbox.progress(entry);
    } catch (error) {
      // The task is made: a placeholder that the disk has no room for must not look as if it were not.
      if (!isDiskFull(error)) throw error;
    }
  }
}

/** Where each of them works; each repository is looked at once. */
async function placesOf(
  requests: readonly TaskRequest[],
  origin: Origin,
  parts: SubmitParts,
): Promise<(Place | null)[]> {
  const found = new Map<string, Promise<Place | null>>();
  const places: (Place | null)[] = [];
  for (const request of requests) {
    const { repo, base, branch, worktree, workdir, session } = request;
    const key = JSON.stringify([repo, base, branch, worktree, workdir === undefined, session === undefined]);
    const place = found.get(key) ?? planPlace(request, origin.kind, parts);
    found.set(key, place);
    places.push(await place);
  }
  return places;
}

/**
 * Makes the tasks, durable when it returns, and gives their records in order. All requests are checked before anything
 * is made; a disk that fills up in the middle leaves none of them. The caller then sees to it that a worker lives.
 */
export async function submitTasks(
  requests: readonly TaskRequest[],
  origin: Origin,
  parts: SubmitParts,
): Promise<Task[]> {
  const places = await placesOf(requests, origin, parts);
  const drafts = requests.map((request, index) => ({
    ...draftTask(request, origin, parts, places[index]),
    promptText: request.prompt,
  }));
  let ts = parts.clock.now();
  for (let attempt = 0; attempt < maxAttempts; attempt++, ts++) {
    const tasks = await tryCreate(planAt(drafts, ts, parts), parts);
    if (!tasks) continue;
    await tellQueued(tasks, parts);
    return tasks;
  }
  return fail('busy', 'No free time stamp was found for the task.', 'Try again in a moment.');
}

/** Whoever makes a task is done sooner. */
const makerTimeoutMs = 10_000;
const lookEveryMs = 20;

/**
 * Waits while somebody makes a task of this id, or takes away what he takes for the marker of one that nobody makes: an id that was
 * fixed long ago looks so. Says whether it can be tried again; false where a marker stays.
 */
async function awaitOthers(taskId: string, { queue, clock }: SubmitParts): Promise<boolean> {
  const markers = () => queue.waiting().filter((one) => one.taskId === taskId);
  const deadline = clock.now() + makerTimeoutMs;
  while (markers().some((one) => queue.isBeingMade(one)) && clock.now() <= deadline) await clock.sleep(lookEveryMs);
  return markers().length === 0;
}

/**
 * Makes one task with an id that was fixed beforehand, however many do so at once. The task that is there already where this very
 * update made it (`source.update_id`); null where the id is somebody else's: the caller fixes another one.
 */
export async function submitAt(
  request: TaskRequest,
  origin: Origin,
  parts: SubmitParts,
  taskId: string,
): Promise<Task | null> {
  const [place] = parts.tasks.exists(taskId) ? [] : await placesOf([request], origin, parts);
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (parts.tasks.exists(taskId)) {
      const task = parts.tasks.load(taskId);
      return task.source.kind === origin.kind && task.source.update_id === origin.updateId ? task : null;
    }
    const draft = { ...draftTask(request, origin, parts, place), promptText: request.prompt };
    const tasks = await tryCreate(planAt([draft], parseTaskId(taskId)?.ts ?? parts.clock.now(), parts), parts);
    if (tasks) {
      await tellQueued(tasks, parts);
      return tasks[0] ?? null;
    }
    if (!(await awaitOthers(taskId, parts)) && !parts.tasks.exists(taskId)) return null;
  }
  return fail('busy', `The task ${taskId} could not be made: others are at its place.`, 'Try again in a moment.');
}
