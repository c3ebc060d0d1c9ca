/** The records of worktrees on disk, beside their checkouts; changed only under the lock of their repository. */

import { basename, dirname, join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Lock, Locks } from '../adapters/locks.ts';
import type { Paths } from '../config/paths.ts';
import {
  parseWorktree,
  parseWorktreeId,
  renderWorktree,
  repositoryFolder,
  repositoryLock,
  type Worktree,
  worktreeFolder,
} from './record.ts';

export interface WorktreeStoreParts {
  files: Files;
  locks: Locks;
  paths: Pick<Paths, 'worktrees'>;
}

/** What the places of a repository's worktrees are built from. */
export type RepositoryKey = Pick<Worktree, 'repo' | 'git_dir'>;

export interface WorktreeStore {
  /** The worktree that was made for this task or session; null where there is none. Throws `failed` for a broken record. */
  load(worktreeId: string): Worktree | null;
  /** Every record that can be read, the newest first, and the paths of those that cannot. */
  list(): { worktrees: Worktree[]; broken: string[] };
  /** Writes the record; durable when it returns. The caller holds the repository's lock. */
  save(worktree: Worktree): Promise<void>;
  /** Removes the record; the caller holds the repository's lock. */
  remove(worktree: Worktree): void;
  /** Where its files are. */
  folder(worktree: Pick<Worktree, 'repo' | 'git_dir' | 'worktree_id'>): string;
  /** The folder of all that belongs to a repository. */
  repositoryFolder(repository: RepositoryKey): string;
  /**
   * The lock under which everything is done that changes the repository. Hand it to each git (`lock`): one that outlives us
   * keeps it. Waits until the signal aborts, then throws its reason; without one, throws `busy` after `timeoutMs`.
   */
  lock(
    repository: RepositoryKey,
    purpose: string,
    limits?: { signal?: AbortSignal; timeoutMs?: number },
  ): Promise<Lock>;
}

const recordName = (worktreeId: string) => `${worktreeId}.json`;
/** A checkout or a merge of a big repository takes long. */
const lockTimeoutMs = 15 * 60_000;
/** Waiting is cut into pieces so that it can be given up. */
const lockSliceMs = 500;

function recordPath({ paths }: WorktreeStoreParts, worktree: Worktree): string {
  return join(repositoryFolder(paths.worktrees, worktree.repo, worktree.git_dir), recordName(worktree.worktree_id));
}

/** Paths of all records. */
function recordPaths({ files, paths }: WorktreeStoreParts): string[] {
  return files.list(paths.worktrees).flatMap((folder) =>
    files
      .list(join(paths.worktrees, folder))
      .filter((name) => name.endsWith('.json') && parseWorktreeId(name.slice(0, -'.json'.length)) !== null)
      .map((name) => join(paths.worktrees, folder, name)),
  );
}

function read({ files }: WorktreeStoreParts, path: string): Worktree | null {
  const text = files.read(path);
  return text === null ? null : parseWorktree(text, path);
}

function list(parts: WorktreeStoreParts): { worktrees: Worktree[]; broken: string[] } {
  const worktrees: Worktree[] = [];
  const broken: string[] = [];
  for (const path of recordPaths(parts)) {
    try {
      const worktree = read(parts, path);
      // A record at another place than its own would name folders that are not its own.
      if (worktree && recordPath(parts, worktree) !== path) broken.push(path);
      else if (worktree) worktrees.push(worktree);
    } catch {
      broken.push(path);
    }
  }
  const madeAt = ({ worktree_id }: Worktree) => parseWorktreeId(worktree_id)?.ts ?? 0;
  return { worktrees: worktrees.sort((a, b) => madeAt(b) - madeAt(a)), broken };
}

/** Records are written under the lock of their repository: what is half written when we have it, nobody will finish. */
function sweptOf({ files, paths }: WorktreeStoreParts, { repo, git_dir }: RepositoryKey, lock: Lock): Lock {
  const folder = repositoryFolder(paths.worktrees, repo, git_dir);
  try {
    for (const name of files.list(folder)) if (/^\.tmp-\d+-.+\.json$/.test(name)) files.remove(join(folder, name));
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function take(
  parts: WorktreeStoreParts,
  repository: RepositoryKey,
  purpose: string,
  { signal, timeoutMs = lockTimeoutMs }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<Lock> {
  const { locks, paths } = parts;
  const path = repositoryLock(paths.worktrees, repository);
  for (let leftMs = timeoutMs; ; leftMs -= lockSliceMs) {
    signal?.throwIfAborted();
    try {
      return sweptOf(parts, repository, await locks.take(path, purpose, Math.min(leftMs, lockSliceMs)));
    } catch (error) {
      if (leftMs <= lockSliceMs || (error as { code?: unknown }).code !== 'busy') throw error;
    }
  }
}

export function createWorktreeStore(parts: WorktreeStoreParts): WorktreeStore {
  const { files, paths } = parts;
  return {
    load(worktreeId) {
      const path = recordPaths(parts).find((each) => basename(each) === recordName(worktreeId));
      return path === undefined ? null : read(parts, path);
    },
    list: () => list(parts),
    async save(worktree) {
      const path = recordPath(parts, worktree);
      files.makeFolder(dirname(path));
      await files.replace(path, renderWorktree(worktree));
    },
    remove: (worktree) => files.remove(recordPath(parts, worktree)),
    folder: (worktree) => worktreeFolder(paths.worktrees, worktree),
    repositoryFolder: ({ repo, git_dir }) => repositoryFolder(paths.worktrees, repo, git_dir),
    lock: (repository, purpose, limits) => take(parts, repository, purpose, limits),
  };
}
