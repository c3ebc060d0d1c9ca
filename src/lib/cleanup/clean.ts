/** Removes what a clean-up plans to, so that whenever it is killed nothing is half there and the next one finishes. */

import { basename, dirname, join, sep } from 'node:path';
import type { LockHolder, Locks } from '../adapters/locks.ts';
import type { Outbox } from '../outbox/store.ts';
import { removedPrefix } from './leftovers.ts';
import {
  type CleanupOptions,
  type CleanupPlan,
  pickCompanions,
  planCleanup,
  type TaskFacts,
  type WorkspaceFacts,
} from './plan.ts';
import { type Survey, type SurveyParts, surveyHome, workdirsOf } from './survey.ts';

export interface CleanupParts extends Omit<SurveyParts, 'outbox'> {
  locks: Locks;
  outbox: Pick<Outbox, 'pendingTaskIds' | 'removeSettled'>;
  /** Files and folders in which the agent keeps a conversation; `profile` is that of the task it belongs to. */
  transcripts(conversation: string, profile: string | null): string[];
}

/** What a clean-up did, or would do. Sizes in bytes. */
export interface CleanupReport {
  is_dry_run: boolean;
  tasks: { task_id: string; why: 'age' | 'size' | 'begun'; bytes: number }[];
  workspaces: { path: string; bytes: number }[];
  /** Workspaces that nobody uses, kept for the work in their repositories. */
  kept_workspaces: { path: string; unsaved: string }[];
  transcripts: string[];
  /** Tasks whose queue marker had no folder. */
  markers: string[];
  /** What unfinished writes and earlier clean-ups left. */
  leftovers: string[];
  bytes: number;
  /** What the home still takes beyond the limit asked for; 0 without a limit. */
  bytes_over: number;
  /** What could not be removed, and why. */
  failures: { path: string; reason: string }[];
}

function describe(survey: Survey, plan: CleanupPlan): CleanupReport {
  const byId = new Map([...survey.view.tasks, ...survey.view.begun].map((task) => [task.taskId, task]));
  const tasks = plan.tasks.map(({ taskId, why }) => ({ task_id: taskId, why, bytes: byId.get(taskId)?.bytes ?? 0 }));
  const workspaces = plan.workspaces.map(({ path, bytes }) => ({ path, bytes }));
  return {
    is_dry_run: true,
    tasks,
    workspaces,
    kept_workspaces: plan.kept.map(({ path, unsaved }) => ({ path, unsaved: unsaved ?? 'unknown' })),
    transcripts: [],
    markers: [],
    leftovers: survey.leftovers,
    bytes: [...tasks, ...workspaces].reduce((sum, { bytes }) => sum + bytes, 0),
    bytes_over: plan.bytesOver,
    failures: [],
  };
}

const transcriptsOf = (parts: CleanupParts, { conversations }: Pick<CleanupPlan, 'conversations'>) => [
  ...new Set(conversations.flatMap(({ id, profile }) => parts.transcripts(id, profile))),
];

/** What a clean-up would do now. Changes nothing. */
export async function previewCleanup(parts: CleanupParts, options: CleanupOptions): Promise<CleanupReport> {
  const survey = await surveyHome(parts, options);
  const plan = planCleanup(survey.view, options);
  const markers = parts.queue.waiting().filter(({ taskId }) => !parts.files.stat(parts.paths.task(taskId)));
  return {
    ...describe(survey, plan),
    transcripts: transcriptsOf(parts, plan),
    markers: markers.map(({ taskId }) => taskId),
  };
}

/** Removes markers whose maker died before it made their folder, and what it had begun. */
function sweepMarkers({ queue, tasks, files, paths }: CleanupParts): string[] {
  return queue.waiting().flatMap((marker) => {
    if (files.stat(paths.task(marker.taskId))) return [];
    return queue.sweep(marker, () => tasks.sweepUnfinished(marker.taskId)) ? [marker.taskId] : [];
  });
}

/**
 * Takes the task away from everybody in one step: its folder gets another name. The folder stays until all that belongs
 * to the task is gone, so that the next clean-up can finish what this one could not. False where the task has changed.
 */
async function withdraw(parts: CleanupParts, planned: TaskFacts): Promise<boolean> {
  const { tasks, queue, files, paths } = parts;
  const folder = paths.task(planned.taskId);
  return await tasks.hold(planned.taskId, 'cleanup', async ({ task }) => {
    const isSame = task.status === planned.status && task.completed_at === planned.completedAt;
    const isWaiting = queue.waiting().some(({ taskId }) => taskId === planned.taskId);
    if (!isSame || isWaiting || queue.isActive(planned.taskId)) return false;
    await files.moveFolder(folder, join(dirname(folder), removedPrefix + planned.taskId));
    return true;
  });
}

/** Whether a task that came after the survey works in the workspace, or might: a waiting one without a folder yet. */
function isTakenMeanwhile(
  parts: CleanupParts,
  root: string,
  known: ReadonlySet<string>,
  { path }: WorkspaceFacts,
): boolean {
  const { queue } = parts;
  return [...queue.waiting().map(({ taskId }) => taskId), ...queue.active(), ...queue.aside()]
    .filter((taskId) => !known.has(taskId))
    .some((taskId) => {
      try {
        const workdirs = workdirsOf(parts, root, parts.tasks.load(taskId).workdir);
        return workdirs.some((workdir) => workdir === path || workdir.startsWith(path + sep));
      } catch {
        return true;
      }
    });
}

/** Renamed first: were it killed half way, what is left would look like a repository with deleted files in it. */
function removeWorkspace({ files, trees }: CleanupParts, path: string): void {
  const aside = join(dirname(path), removedPrefix + basename(path));
  trees.remove(aside);
  files.rename(path, aside);
  trees.remove(aside);
}

/** Steps that do not stop one another: what fails is noted. */
function createAttempts() {
  const failures: CleanupReport['failures'] = [];
  return {
    failures,
    /** Whether the step was done: it did not throw, and did not say false. */
    async attempt(path: string, step: () => unknown): Promise<boolean> {
      try {
        return (await step()) !== false;
      } catch (error) {
        failures.push({ path, reason: error instanceof Error ? error.message : String(error) });
        return false;
      }
    },
  };
}

/** Does what was planned, in an order that a later clean-up can take up anywhere. */
async function carryOut(
  parts: CleanupParts,
  options: CleanupOptions,
  survey: Survey,
  plan: CleanupPlan,
): Promise<CleanupReport> {
  const { trees, outbox, clock, paths } = parts;
  const { view } = survey;
  const { attempt, failures } = createAttempts();
  const tasks = plan.tasks.filter(({ why }) => why === 'begun');
  const folders = [...survey.begunFolders];
  const byId = new Map(view.tasks.map((task) => [task.taskId, task]));
  for (const picked of plan.tasks) {
    const task = byId.get(picked.taskId);
    const folder = paths.task(picked.taskId);
    if (!task || !(await attempt(folder, () => withdraw(parts, task)))) continue;
    tasks.push(picked);
    folders.push(join(dirname(folder), removedPrefix + picked.taskId));
  }
  // Asked again, because a task that stayed after all keeps what it uses.
  const companions = pickCompanions(view, new Set(tasks.map(({ taskId }) => taskId)), options);
  const known = new Set([...view.tasks, ...view.begun].map(({ taskId }) => taskId));
  const workspaces: WorkspaceFacts[] = [];
  for (const workspace of companions.workspaces) {
    if (isTakenMeanwhile(parts, view.workspacesRoot, known, workspace)) continue;
    if (await attempt(workspace.path, () => removeWorkspace(parts, workspace.path))) workspaces.push(workspace);
  }
  const transcripts = transcriptsOf(parts, companions);
  for (const path of transcripts) await attempt(path, () => trees.remove(path));
  const owners = new Set(folders.map((folder) => basename(folder).slice(removedPrefix.length)));
  await attempt(paths.outbox, () => outbox.removeSettled(owners, clock.now() - options.olderThanMs));
  for (const folder of folders) await attempt(folder, () => trees.remove(folder));
  const leftovers: string[] = [];
  for (const path of survey.leftovers) {
    if (await attempt(path, () => trees.remove(path))) leftovers.push(path);
  }
  const report = describe(survey, { ...plan, ...companions, tasks, workspaces });
  return { ...report, is_dry_run: false, transcripts, leftovers, failures };
}

/** Cleans the home up. Where another clean-up is at work, says who, and does nothing. */
export async function runCleanup(
  parts: CleanupParts,
  options: CleanupOptions,
): Promise<{ report: CleanupReport } | { busy: LockHolder | null }> {
  const lockPath = join(parts.paths.home, 'cleanup.lock');
  const lock = parts.locks.tryTake(lockPath, 'cleanup');
  if (!lock) return { busy: parts.locks.holder(lockPath) };
  try {
    const markers = sweepMarkers(parts);
    const survey = await surveyHome(parts, options);
    const report = await carryOut(parts, options, survey, planCleanup(survey.view, options));
    return { report: { ...report, markers } };
  } finally {
    lock.release();
  }
}
