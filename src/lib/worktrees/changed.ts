/** Which files a task has changed since its base: asked often and beside its work, so it takes no lock and writes nothing. */

import { dirname } from 'node:path';
import type { Git, GitOptions } from '../adapters/git.ts';
import { gitEnvironment } from './git-settings.ts';
import type { Worktree } from './record.ts';

/** Git on as many threads as the machine has would be done sooner, and take the time from those who work. */
const oneThread = 'core.preloadIndex=false';

/** Variables for calls in the folder; one that lost its `.git` is not taken for a part of a repository above it. */
async function environmentIn(git: Git, folder: string): Promise<Record<string, string>> {
  return { ...(await gitEnvironment(git, folder)), GIT_CEILING_DIRECTORIES: dirname(folder) };
}

/** The commit that the checkout is on, and what of its files is in no commit. */
function parseStatus(output: string): { head: string | null; files: string[] } {
  let head: string | null = null;
  const files: string[] = [];
  for (const line of output.split('\0')) {
    const oid = /^# branch\.oid ([0-9a-f]{40,})$/.exec(line)?.[1];
    if (oid) head = oid;
    // Fields before the path: those of git-status(1), porcelain format version 2.
    const path = /^(?:\? |1 (?:\S+ ){7}|u (?:\S+ ){9})(.+)$/s.exec(line)?.[1];
    if (path) files.push(path);
  }
  return { head, files };
}

/**
 * Paths relative to the repository, each once: changed, made, deleted, both names of what was moved, committed or not; ignored
 * files left out. What came from the base itself since does not count. Null where git cannot tell.
 */
export async function changedFiles(
  git: Git,
  folder: string,
  { base_commit, base_branch }: Pick<Worktree, 'base_commit' | 'base_branch'>,
): Promise<string[] | null> {
  const options: GitOptions = { settings: [oneThread], env: await environmentIn(git, folder) };
  const status = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all', '--no-renames'];
  const now = await git.run(folder, [...status, '--ignore-submodules=dirty'], options);
  if (!now.isOk) return null;
  const { head, files } = parseStatus(now.stdout);
  if (head === null || head === base_commit) return [...new Set(files)];
  let fork = base_commit;
  if (base_branch !== null) {
    const found = await git.run(folder, ['merge-base', `refs/heads/${base_branch}`, head], options);
    if (found.isOk && found.stdout !== '') fork = found.stdout;
  }
  const diff = ['diff-tree', '-r', '--name-only', '--no-renames', '-z', fork, head];
  const committed = await git.run(folder, diff, options);
  if (!committed.isOk) return null;
  return [...new Set([...committed.stdout.split('\0').filter(Boolean), ...files])];
}

/** Whether git passes the file over: what happens to it in one worktree reaches no other. */
export async function isIgnoredFile(git: Git, folder: string, file: string): Promise<boolean> {
  return (await git.run(folder, ['check-ignore', '--quiet', '--', file], { env: await environmentIn(git, folder) }))
    .isOk;
}

/** What changed from one commit to another; nothing where git cannot tell. `gitDir` is the repository's git folder. */
export async function filesBetween(git: Git, gitDir: string, from: string, to: string): Promise<string[]> {
  const diff = ['diff-tree', '-r', '--name-only', '--no-renames', '-z', from, to];
  const { isOk, stdout } = await git.run(gitDir, diff, { env: await gitEnvironment(git, gitDir) });
  return isOk ? stdout.split('\0').filter(Boolean) : [];
}
