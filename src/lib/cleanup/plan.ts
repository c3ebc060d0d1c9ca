/** Decides what a clean-up removes: pure functions over what was found in the home. */

import { join, relative, sep } from 'node:path';
import type { UnsavedWork } from '../adapters/git.ts';
import { parseTaskId } from '../format/task-id.ts';
import type { TaskStatus } from '../tasks/record.ts';

export interface CleanupOptions {
  /** Tasks that ended at least so long ago go. */
  olderThanMs: number;
  /** Failed tasks stay. */
  keepFailed: boolean;
  /** Beyond it further ended tasks go, oldest first; null for no limit. */
  maxBytes: number | null;
  /** Workspaces go although a repository in them holds work that is nowhere else. */
  forceWorkspaces: boolean;
}

/** A task, as far as its removal depends on it. */
export interface TaskFacts {
  taskId: string;
  status: TaskStatus;
  /** ISO instant; null for a task that has not ended. */
  completedAt: string | null;
  /** The processes of all its runs are gone. */
  isQuiet: boolean;
  /** Where it works: the path as it is named and, where an agent put a link in its place, what that leads to. */
  workdirs: readonly string[];
  profile: string | null;
  /** The agent's own conversation. */
  conversation: string | null;
  /** Conversations that began with the task and that it has left. */
  leftConversations: readonly string[];
  /** The conversation began with the task: it is not a person's own that the task went on with. */
  isConversationOurs: boolean;
  /** What its folder takes; 0 where it was not measured because the task stays anyway. */
  bytes: number;
}

/** A folder under `workspaces/<chat>/` that was made for a task. */
export interface WorkspaceFacts {
  /** Absolute, without links. */
  path: string;
  /** The task it was made for, and is named after. */
  taskId: string;
  /** Milliseconds since 1970. */
  modifiedAt: number;
  bytes: number;
  unsaved: UnsavedWork | null;
}

export interface CleanupView {
  /** Milliseconds since 1970. */
  now: number;
  /** The folder of all workspaces, without links. */
  workspacesRoot: string;
  tasks: readonly TaskFacts[];
  /** Tasks whose removal was begun by a clean-up that did not finish. */
  begun: readonly TaskFacts[];
  /** Tasks whose record cannot be read; `workdirs` where the text still shows them. */
  broken: readonly { taskId: string; workdirs: readonly string[] | null }[];
  /** Tasks that wait, run, or have something undelivered. */
  held: ReadonlySet<string>;
  workspaces: readonly WorkspaceFacts[];
  /** What the home takes; null where it was not measured. */
  homeBytes: number | null;
}

/** A folder that belongs to no task may be one that is being made just now, when it is younger. */
export const orphanAgeMs = 60 * 60_000;

/** `workspaces/<chat>/<name>` around the path; null for a path outside or above all workspaces. */
function workspaceAround(root: string, path: string): string | null {
  const [chat, name] = relative(root, path).split(sep);
  return chat && chat !== '..' && name ? join(root, chat, name) : null;
}

/** Whether the path is the folder or lies in it. */
function isAbove(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

/** Whether a task may go at all, however old it is. */
export function isRemovable(task: TaskFacts, held: ReadonlySet<string>, keepFailed: boolean): boolean {
  if (task.completedAt === null || !task.isQuiet || held.has(task.taskId)) return false;
  return !(keepFailed && task.status === 'failed');
}

export function isOldEnough(task: TaskFacts, options: Pick<CleanupOptions, 'olderThanMs'>, now: number): boolean {
  return task.completedAt !== null && Date.parse(task.completedAt) <= now - options.olderThanMs;
}

/** Tells whose a workspace is, as a function of the tasks that are to go. */
export function createUsage(view: Omit<CleanupView, 'homeBytes'>) {
  const byWorkspace = new Map<string, string[]>();
  const wide: { workdir: string; taskId: string }[] = [];
  const known = new Set([...view.tasks, ...view.begun].map(({ taskId }) => taskId));
  const blindChats = new Set<string>();
  const broken = new Set<string>();
  const addUser = (taskId: string, workdir: string) => {
    const workspace = workspaceAround(view.workspacesRoot, workdir);
    if (workspace) byWorkspace.set(workspace, [...(byWorkspace.get(workspace) ?? []), taskId]);
    // Only of folders in there: who works in the person's own home has no need of what lies deep below it.
    else if (isAbove(view.workspacesRoot, workdir)) wide.push({ workdir, taskId });
  };
  for (const { taskId, workdirs } of view.tasks) for (const workdir of workdirs) addUser(taskId, workdir);
  for (const { taskId, workdirs } of view.broken) {
    broken.add(taskId);
    if (workdirs === null) blindChats.add(parseTaskId(taskId)?.chatId ?? '');
    else for (const workdir of workdirs) addUser(taskId, workdir);
  }

  /** Whether nobody needs the workspace once these tasks are gone; unsaved work is another question. */
  function isFree(workspace: WorkspaceFacts, going: ReadonlySet<string>): boolean {
    const owner = workspace.taskId;
    if (view.held.has(owner) || broken.has(owner)) return false;
    if (blindChats.has(parseTaskId(owner)?.chatId ?? '')) return false;
    if (known.has(owner) ? !going.has(owner) : workspace.modifiedAt > view.now - orphanAgeMs) return false;
    if (wide.some(({ workdir, taskId }) => isAbove(workdir, workspace.path) && !going.has(taskId))) return false;
    return (byWorkspace.get(workspace.path) ?? []).every((taskId) => going.has(taskId));
  }
  return { isFree };
}

export interface PickedTask {
  taskId: string;
  why: 'age' | 'size' | 'begun';
}

/** The tasks that go, and what the home still takes beyond the limit after that. */
function pickTasks(view: CleanupView, options: CleanupOptions): { picked: PickedTask[]; bytesOver: number } {
  const picked: PickedTask[] = view.begun.map(({ taskId }) => ({ taskId, why: 'begun' }));
  const going = new Set(picked.map(({ taskId }) => taskId));
  const usage = createUsage(view);
  const workspaceOf = new Map(view.workspaces.map((workspace) => [workspace.path, workspace]));
  const byOwner = new Map(view.workspaces.map((workspace) => [workspace.taskId, workspace]));
  const counted = new Set<WorkspaceFacts>();
  let left = view.homeBytes ?? 0;
  const countWorkspace = (workspace: WorkspaceFacts | undefined) => {
    if (!workspace || counted.has(workspace) || !usage.isFree(workspace, going)) return;
    if (workspace.unsaved && !options.forceWorkspaces) return;
    counted.add(workspace);
    left -= workspace.bytes;
  };
  const pick = (task: TaskFacts, why: PickedTask['why']) => {
    going.add(task.taskId);
    picked.push({ taskId: task.taskId, why });
    left -= task.bytes;
    countWorkspace(byOwner.get(task.taskId));
    for (const workdir of task.workdirs) {
      countWorkspace(workspaceOf.get(workspaceAround(view.workspacesRoot, workdir) ?? ''));
    }
  };

  const removable = view.tasks
    .filter((task) => isRemovable(task, view.held, options.keepFailed))
    .sort((a, b) => ((a.completedAt as string) < (b.completedAt as string) ? -1 : 1));
  for (const task of view.begun) left -= task.bytes;
  for (const workspace of view.workspaces) countWorkspace(workspace);
  for (const task of removable) if (isOldEnough(task, options, view.now)) pick(task, 'age');
  if (options.maxBytes !== null && view.homeBytes !== null) {
    for (const task of removable) {
      if (left <= options.maxBytes) break;
      if (!going.has(task.taskId)) pick(task, 'size');
    }
  }
  return { picked, bytesOver: options.maxBytes === null ? 0 : Math.max(0, left - options.maxBytes) };
}

/** What goes with tasks that go. */
export interface Companions {
  workspaces: WorkspaceFacts[];
  /** Workspaces that nobody uses any more, and that stay because of what is in them. */
  kept: WorkspaceFacts[];
  /** The agent's own records of conversations that nobody can go on with any more. */
  conversations: { id: string; profile: string | null }[];
}

/** What goes with these tasks. */
export function pickCompanions(view: CleanupView, going: ReadonlySet<string>, options: CleanupOptions): Companions {
  const { isFree } = createUsage(view);
  const free = view.workspaces.filter((workspace) => isFree(workspace, going));
  const isKept = ({ unsaved }: WorkspaceFacts) => unsaved !== null && !options.forceWorkspaces;
  const staying = view.tasks.filter(({ taskId }) => !going.has(taskId));
  const inUse = new Set(staying.flatMap(({ conversation, leftConversations }) => [conversation, ...leftConversations]));
  const conversations = new Map<string, { id: string; profile: string | null }>();
  for (const task of [...view.begun, ...view.tasks]) {
    const { taskId, conversation, isConversationOurs, leftConversations, profile } = task;
    if (!going.has(taskId)) continue;
    for (const id of [...(isConversationOurs ? [conversation] : []), ...leftConversations]) {
      if (id && !inUse.has(id)) conversations.set(`${profile} ${id}`, { id, profile });
    }
  }
  return {
    workspaces: free.filter((workspace) => !isKept(workspace)),
    kept: free.filter(isKept),
    conversations: [...conversations.values()],
  };
}

export interface CleanupPlan extends Companions {
  tasks: PickedTask[];
  /** What the home still takes beyond the limit when all of this is gone, in bytes. */
  bytesOver: number;
}

/** All that a clean-up with these options removes from the home. */
export function planCleanup(view: CleanupView, options: CleanupOptions): CleanupPlan {
  const { picked, bytesOver } = pickTasks(view, options);
  const going = new Set(picked.map(({ taskId }) => taskId));
  return { tasks: picked, bytesOver, ...pickCompanions(view, going, options) };
}
