/** What there is of a worktree, and whether anything in it is nowhere else; changes nothing. */

import { join } from 'node:path';
import type { Git, GitResult } from '../adapters/git.ts';
import { type EntryParts, intactEntry } from './entries.ts';
import { gitEnvironment } from './git-settings.ts';
import { ownBranchPrefixes, type Worktree } from './record.ts';

/** Asks git something in a folder. */
export type AskGit = (folder: string, args: readonly string[]) => Promise<GitResult>;

export interface WorktreeFacts {
  hasRepository: boolean;
  /** `whole`: a checkout that git knows. `broken`: a folder that it does not. */
  folder: 'whole' | 'broken' | 'gone';
  /** The branch's commit; null where the branch is gone. */
  tip: string | null;
  /** Commits of the branch that are not in what it started from. */
  ahead: number;
  /** Changed and new files that no commit holds; null where that cannot be told. */
  isDirty: boolean | null;
  /** Where the branch's commits are as well: in a branch of the person's, or in one of a remote; null for nowhere. */
  contained: 'merged' | 'pushed' | null;
  /** Commits that are neither on the branch nor anywhere else: of a detached HEAD, put aside by us, or in submodules. */
  hasOthers: boolean;
}

const nothing: WorktreeFacts = {
  hasRepository: false,
  folder: 'gone',
  tip: null,
  ahead: 0,
  isDirty: null,
  contained: null,
  hasOthers: false,
};

/** Branches that agents work on do not count as places where commits are safe: they are removed like this one. */
const withoutOurs = ({ branch }: Worktree) =>
  [...ownBranchPrefixes.map((prefix) => `${prefix}*`), branch].map((name) => `--exclude=${name}`);

/** Whether some commit of these is in none of the places; true where git cannot tell. */
async function isBeyond(ask: AskGit, folder: string, tips: readonly string[], places: readonly string[]) {
  if (tips.length === 0) return false;
  const { isOk, stdout } = await ask(folder, ['rev-list', '--max-count=1', ...tips, '--not', ...places]);
  return !isOk || stdout !== '';
}

async function hasChanges(ask: AskGit, folder: string): Promise<boolean | null> {
  const { isOk, stdout } = await ask(folder, ['status', '--porcelain', '--ignore-submodules=dirty']);
  return isOk ? stdout !== '' : null;
}

/** Whether a submodule's own repository holds something; it goes with the worktree. */
async function hasSubmoduleWork(parts: EntryParts & { git: Git }, entry: string, folder: string): Promise<boolean> {
  if (!parts.files.stat(join(entry, 'modules'))) return false;
  for (const repository of parts.trees.measure(folder).repositories) {
    if (repository !== folder && (await parts.git.unsavedWork(repository)) !== null) return true;
  }
  return false;
}

/** Looks at the worktree in this folder. */
export async function surveyWorktree(
  parts: EntryParts & { git: Git },
  ask: AskGit,
  worktree: Worktree,
  folder: string,
): Promise<WorktreeFacts> {
  const { files } = parts;
  const { git_dir: gitDir, branch } = worktree;
  const isThere = files.stat(folder) !== null;
  if (!files.stat(gitDir)?.isFolder) return { ...nothing, folder: isThere ? 'broken' : 'gone' };
  const entry = isThere ? intactEntry(parts, gitDir, folder) : null;
  const commitOf = async (name: string, at = gitDir) =>
    (await ask(at, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`])).stdout || null;
  const tip = await commitOf(`refs/heads/${branch}`);
  const head = entry === null ? null : await commitOf('HEAD', folder);
  const kept = await ask(gitDir, [
    'for-each-ref',
    '--format=%(objectname)',
    `refs/ccdispatch/kept/${worktree.worktree_id}/`,
  ]);
  const others = [...(head === null || head === tip ? [] : [head]), ...kept.stdout.split('\n').filter(Boolean)];
  const counted = tip === null ? null : await ask(gitDir, ['rev-list', '--count', tip, `^${worktree.base_commit}`]);
  const safe = [...withoutOurs(worktree), '--branches'];
  const tips = tip === null ? [] : [tip];
  const isMerged = tip !== null && !(await isBeyond(ask, gitDir, tips, safe));
  const isPushed = tip !== null && !isMerged && !(await isBeyond(ask, gitDir, tips, ['--remotes']));
  return {
    hasRepository: true,
    folder: entry !== null ? 'whole' : isThere ? 'broken' : 'gone',
    tip,
    ahead: Number(counted?.stdout) || 0,
    isDirty: entry === null ? null : await hasChanges(ask, folder),
    contained: isMerged ? 'merged' : isPushed ? 'pushed' : null,
    hasOthers:
      (await isBeyond(ask, gitDir, others, [...tips, ...safe, '--remotes'])) ||
      (entry !== null && (await hasSubmoduleWork(parts, entry, folder))),
  };
}

/** Asks git without holding the repository: for who only looks. */
export function lookingGit(git: Git): AskGit {
  const environments = new Map<string, Promise<Record<string, string>>>();
  return async (folder, args) => {
    const env = environments.get(folder) ?? gitEnvironment(git, folder);
    environments.set(folder, env);
    return git.run(folder, args, { env: await env });
  };
}
