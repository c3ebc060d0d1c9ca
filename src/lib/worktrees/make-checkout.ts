/** Makes the files of a worktree: whole, or not at all; what a killed attempt left is removed first. */

import { basename, dirname, join } from 'node:path';
import type { Git, GitOptions, GitResult } from '../adapters/git.ts';
import { refuse } from '../errors/errors.ts';
import { type EntryParts, findEntries, intactEntry, makingReason, releaseEntry, removeEntry } from './entries.ts';
import { explainRefusal, throwIfDiskFull } from './explain-git.ts';
import type { Worktree } from './record.ts';
import { branchRefusals, doings } from './refusals.ts';

export interface CheckoutParts extends EntryParts {
  git: Git;
}

/** Where a checkout is to be made; the caller holds the repository's lock. */
export interface CheckoutPlace {
  worktree: Worktree;
  folder: string;
  lock: { readonly descriptor: number };
  /** Variables for every call of git. */
  env: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

/** A checkout may take so long. */
const checkoutMs = 30 * 60_000;
/** What the removal of a worktree's folder begins with: it gets this name, and counts as gone. */
export const removedPrefix = '.tmp-removed-';

/** Runs git for this place, in the repository unless another folder is named. */
export function runGit(
  parts: CheckoutParts,
  { worktree, lock, env, signal }: CheckoutPlace,
  args: readonly string[],
  options: GitOptions & { folder?: string } = {},
): Promise<GitResult> {
  const { folder = worktree.git_dir, ...rest } = options;
  return parts.git.run(folder, args, { ...rest, lock, signal, env: { ...env, ...rest.env } });
}

const refOf = (branch: string) => `refs/heads/${branch}`;

/** The commit of a name in the repository; null where there is none. */
export async function commitOf(parts: CheckoutParts, place: CheckoutPlace, name: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const { isOk, stdout } = await runGit(parts, place, args);
  return isOk && stdout !== '' ? stdout : null;
}

/** Removes a folder in one step, as far as anybody can see. */
function removeFolder({ files, trees }: EntryParts, folder: string): void {
  const aside = join(dirname(folder), removedPrefix + basename(folder));
  trees.remove(aside);
  if (files.stat(folder)) files.rename(folder, aside);
  // A link without a target is nothing to `stat`, and in the way all the same.
  else trees.remove(folder);
  trees.remove(aside);
}

/** Removes the checkout and git's entry of it; branch and commits stay. The caller holds the repository's lock. */
export function removeCheckout(parts: EntryParts, worktree: Worktree, folder: string): void {
  const entries = findEntries(parts, worktree.git_dir, folder, worktree.worktree_id);
  removeFolder(parts, folder);
  for (const entry of entries) removeEntry(parts, entry);
}

/** A git that was killed while it wrote our branch leaves its lock; none of ours is alive, as we hold the repository's. */
function removeBranchLock({ files }: EntryParts, { git_dir, branch }: Worktree): void {
  files.remove(join(git_dir, `${refOf(branch)}.lock`));
}

/** The commits of a branch that was removed, from the bundle it was saved in; false where there is none. */
async function unbundle(parts: CheckoutParts, place: CheckoutPlace): Promise<boolean> {
  const { bundle, branch } = place.worktree;
  if (bundle === null || !parts.files.stat(bundle)) return false;
  const heads = await runGit(parts, place, ['bundle', 'unbundle', bundle], { timeoutMs: checkoutMs });
  throwIfDiskFull(heads);
  const refs = heads.stdout.split('\n').map((line) => line.split(' ') as [commit: string, ref?: string]);
  for (const [commit, ref] of refs) {
    // Those that are there stay as they are.
    if (ref) await runGit(parts, place, ['update-ref', ref, commit, '0'.repeat(commit.length)]);
  }
  return (await commitOf(parts, place, refOf(branch))) !== null;
}

/** The commit from which a removed branch is made again: where its work was left, else where new work starts. */
async function startOf(parts: CheckoutParts, place: CheckoutPlace): Promise<string> {
  const { worktree } = place;
  const isGivenUp = worktree.state === 'discarded';
  const names = [isGivenUp ? null : worktree.settled_commit, isGivenUp ? worktree.base : null, worktree.base_commit];
  for (const name of names) {
    const commit = name === null ? null : await commitOf(parts, place, name);
    if (commit !== null) return commit;
  }
  return refuse(branchRefusals.startGone(worktree.repo, worktree.branch));
}

/** Tries the checkout once; removes what a failed one leaves, the branch only if it was made here. */
async function addWorktree(parts: CheckoutParts, place: CheckoutPlace): Promise<void> {
  const { worktree, folder } = place;
  const { branch } = worktree;
  const hadBranch = (await commitOf(parts, place, refOf(branch))) !== null || (await unbundle(parts, place));
  const commit = hadBranch ? null : await startOf(parts, place);
  // Only a new branch could track anything.
  const what = commit === null ? [folder, branch] : ['--no-track', '-b', branch, folder, commit];
  const args = ['worktree', 'add', '--quiet', '--lock', '--reason', makingReason(parts, folder), ...what];
  const result = await runGit(parts, place, args, { timeoutMs: checkoutMs });
  if (result.isOk) return;
  removeCheckout(parts, worktree, folder);
  // Only where nothing but us can have put it there, and only as it was made.
  if (commit !== null) await runGit(parts, place, ['update-ref', '-d', refOf(branch), commit]);
  place.signal?.throwIfAborted();
  explainRefusal(doings.worktree(worktree.repo), worktree.repo, result);
}

/** A name beside the folder that is free. */
function freeName({ files }: EntryParts, folder: string): string {
  for (let n = 1; ; n++) if (!files.stat(`${folder}.kept-${n}`)) return `${folder}.kept-${n}`;
}

/**
 * Sees to it that the checkout is there. Gives the folder that was moved out of the way because git knows it no more, though
 * work may be in it; else null.
 */
export async function ensureCheckout(parts: CheckoutParts, place: CheckoutPlace): Promise<string | null> {
  const { worktree, folder } = place;
  if (intactEntry(parts, worktree.git_dir, folder) !== null) return null;
  let kept: string | null = null;
  // Made whole once, so an agent may have worked in it since.
  if (worktree.ready_at !== null && parts.files.list(folder).length > 0) {
    kept = freeName(parts, folder);
    parts.files.rename(folder, kept);
  }
  removeCheckout(parts, worktree, folder);
  removeBranchLock(parts, worktree);
  await addWorktree(parts, place);
  for (const entry of findEntries(parts, worktree.git_dir, folder, worktree.worktree_id)) releaseEntry(parts, entry);
  return kept;
}
