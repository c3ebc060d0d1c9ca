/** Removes what a clean-up plans to, so that whenever it is killed nothing is half there and the next one finishes. */

import { basename, dirname, join, sep } from 'node:path';
import type { LockHolder, Locks } from '../adapters/locks.ts';
import type { Outbox } from '../outbox/store.ts';
import type { SessionStore } from '../sessions/store.ts';
import { removedPrefix, removeWorkspace } from './leftovers.ts';
import {
  type CleanupOptions,
  type CleanupPlan,
  pickCompanions,
  planCleanup,
  type TaskFacts,
  type WorkspaceFacts,
} from './plan.ts';
import { type TidiedSessions, tidySessions } from './sessions.ts';
import { type Survey, type SurveyParts, surveyHome, workdirsOf } from './survey.ts';

export interface CleanupParts extends Omit<SurveyParts, 'outbox'> {
  locks: Locks;
  outbox: Pick<Outbox, 'pendingTaskIds' | 'removeSettled'>;
  /** Files and folders in which the agent keeps a conversation; `profile` is that of the task it belongs to. */
  transcripts(conversation: string, profile: string | null): string[];
  /** Absent where there are none. */
  sessions?: SessionStore;
  /** Removes worktrees whose work is safe elsewhere, or says which it would; asked once the tasks are gone. */
  pruneWorktrees?(isDryRun: boolean): Promise<WorktreeOutcome[]>;
  /** Does a removal when the disk has room for it. */
  inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What became of a worktree. */
export interface WorktreeOutcome {
  path: string;
  isRemoved: boolean;
  /** A code of `worktrees/judge`. */
  why: string;
  /** The same for people, as the rest of a sentence. */
  text: string;
  bundle: string | null;
  /** Why it could not be removed. */
  failure: string | null;
}

/** What a clean-up did, or would do. Sizes in bytes. */
export interface CleanupReport {
  is_dry_run: boolean;
  tasks: { task_id: string; why: 'age' | 'size' | 'begun'; bytes: number }[];
  workspaces: { path: string; bytes: number }[];
  /** Workspaces that nobody uses, kept for the work in their repositories. */
  kept_workspaces: { path: string; unsaved: string }[];
  /** Worktrees removed; `bundle` is where their commits were saved first. */
  worktrees: { path: string; why: string; bundle: string | null }[];
  /** Worktrees that stay because what they hold is nowhere else. */
  kept_worktrees: { path: string; why: string; text: string }[];
  /** Sessions that ended, with all that was in their folders. */
  sessions: { session_id: string; bytes: number }[];
  /** What sessions kept of earlier processes, and no task speaks of any more. */
  generations: string[];
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
    worktrees: [],
    kept_worktrees: [],
    sessions: [],
    generations: [],
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

/** Worktrees that are in use, or are gone already, are no news. */
const silent = new Set(['in_use', 'removed']);

async function tidyWorktrees(
  { pruneWorktrees }: CleanupParts,
  isDryRun: boolean,
): Promise<Pick<CleanupReport, 'worktrees' | 'kept_worktrees' | 'failures'>> {
  const all = (await pruneWorktrees?.(isDryRun)) ?? [];
  const failed = all.filter(({ failure }) => failure !== null);
  const kept = all.filter(({ isRemoved, why, failure }) => !isRemoved && failure === null && !silent.has(why));
  return {
    worktrees: all.filter(({ isRemoved }) => isRemoved).map(({ path, why, bundle }) => ({ path, why, bundle })),
    kept_worktrees: kept.map(({ path, why, text }) => ({ path, why, text })),
    failures: failed.map(({ path, failure }) => ({ path, reason: failure as string })),
  };
}

/** What a clean-up would do now. Changes nothing. */
export async function previewCleanup(parts: CleanupParts, options: CleanupOptions): Promise<CleanupReport> {
  const survey = await surveyHome(parts, options);
  const plan = planCleanup(survey.view, options);
  const markers = parts.queue.waiting().filter(({ taskId }) => !parts.files.stat(parts.paths.task(taskId)));
  const report = {
    ...describe(survey, plan),
    ...(await tidyWorktrees(parts, true)),
    transcripts: transcriptsOf(parts, plan),
    markers: markers.map(({ taskId }) => taskId),
  };
  return withSessions(report, await tidySessions(parts, options, true));
}

/** The report with what became of sessions. */
function withSessions(report: CleanupReport, tidied: TidiedSessions): CleanupReport {
  const bytes = [...tidied.sessions, ...tidied.workspaces].reduce((sum, one) => sum + one.bytes, 0);
  return {
    ...report,
    sessions: tidied.sessions,
    generations: tidied.generations,
    transcripts: [...report.transcripts, ...tidied.transcripts],
    workspaces: [...report.workspaces, ...tidied.workspaces],
    kept_workspaces: [...report.kept_workspaces, ...tidied.kept_workspaces],
    bytes: report.bytes + bytes,
    failures: [...report.failures, ...tidied.failures],
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
    const isWaiting = queue
      .waiting()
      .some(({ taskId, after }) => taskId === planned.taskId || after === planned.taskId);
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
  const { trees, outbox, clock, paths, inTurn = (work) => work() } = parts;
  const { view } = survey;
  const { attempt, failures } = createAttempts();
  const remove = (path: string, step: () => unknown) => attempt(path, () => inTurn(async () => step()));
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
    if (await remove(workspace.path, () => removeWorkspace(parts, workspace.path))) workspaces.push(workspace);
  }
  const transcripts = transcriptsOf(parts, companions);
  for (const path of transcripts) await remove(path, () => trees.remove(path));
  const owners = new Set(folders.map((folder) => basename(folder).slice(removedPrefix.length)));
  await attempt(paths.outbox, () => outbox.removeSettled(owners, clock.now() - options.olderThanMs));
  for (const folder of folders) await remove(folder, () => trees.remove(folder));
  const leftovers: string[] = [];
  for (const path of survey.leftovers) {
    if (await remove(path, () => trees.remove(path))) leftovers.push(path);
  }
  const report = describe(survey, { ...plan, ...companions, tasks, workspaces });
  return { ...report, is_dry_run: false, transcripts, leftovers, failures };
}

/** Cleans the home up. Where another clean-up is at work, says who, and does nothing. */
export async function runCleanup(
  parts: CleanupParts,
  options: CleanupOptions,
): Promise<{ report: CleanupReport } | { busy: LockHolder | null }> {
  const lockPath = parts.paths.cleanupLock;
  const lock = parts.locks.tryTake(lockPath, 'cleanup');
  if (!lock) return { busy: parts.locks.holder(lockPath) };
  try {
    const markers = sweepMarkers(parts);
    const survey = await surveyHome(parts, options);
    const report = await carryOut(parts, options, survey, planCleanup(survey.view, options));
    const tidied = await tidyWorktrees(parts, false);
    const failures = [...report.failures, ...tidied.failures];
    const sessions = await tidySessions(parts, options, false);
    return { report: withSessions({ ...report, ...tidied, markers, failures }, sessions) };
  } finally {
    lock.release();
  }
}
