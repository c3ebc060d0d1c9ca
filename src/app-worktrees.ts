/** The composition of worktrees: their records, and what the engine asks of whoever keeps them. */

import { join } from 'node:path';
import type { App } from './app.ts';
import { openOutbox, secretsOfSettings } from './app-runs.ts';
import { createForge } from './lib/adapters/forge.ts';
import type { Log } from './lib/adapters/log.ts';
import { setupEnvironment } from './lib/agents/environment.ts';
import type { LiveSettings } from './lib/config/live.ts';
import { repositorySettingsOf } from './lib/config/repositories.ts';
import type { Settings } from './lib/config/schema.ts';
import { createRedactor, secretsOf } from './lib/errors/redact.ts';
import type { LandParts } from './lib/runs/landing/land-work.ts';
import type { WorkFolders } from './lib/runs/landing/work-folders.ts';
import { createWorkKeeper } from './lib/runs/landing/work-keeper.ts';
import { runSetup } from './lib/runs/setup-command.ts';
import type { FileOperations } from './lib/runs/worker/file-operations.ts';
import type { Task } from './lib/tasks/record.ts';
import { type PrepareParts, prepareWorktree } from './lib/worktrees/prepare.ts';
import { recoverWork } from './lib/worktrees/rebase.ts';
import type { Worktree } from './lib/worktrees/record.ts';
import { createWorktreeStore } from './lib/worktrees/store.ts';

/** All that making and keeping worktrees needs. */
export function worktreeParts(app: App): PrepareParts {
  const { git, files, trees, clock, paths } = app;
  return { git, files, trees, clock, paths, worktrees: createWorktreeStore(app) };
}

/** A set-up command that a repository brings itself; it counts only where the person trusts the repository. */
const ownSetup = '.worktreesetup';

function setupCommandOf(app: App, settings: Settings, { repo }: Worktree, folder: string): string | null {
  const { setup, trusted } = repositorySettingsOf(settings, repo, app.files.realPath);
  if (setup !== undefined) return setup;
  return trusted && app.files.stat(join(folder, ownSetup))?.isFile ? `. ./${ownSetup}` : null;
}

async function setUp(
  app: App,
  settings: Settings,
  { task, worktree, folder, signal }: { task: Task; worktree: Worktree; folder: string; signal: AbortSignal },
): Promise<void> {
  const command = setupCommandOf(app, settings, worktree, folder);
  if (command === null) return;
  const envFile = app.files.read(app.paths.env);
  const env = setupEnvironment({ env: app.env, settings, envFile, taskId: task.task_id, repo: worktree.repo });
  const redact = createRedactor([...secretsOf(env), ...secretsOfSettings(settings)]);
  const timeoutMs = settings.worktrees.setupMinutes * 60_000;
  await runSetup(app, { taskId: task.task_id, command, folder, env, timeoutMs, signal, redact });
}

/** Branches of our own naming are chosen anew when they are made; others were a person's wish. */
function wishedBranch({ branch, worktree }: Task): string | null {
  return branch === `ccdispatch/${worktree}` || branch === `ccdispatch-${worktree}` ? null : branch;
}

/** All that merging, pushing and the like needs, for commands of people. */
export async function landParts(app: App): Promise<LandParts> {
  return { ...worktreeParts(app), forge: createForge(app.env), tasks: await app.openTasks(), queue: app.queue };
}

/** What makes worktrees before runs, and keeps what was done in them. `operations` sees to it that not too many are made at once. */
export function openWorkFolders(
  app: App,
  live: LiveSettings,
  operations: FileOperations,
  log: Log = app.silentLog,
): WorkFolders {
  const parts = worktreeParts(app);
  const keeper = createWorkKeeper({
    ...parts,
    forge: createForge(app.env),
    outbox: openOutbox(app, live.current()),
    log,
    onEnd: (repo) => repositorySettingsOf(live.current(), repo, app.files.realPath).onEnd,
  });
  return {
    ...keeper,
    async prepare(task, signal) {
      const { task_id, worktree: worktreeId, repo, base } = task;
      if (worktreeId === null || repo === null) return;
      await live.refresh();
      const before = parts.worktrees.load(worktreeId);
      if (before) await recoverWork(parts, before);
      await prepareWorktree(parts, {
        worktreeId,
        taskId: task_id,
        repo,
        base,
        branch: wishedBranch(task),
        signal,
        inTurn: (work) => operations.run(work, task_id),
        setUp: (worktree, folder) =>
          operations.run(() => setUp(app, live.current(), { task, worktree, folder, signal }), task_id),
      });
    },
  };
}
