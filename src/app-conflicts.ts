/** The composition of what keeps tasks on one repository out of each other's way: git and the settings behind the engine's seam. */

import type { App } from './app.ts';
import { controlParts } from './app-runs.ts';
import { worktreeParts } from './app-worktrees.ts';
import type { Log } from './lib/adapters/log.ts';
import type { LiveSettings } from './lib/config/live.ts';
import { conflictPolicyOf, repositorySettingsOf } from './lib/config/repositories.ts';
import { CcdispatchError } from './lib/errors/errors.ts';
import type { ConflictGround, PutOnTop } from './lib/runs/conflicts/conflict-ground.ts';
import { type ConflictKeeper, createConflictKeeper } from './lib/runs/conflicts/conflict-keeper.ts';
import { createConflictRecords } from './lib/runs/conflicts/conflict-record.ts';
import type { Task } from './lib/tasks/record.ts';
import { changedFiles, filesBetween, isIgnoredFile } from './lib/worktrees/changed.ts';
import type { WorkParts } from './lib/worktrees/held-repository.ts';
import { layOpenWork } from './lib/worktrees/lay-open.ts';
import { type Rebased, rebaseWork } from './lib/worktrees/rebase.ts';
import type { Worktree } from './lib/worktrees/record.ts';

function worktreeOf({ worktrees }: WorkParts, task: Task): Worktree | null {
  return task.worktree === null ? null : worktrees.load(task.worktree);
}

/** Puts the task's work onto the branch that it goes into, by one way or the other. */
async function put(
  parts: WorkParts,
  task: Task,
  how: (parts: WorkParts, worktree: Worktree, onto: string, request: { title: string }) => Promise<Rebased>,
): Promise<PutOnTop> {
  const before = worktreeOf(parts, task);
  const branch = before?.base_branch ?? null;
  if (!before || branch === null) return { kind: 'nothing' };
  const onto = `refs/heads/${branch}`;
  try {
    const done = await how(parts, before, onto, { title: task.task_name });
    const commit = (await parts.git.run(before.git_dir, ['rev-parse', '--verify', onto])).stdout;
    return done.kind === 'rebased' ? { kind: 'fits', branch, commit } : { ...done, branch, commit };
  } catch (error) {
    // A branch that is gone, or has nothing in common: there is nothing to be put anywhere.
    const isMoot = error instanceof CcdispatchError && (error.code === 'not-found' || error.code === 'usage');
    if (isMoot) return { kind: 'nothing' };
    throw error;
  }
}

function openGround(app: App, live: LiveSettings): ConflictGround {
  const parts = worktreeParts(app);
  const { git, worktrees } = parts;
  return {
    placeOf(task) {
      const worktree = worktreeOf(parts, task);
      if (!worktree) return null;
      const folder = worktrees.folder(worktree);
      const { repo: repository, worktree_id } = worktree;
      return { repository, worktree: worktree_id, folder: app.files.realPath(folder) ?? folder };
    },
    policyOf: (repository) => conflictPolicyOf(repositorySettingsOf(live.current(), repository, app.files.realPath)),
    ignoredFiles: () => live.current().conflicts.ignore,
    async changedFiles(task) {
      const worktree = worktreeOf(parts, task);
      return worktree ? await changedFiles(git, worktrees.folder(worktree), worktree) : null;
    },
    isIgnoredFile: ({ folder }, file) => isIgnoredFile(git, folder, file),
    async mergedWork(task) {
      const worktree = worktreeOf(parts, task);
      if (worktree?.state !== 'merged') return null;
      const { settled_commit: commit, base_branch: branch, base_commit } = worktree;
      if (commit === null || branch === null) return null;
      return { branch, commit, files: await filesBetween(git, worktree.git_dir, base_commit, commit) };
    },
    putOnTop: (task) => put(parts, task, rebaseWork),
    layOpen: (task) => put(parts, task, layOpenWork),
  };
}

/** What a worker sees conflicts with, and sees to. */
export async function openConflictKeeper(app: App, live: LiveSettings, log: Log): Promise<ConflictKeeper> {
  const settings = live.current();
  return createConflictKeeper({
    ...(await controlParts(app, settings)),
    log,
    ground: openGround(app, live),
    records: createConflictRecords(app),
    patienceMs: () => live.current().approvals.timeoutMinutes * 60_000,
    canAsk: ({ telegram_group }) => telegram_group !== null && live.current().telegram.token !== undefined,
  });
}
