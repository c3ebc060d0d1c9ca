/** The checkout of a worktree: which branch it is on, what is in its files, and its index, which we never lock for long. */

import { dirname, join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { GitOptions, GitResult } from '../adapters/git.ts';
import { systemCode } from '../errors/errors.ts';
import { type HeldRepository, refusedByGit } from './held-repository.ts';
import type { Worktree } from './record.ts';

export interface Checkout {
  /** The worktree's own git folder, absolute. */
  gitDir: string;
  /** The commit that it is on; null where there is none yet. */
  head: string | null;
  /** It is on the worktree's branch, and no rebase, merge or the like is under way in it. */
  isOnBranch: boolean;
  /** Runs git in the checkout; with `isOurs` on our own copy of the index. */
  run(args: readonly string[], options?: GitOptions & { isOurs?: boolean }): Promise<GitResult>;
}

/** What stands in the git folder while something is under way. */
const underWay = ['rebase-merge', 'rebase-apply', 'MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'sequencer'];

/** Whether a rebase, a merge or the like is under way in the checkout with this git folder. */
export function isUnderWay(files: Files, gitDir: string): boolean {
  return underWay.some((name) => files.stat(join(gitDir, name)) !== null);
}

/** Our copy of the index: git works on it, and never locks the agent's. */
const ownIndex = 'ccdispatch-index';

/** The checkout, or null where the folder was removed or is none of this repository any more. */
export async function openCheckout(repository: HeldRepository, worktree: Worktree): Promise<Checkout | null> {
  const { folder, parts, runIn } = repository;
  if (!parts.files.stat(join(folder, '.git'))) return null;
  // Without its own `.git` git would look for a repository above.
  const ceiling = { GIT_CEILING_DIRECTORIES: dirname(folder) };
  // Asked with plain git: what is no checkout of ours has no settings that we would read.
  const asked = ['rev-parse', '--path-format=absolute', '--git-dir', '--git-common-dir'];
  const found = await parts.git.run(folder, asked, { env: ceiling, settings: ['safe.directory=*'] });
  const [gitDir, commonDir] = found.stdout.split('\n');
  if (!found.isOk || !gitDir || !commonDir || parts.files.realPath(commonDir) !== worktree.git_dir) return null;
  if (gitDir === commonDir) return null;
  const run: Checkout['run'] = (args, { isOurs, env, ...options } = {}) => {
    const index: Record<string, string> = isOurs ? { GIT_INDEX_FILE: join(gitDir, ownIndex) } : {};
    return runIn(folder, args, { ...options, env: { ...ceiling, ...index, ...env } });
  };
  removeLeftovers(repository, gitDir);
  const branch = await run(['symbolic-ref', '--quiet', 'HEAD']);
  const head = (await commitIn(run, 'HEAD')) ?? (await commitIn(run, lastHead(repository, gitDir)));
  const isAtRest = !isUnderWay(parts.files, gitDir);
  return {
    gitDir,
    head,
    isOnBranch: isAtRest && branch.stdout === `refs/heads/${worktree.branch}`,
    run,
  };
}

async function commitIn(run: Checkout['run'], name: string | null): Promise<string | null> {
  if (name === null) return null;
  const { isOk, stdout } = await run(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  return isOk && stdout !== '' ? stdout : null;
}

/** Where the checkout was before somebody removed its branch. */
function lastHead({ parts: { files } }: HeldRepository, gitDir: string): string | null {
  const lines = (files.read(join(gitDir, 'logs', 'HEAD')) ?? '').trimEnd().split('\n');
  return /^[0-9a-f]+ ([0-9a-f]+) /.exec(lines.at(-1) ?? '')?.[1] ?? null;
}

/** Removes what a git of ours left when it was killed: we hold the repository's lock, so none of ours is alive. */
function removeLeftovers({ parts: { files } }: HeldRepository, gitDir: string): void {
  const [index, lock] = [join(gitDir, ownIndex), join(gitDir, 'index.lock')];
  const locked = files.stat(lock);
  // An index's lock of ours is another name of our copy, or of the index; any other belongs to a git that may live.
  const isOurs = [index, join(gitDir, 'index')].some((path) => locked && files.stat(path)?.inode === locked.inode);
  if (isOurs) files.remove(lock);
  for (const path of [`${index}.lock`, index]) files.remove(path);
}

/** An index of our own to work on. It has the same file behind it, so git's marks of time in it stay true. */
export interface OwnIndex {
  /** The number of the file of the agent's index when it was copied; null where it had none. */
  inode: number | null;
}

export async function copyIndex(repository: HeldRepository, checkout: Checkout): Promise<OwnIndex> {
  const { files } = repository.parts;
  const [from, to] = [join(checkout.gitDir, 'index'), join(checkout.gitDir, ownIndex)];
  files.remove(to);
  const info = files.stat(from);
  if (info) files.link(from, to);
  else if (checkout.head !== null) await checkout.run(['read-tree', 'HEAD'], { isOurs: true });
  return { inode: info?.inode ?? null };
}

/**
 * Puts our index in the place of the agent's, as git itself does it: by way of `index.lock`. Says no where somebody holds
 * that, or changed the index meanwhile.
 */
export function placeIndex(repository: HeldRepository, checkout: Checkout, { inode }: OwnIndex): boolean {
  const { files } = repository.parts;
  const [index, own] = [join(checkout.gitDir, 'index'), join(checkout.gitDir, ownIndex)];
  const lock = `${index}.lock`;
  try {
    files.link(own, lock);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
  const isUnchanged = (files.stat(index)?.inode ?? null) === inode;
  if (isUnchanged) files.rename(lock, index);
  // Where both are one file already, renaming leaves both names.
  if (files.stat(lock)) files.remove(lock);
  files.remove(own);
  return isUnchanged;
}

/** Removes our copy of the index, where it is not needed: one that lies there says that we died over it. */
export function dropIndex({ parts: { files } }: HeldRepository, { gitDir }: Checkout): void {
  files.remove(join(gitDir, ownIndex));
}

/** Whether something of ours died over the checkout in the folder, or is at it. */
export function isInterrupted(files: Files, folder: string): boolean {
  const gitDir = /^gitdir: (.+)$/m.exec(
    files.stat(join(folder, '.git'))?.isFile ? (files.read(join(folder, '.git')) ?? '') : '',
  );
  return gitDir?.[1] !== undefined && files.stat(join(gitDir[1], ownIndex)) !== null;
}

/** Throws git's words where it refused; else its output. */
export function outputOf(worktree: Worktree, args: readonly string[], { isOk, stdout, stderr }: GitResult): string {
  return isOk ? stdout : refusedByGit(worktree.repo, args, stderr);
}
