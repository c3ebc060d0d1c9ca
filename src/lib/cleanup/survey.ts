/** Looks at a home for what a clean-up could remove; changes nothing. */

import { join, sep } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Git, UnsavedWork } from '../adapters/git.ts';
import type { Trees } from '../adapters/trees.ts';
import { type Paths, recordName } from '../config/paths.ts';
import { parseTaskId } from '../format/task-id.ts';
import type { Outbox } from '../outbox/store.ts';
import type { Queue } from '../queue/queue.ts';
import { isEnded, parseTask, type Task } from '../tasks/record.ts';
import type { TaskStore } from '../tasks/store.ts';
import { listLeftovers, removedPrefix } from './leftovers.ts';
import {
  type CleanupOptions,
  type CleanupView,
  createUsage,
  isOldEnough,
  isRemovable,
  type TaskFacts,
  type WorkspaceFacts,
} from './plan.ts';

export interface SurveyParts {
  files: Files;
  trees: Trees;
  git: Git;
  clock: Clock;
  paths: Paths;
  tasks: TaskStore;
  queue: Queue;
  outbox: Pick<Outbox, 'pendingTaskIds'>;
}

export interface Survey {
  view: CleanupView;
  /** Folders of tasks whose removal was begun: they go last, after all that belongs to their tasks. */
  begunFolders: string[];
  /** Files and folders that writers left unfinished long ago, and what earlier clean-ups did not get to remove. */
  leftovers: string[];
}

/** The agents' conversations are UUIDs; a text of another form must not become a part of a path. */
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The folder as it is named, below the workspaces' real folder where it is one of them, and what it really is. */
export function workdirsOf(
  { trees, paths }: Pick<SurveyParts, 'trees' | 'paths'>,
  root: string,
  workdir: string,
): string[] {
  const named = workdir.startsWith(paths.workspaces + sep) ? root + workdir.slice(paths.workspaces.length) : workdir;
  return [...new Set([named, trees.realPath(workdir)])];
}

function factsOf(parts: SurveyParts, task: Task, root: string): TaskFacts {
  const workdirs = workdirsOf(parts, root, task.workdir);
  return {
    taskId: task.task_id,
    status: task.status,
    completedAt: isEnded(task) ? task.completed_at : null,
    isQuiet: task.runs.every((run) => run.ended_at !== null),
    workdirs,
    profile: task.profile,
    conversation: task.agent_session_id && uuid.test(task.agent_session_id) ? task.agent_session_id : null,
    leftConversations: task.left_sessions.filter((id) => uuid.test(id)),
    // In a workspace of ours nobody but our tasks has talked to the agent. A session's goes with the session.
    isConversationOurs:
      task.session_id === null && (!task.continues || workdirs.every((workdir) => workdir.startsWith(root + sep))),
    bytes: 0,
  };
}

/** All task ids of the home, and how many milliseconds after 1970 each was made. */
function listIds(tasks: TaskStore): { taskId: string; ts: number }[] {
  return tasks
    .chats()
    .flatMap((chat) => tasks.ids(chat).map((taskId) => ({ taskId, ts: parseTaskId(taskId)?.ts ?? 0 })));
}

/** A field's text in a record that is no JSON any more; null where it is not there. */
function salvage(text: string, field: string): string | null {
  const match = new RegExp(`"${field}": ("(?:[^"\\\\]|\\\\.)*")`).exec(text);
  try {
    return match ? (JSON.parse(match[1] as string) as string) : null;
  } catch {
    return null;
  }
}

interface Loaded {
  tasks: TaskFacts[];
  broken: { taskId: string; workdirs: string[] | null }[];
  /** Task folders that hold nothing but locks: somebody waited for a lock in them while they were removed. */
  shells: string[];
}

function loadFacts(parts: SurveyParts, ids: readonly string[], root: string): Loaded {
  const loaded: Loaded = { tasks: [], broken: [], shells: [] };
  for (const taskId of ids) {
    try {
      loaded.tasks.push(factsOf(parts, parts.tasks.load(taskId), root));
    } catch {
      const folder = parts.paths.task(taskId);
      if (parts.files.list(folder).every((name) => name === '.lock' || name === '.hook-lock')) {
        loaded.shells.push(folder);
        continue;
      }
      const meta = parts.paths.record(taskId);
      const workdir = salvage(parts.files.read(meta) ?? parts.files.read(`${meta}.broken`) ?? '', 'workdir');
      loaded.broken.push({ taskId, workdirs: workdir === null ? null : workdirsOf(parts, root, workdir) });
    }
  }
  return loaded;
}

/** Tasks whose folder was renamed by a clean-up that was killed; those whose record is gone too need only be swept. */
function listBegun(parts: SurveyParts, root: string): { begun: TaskFacts[]; folders: string[] } {
  const begun: TaskFacts[] = [];
  const folders: string[] = [];
  for (const chat of parts.tasks.chats()) {
    for (const name of parts.files.list(parts.paths.chatTasks(chat))) {
      if (!name.startsWith(removedPrefix)) continue;
      const folder = join(parts.paths.chatTasks(chat), name);
      folders.push(folder);
      const meta = join(folder, recordName);
      try {
        begun.push(factsOf(parts, parseTask(parts.files.read(meta) ?? '', meta), root));
      } catch {
        // Its record went first, after all that belonged to the task.
      }
    }
  }
  return { begun, folders };
}

/** Folders made for tasks; `known` are the tasks there are: only for others it matters how old the folder is. */
function listWorkspaces({ files }: SurveyParts, root: string, known: ReadonlySet<string>): WorkspaceFacts[] {
  return files.list(root).flatMap((chat) =>
    files.list(join(root, chat)).flatMap((name) => {
      // Others than those of tasks belong to conversations that outlive tasks.
      if (parseTaskId(name)?.chatId !== chat) return [];
      const path = join(root, chat, name);
      const modifiedAt = known.has(name) ? 0 : (files.stat(path)?.modifiedAt ?? 0);
      return [{ path, taskId: name, modifiedAt, bytes: 0, unsaved: null }];
    }),
  );
}

const worst: readonly UnsavedWork[] = ['uncommitted', 'stashed', 'unpushed', 'unknown'];

/** Fills in what a workspace takes, and whether one of its repositories holds work that is nowhere else. */
export async function inspect(
  { trees, git }: Pick<SurveyParts, 'trees' | 'git'>,
  workspace: WorkspaceFacts,
): Promise<WorkspaceFacts> {
  const { bytes, repositories } = trees.measure(workspace.path);
  const found = new Set<UnsavedWork | null>();
  for (const repository of repositories) found.add(await git.unsavedWork(repository));
  return { ...workspace, bytes, unsaved: worst.find((work) => found.has(work)) ?? null };
}

/** All records that matter. Where nothing can go because of its age, the young ones are not even read. */
function loadRecords(
  parts: SurveyParts,
  options: CleanupOptions,
  { now, root, isTight, mayGo }: { now: number; root: string; isTight: boolean; mayGo: (task: TaskFacts) => boolean },
) {
  const ids = listIds(parts.tasks);
  // A task made after the border cannot have ended before it.
  const isYoung = ({ ts }: { ts: number }) => !isTight && ts > now - options.olderThanMs;
  const load = (chosen: typeof ids) =>
    loadFacts(
      parts,
      chosen.map(({ taskId }) => taskId),
      root,
    );
  const old = load(ids.filter((id) => !isYoung(id)));
  const { begun, folders } = listBegun(parts, root);
  const known = new Set([...ids, ...begun].map(({ taskId }) => taskId));
  const workspaces = listWorkspaces(parts, root, known);
  const hasWork = begun.length > 0 || old.tasks.some(mayGo) || workspaces.some(({ taskId }) => !known.has(taskId));
  if (!hasWork) return { ...old, begun, folders, workspaces: [] };
  const young = load(ids.filter(isYoung));
  return {
    tasks: [...old.tasks, ...young.tasks],
    broken: [...old.broken, ...young.broken],
    shells: [...old.shells, ...young.shells],
    begun,
    folders,
    workspaces,
  };
}

/** Finds out what the plan needs. Costly looks (sizes, repositories) are taken only at what may go. */
export async function surveyHome(parts: SurveyParts, options: CleanupOptions): Promise<Survey> {
  const { trees, paths, clock } = parts;
  const now = clock.now();
  const root = trees.realPath(paths.workspaces);
  // Read before the records: what leaves the queue meanwhile counts as held, and stays until the next time.
  const held = new Set([
    // How a task ended is still asked for by those that come after it.
    ...parts.queue.waiting().flatMap(({ taskId, after }) => (after === undefined ? [taskId] : [taskId, after])),
    ...parts.queue.active(),
    ...parts.queue.aside(),
    ...parts.outbox.pendingTaskIds(),
  ]);
  const homeBytes = options.maxBytes === null ? null : trees.measure(paths.home).bytes;
  const isTight = homeBytes !== null && homeBytes > (options.maxBytes as number);
  const mayGo = (task: TaskFacts) =>
    isRemovable(task, held, options.keepFailed) && (isTight || isOldEnough(task, options, now));
  const { folders, shells, ...found } = loadRecords(parts, options, { now, root, isTight, mayGo });

  const view = { now, workspacesRoot: root, held, homeBytes, ...found };
  const atStake = new Set([...found.begun, ...found.tasks.filter(mayGo)].map(({ taskId }) => taskId));
  const { isFree } = createUsage(view);
  const workspaces: WorkspaceFacts[] = [];
  for (const space of found.workspaces) workspaces.push(isFree(space, atStake) ? await inspect(parts, space) : space);
  const measured = (task: TaskFacts): TaskFacts =>
    atStake.has(task.taskId) ? { ...task, bytes: trees.measure(paths.task(task.taskId)).bytes } : task;
  return {
    view: { ...view, tasks: found.tasks.map(measured), workspaces },
    begunFolders: folders,
    leftovers: listLeftovers(parts, root, shells),
  };
}
