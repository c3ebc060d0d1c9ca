/** Sees to it that a conversation's worktree is there and whole, from its first run on and after whatever became of it. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import { refuse } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { intactEntry } from './entries.ts';
import { gitEnvironment } from './git-settings.ts';
import { copyIncluded } from './include.ts';
import { checkBranch, chooseBranch, findStart, type InspectParts, inspectRepository, isDirty } from './inspect.ts';
import { type CheckoutParts, type CheckoutPlace, commitOf, ensureCheckout } from './make-checkout.ts';
import type { Worktree } from './record.ts';
import { folderRefusals } from './refusals.ts';
import type { WorktreeStore } from './store.ts';
import { checkOutSubmodules } from './submodules.ts';

export interface PrepareParts extends CheckoutParts, InspectParts {
  clock: Clock;
  worktrees: WorktreeStore;
}

export interface WorktreeRequest {
  /** The task that it is made for first. */
  worktreeId: string;
  /** The task that is to work in it now, with whose result people hear what is new to know; by default the one it is of. */
  taskId?: string | undefined;
  /** The repository, as the task has it. */
  repo: string;
  /** Null: what is checked out there. */
  base: string | null;
  /** A name that a person chose; null for one of ours. */
  branch: string | null;
  /** What the person's settings want done in a new checkout; it throws where that fails. Done without the lock. */
  setUp?: ((worktree: Worktree, folder: string) => Promise<void>) | undefined;
  /** Does the work when the disk has room for it; asked for with the lock held, so that no room is taken up by waiting. */
  inTurn?: (<T>(work: () => Promise<T>) => Promise<T>) | undefined;
  signal?: AbortSignal | undefined;
}

/** Whether the checkout is whole: a look at a few files. */
export function isReady(parts: Pick<PrepareParts, 'files' | 'trees' | 'worktrees'>, worktree: Worktree): boolean {
  return worktree.ready_at !== null && intactEntry(parts, worktree.git_dir, parts.worktrees.folder(worktree)) !== null;
}

/** The notes of a worktree and, of them, those that nobody was told with an earlier task. */
function withNotes(
  before: Worktree | null,
  { taskId, worktreeId }: Pick<WorktreeRequest, 'taskId' | 'worktreeId'>,
  notes: readonly string[],
): Pick<Worktree, 'notes' | 'told_with'> {
  const task = taskId ?? worktreeId;
  // What a killed attempt for the same task noted was not told yet.
  const isNew = (note: string) =>
    !before?.notes.includes(note) ||
    note === 'kept_aside' ||
    (before.told_with?.task === task && before.told_with.notes.includes(note));
  const fresh = notes.filter(isNew);
  return { notes: [...notes], told_with: fresh.length > 0 ? { task, notes: fresh } : (before?.told_with ?? null) };
}

/** The record of a new worktree; its branch and commit are fixed here, under the lock that is held. */
async function planWorktree(parts: PrepareParts, request: WorktreeRequest): Promise<Worktree> {
  const { git, clock } = parts;
  const repository = await inspectRepository(parts, request.repo);
  const { base, baseBranch, commit } = await findStart(git, repository, request.base);
  if (request.branch !== null) await checkBranch(git, repository, request.branch);
  return {
    schema_version: 1,
    worktree_id: request.worktreeId,
    repo: repository.repo,
    git_dir: repository.gitDir,
    branch: request.branch ?? (await chooseBranch(git, repository, request.worktreeId)),
    base,
    base_branch: baseBranch,
    base_commit: commit,
    created_at: isoNow(clock),
    ready_at: null,
    ...withNotes(null, request, (await isDirty(git, repository)) ? ['dirty'] : []),
    state: 'open',
    settled_commit: null,
    bundle: null,
  };
}

/** Whether files say that they pass through git-lfs, which is not set up: what is checked out are its pointers. */
function lacksLfs({ files }: PrepareParts, { folder, env }: CheckoutPlace): boolean {
  const isUsed = /(?:^|\s)filter=lfs(?:\s|$)/m.test(files.read(join(folder, '.gitattributes')) ?? '');
  return isUsed && !Object.values(env).some((name) => /^filter\.lfs\.(?:smudge|process)$/.test(name));
}

/** A removed branch is made again: what was done with its commits is over, what comes is open. */
async function reopen(parts: PrepareParts, place: CheckoutPlace, worktree: Worktree): Promise<Worktree> {
  if (worktree.state === 'open') return worktree;
  const tip = await commitOf(parts, place, `refs/heads/${worktree.branch}`);
  const isAsSettled = tip !== null && tip === worktree.settled_commit && worktree.state !== 'discarded';
  return isAsSettled ? worktree : { ...worktree, state: 'open', settled_commit: null };
}

/** Checkout, submodules and files of the list, under the repository's lock. */
async function checkOut(parts: PrepareParts, request: WorktreeRequest, found: Worktree | null): Promise<Worktree> {
  const { worktrees } = parts;
  const { signal, inTurn = (work) => work() } = request;
  const key = found ?? keyOf(await inspectRepository(parts, request.repo));
  const lock = await worktrees.lock(key, 'worktree', signal ? { signal } : {});
  try {
    return await inTurn(async () => {
      const planned = found ?? worktrees.load(request.worktreeId) ?? (await planWorktree(parts, request));
      // On disk before git makes anything, so that whatever is there has a record.
      if (!found) await worktrees.save(planned);
      const env = await gitEnvironment(parts.git, planned.git_dir);
      const place = { worktree: planned, folder: worktrees.folder(planned), lock, env, signal };
      return await fillPlace(parts, place, request);
    });
  } finally {
    lock.release();
  }
}

async function fillPlace(parts: PrepareParts, place: CheckoutPlace, request: WorktreeRequest): Promise<Worktree> {
  const { worktree, folder } = place;
  try {
    const kept = await ensureCheckout(parts, place);
    const missing = await checkOutSubmodules(parts, place);
    await copyIncluded(parts, place);
    const notes = new Set<string>(worktree.notes.filter((note) => note === 'dirty'));
    if (kept !== null) notes.add('kept_aside');
    if (missing.length > 0) notes.add('submodules');
    if (lacksLfs(parts, place)) notes.add('lfs');
    const told = withNotes(worktree, request, [...notes]);
    const made = { ...(await reopen(parts, place, worktree)), ready_at: null, ...told };
    await parts.worktrees.save(made);
    return made;
  } catch (error) {
    // Of a first attempt nothing stays; a later one may have commits.
    if (worktree.ready_at === null && !parts.files.stat(folder)) await forget(parts, place);
    throw error;
  }
}

const keyOf = ({ repo, gitDir }: { repo: string; gitDir: string }) => ({ repo, git_dir: gitDir });

/** The record of a worktree that never was, unless its branch is there. */
async function forget({ worktrees, ...parts }: PrepareParts, place: CheckoutPlace): Promise<void> {
  const { worktree } = place;
  const hasBranch = (await commitOf(parts, place, `refs/heads/${worktree.branch}`)) !== null;
  if (!hasBranch && worktree.bundle === null && worktree.settled_commit === null) worktrees.remove(worktree);
}

/**
 * The worktree, whole: made where it is new, made again at the same place where its folder is gone. Throws a
 * `CcdispatchError` that says what stands in the way; a full disk comes through as the system's error. May be done again at
 * any time, also after it was killed anywhere.
 */
export async function prepareWorktree(parts: PrepareParts, request: WorktreeRequest): Promise<Worktree> {
  const { worktrees, files, clock } = parts;
  const found = worktrees.load(request.worktreeId);
  if (found && isReady(parts, found)) return found;
  if (found && !files.stat(found.git_dir)?.isFolder) {
    refuse(folderRefusals.gone(found.repo, worktrees.folder(found)));
  }
  const made = await checkOut(parts, request, found);
  await request.setUp?.(made, worktrees.folder(made));
  const lock = await worktrees.lock(made, 'worktree', request.signal ? { signal: request.signal } : {});
  try {
    const ready = { ...(worktrees.load(made.worktree_id) ?? made), ready_at: isoNow(clock) };
    await worktrees.save(ready);
    return ready;
  } finally {
    lock.release();
  }
}
