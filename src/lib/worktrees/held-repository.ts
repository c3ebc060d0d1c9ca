/** A repository of which we hold the lock: git in it, without anything that its settings would have git run. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Git, GitOptions, GitResult } from '../adapters/git.ts';
import { fail, refuse } from '../errors/errors.ts';
import { refusalIn } from './explain-git.ts';
import { gitEnvironment } from './git-settings.ts';
import { isOwnBranch, type Worktree } from './record.ts';
import { folderRefusals, gitRefusals } from './refusals.ts';
import type { WorktreeStore } from './store.ts';

export interface WorkParts {
  git: Git;
  files: Files;
  worktrees: WorktreeStore;
}

export interface HeldRepository {
  parts: WorkParts;
  /** The folder of the worktree's files; it may be gone. */
  folder: string;
  /** Runs git in the repository itself; never rejects because git refuses something. */
  run(args: readonly string[], options?: GitOptions): Promise<GitResult>;
  /** The same in another folder: a checkout of the repository. */
  runIn(folder: string, args: readonly string[], options?: GitOptions): Promise<GitResult>;
  /** What git prints; throws `failed` with git's own words where it refuses. */
  read(args: readonly string[], options?: GitOptions): Promise<string>;
  /** The commit behind a name, or null. */
  commitOf(name: string): Promise<string | null>;
  /** Writes a commit object and gives its name; `author` is taken over, or is who commits. */
  writeCommit(commit: NewCommit): Promise<string>;
  /** Lets a branch or ref of ours point to a commit, if it still is where it was (`null`: nowhere); says whether it was. */
  moveRef(ref: string, to: string, from: string | null, why: string): Promise<boolean>;
}

export interface NewCommit {
  tree: string;
  parents: readonly string[];
  message: string;
  author?: { name: string; email: string; date: string };
}

/** So long somebody else may hold a repository; a checkout of a big one takes its time. */
const lockWaitMs = 120_000;

/**
 * Does something to the repository under its lock, which our git children hold as well; `work` gets the worktree's record as
 * it is then. Throws `not-found` where the
 * repository is gone, `busy` where somebody else holds it for too long.
 */
export async function holdRepository<T>(
  parts: WorkParts,
  worktree: Worktree,
  purpose: string,
  work: (repository: HeldRepository, worktree: Worktree) => Promise<T>,
  waitMs = lockWaitMs,
): Promise<T> {
  if (!parts.files.stat(worktree.git_dir)?.isFolder) {
    refuse(folderRefusals.gone(worktree.repo, parts.worktrees.folder(worktree)));
  }
  const lock = await parts.worktrees.lock(worktree, purpose, { timeoutMs: waitMs });
  try {
    // As it is now, where somebody changed the record while we waited.
    const current = parts.worktrees.load(worktree.worktree_id) ?? worktree;
    removeStaleLocks(parts, current);
    return await work(await heldRepository(parts, worktree, lock), current);
  } finally {
    lock.release();
  }
}

/** git holds the lock of a ref for milliseconds: one that is older was left by a git that was killed with the machine. */
const staleLockMs = 60_000;

/** Removes what such a git of ours left of our own refs; locks of others' refs stay. */
function removeStaleLocks({ files }: WorkParts, worktree: Worktree): void {
  const { git_dir, worktree_id: id, branch } = worktree;
  const refs = join(git_dir, 'refs', 'ccdispatch');
  const own = ['moving', 'discarded', 'open'].map((kind) => join(refs, kind, `${id}.lock`));
  const numbered = ['kept', 'backup'].flatMap((kind) => {
    const folder = join(refs, kind, id);
    return files.list(folder).flatMap((name) => (name.endsWith('.lock') ? [join(folder, name)] : []));
  });
  const branchLock = isOwnBranch(worktree) ? [join(git_dir, 'refs', 'heads', `${branch}.lock`)] : [];
  for (const path of [...own, ...numbered, ...branchLock]) {
    const info = files.stat(path);
    if (info?.isFile && info.modifiedAt < Date.now() - staleLockMs) files.remove(path);
  }
}

async function heldRepository(
  parts: WorkParts,
  worktree: Worktree,
  lock: { readonly descriptor: number },
): Promise<HeldRepository> {
  const { git } = parts;
  const gitDir = worktree.git_dir;
  // Each checkout may have settings of its own.
  const environments = new Map<string, Promise<Record<string, string>>>();
  const environmentOf = (folder: string): Promise<Record<string, string>> => {
    const environment = environments.get(folder) ?? gitEnvironment(git, folder);
    environments.set(folder, environment);
    return environment;
  };
  const runIn: HeldRepository['runIn'] = async (folder, args, options = {}) =>
    git.run(folder, args, { ...options, lock, env: { ...(await environmentOf(folder)), ...options.env } });
  const run: HeldRepository['run'] = (args, options) => runIn(gitDir, args, options);
  const read: HeldRepository['read'] = async (args, options) => {
    const { isOk, stdout, stderr } = await run(args, options);
    return isOk ? stdout : refusedByGit(worktree.repo, args, stderr);
  };
  return {
    parts,
    folder: parts.worktrees.folder(worktree),
    run,
    runIn,
    read,
    async commitOf(name) {
      const { isOk, stdout } = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
      return isOk && stdout !== '' ? stdout : null;
    },
    async writeCommit({ tree, parents, message, author }) {
      const env: Record<string, string> = author
        ? { GIT_AUTHOR_NAME: author.name, GIT_AUTHOR_EMAIL: author.email, GIT_AUTHOR_DATE: author.date }
        : {};
      const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent])];
      return await read(args, { env, input: message });
    },
    async moveRef(ref, to, from, why) {
      const zeros = '0'.repeat(to.length);
      const { isOk } = await run(['update-ref', '-m', `ccdispatch: ${why}`, ref, to, from ?? zeros]);
      return isOk;
    },
  };
}

/** Throws git's own words. */
export function refusedByGit(repo: string, args: readonly string[], stderr: string): never {
  const said = stderr.trim().split('\n').at(-1) || 'no reason given';
  return refuse(refusalIn(stderr, repo) ?? gitRefusals.failed(repo, args[0] ?? '', said));
}

/** Changes the record as it is on disk now; gives it as it is then. */
export async function changeRecord(
  { parts: { worktrees } }: HeldRepository,
  worktree: Worktree,
  change: Partial<Worktree>,
): Promise<Worktree> {
  const changed = { ...(worktrees.load(worktree.worktree_id) ?? worktree), ...change };
  await worktrees.save(changed);
  return changed;
}

/** Commits that no branch holds are kept by refs of ours: `refs/ccdispatch/<kind>/<worktree id>/<n>`. */
export type KeptKind = 'kept' | 'backup';

/** Keeps a commit by a ref of its own, unless one of that kind holds it already; gives the ref. */
export async function keepCommit(
  repository: HeldRepository,
  worktree: Worktree,
  kind: KeptKind,
  commit: string,
): Promise<string> {
  const prefix = join('refs/ccdispatch', kind, worktree.worktree_id);
  const listed = await repository.read(['for-each-ref', '--format=%(objectname) %(refname)', prefix]);
  const refs = listed.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ') as [string, string]]));
  const same = refs.find(([held]) => held === commit);
  if (same) return same[1];
  const next = Math.max(0, ...refs.map(([, ref]) => Number(ref.slice(prefix.length + 1)) || 0)) + 1;
  const ref = `${prefix}/${next}`;
  if (!(await repository.moveRef(ref, commit, null, kind))) {
    fail('failed', `The ref ${ref} could not be written in ${worktree.repo}.`, 'Look whether its disk is full.');
  }
  return ref;
}
