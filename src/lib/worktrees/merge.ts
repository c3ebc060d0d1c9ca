/** Brings a worktree's branch into the branch that it started from: in a line, and never half. */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isUnderWay } from './checkout.ts';
import { type CommitRequest, commitHeld } from './commit.ts';
import { branchGone } from './diff.ts';
import { changeRecord, type HeldRepository, holdRepository, type WorkParts } from './held-repository.ts';
import { unresolvedFiles } from './lay-open.ts';
import { finishMove, rebaseHeld } from './rebase.ts';
import type { Worktree } from './record.ts';

export type Merged =
  /**
   * `isNew` is false where it was in there already. `hasMerges`: commits of it are merges, so that history is no line: its
   * agent had merged, or a single commit did not fit although the whole does.
   */
  | { kind: 'merged'; into: string; commit: string; isNew: boolean; hasMerges?: true }
  /** The branch has no commit of its own. */
  | { kind: 'nothing'; into: string }
  /** Both sides changed these files, or the work still holds both sides of them; nothing was merged. */
  | { kind: 'conflict'; into: string; files: string[] }
  /** The branch to merge into is checked out here, with changes in these files that are not committed. */
  | { kind: 'dirty'; into: string; folder: string; files: string[] }
  /** A rebase, a merge or the like is under way with the branch to merge into. */
  | { kind: 'under-way'; into: string; folder: string }
  /**
   * A git that works there, or was cut off with the machine, holds this file; nobody but the person can know which. Her
   * checkout in `folder` may then be half moved on.
   */
  | { kind: 'locked'; into: string; folder: string; lock: string }
  /** The work started from something that is no branch here. */
  | { kind: 'no-branch'; base: string }
  | { kind: 'base-gone'; into: string }
  /** What the agent left is not on its branch; this ref keeps it. */
  | { kind: 'elsewhere'; kept: string }
  /** The branch to merge into kept changing, or git would not; its own words. */
  | { kind: 'refused'; into: string; text: string };

const tries = 3;
/** A living git holds its locks for moments. */
const lockWaitMs = 2000;
const lockLookMs = 100;
/** In a big checkout. */
const checkoutMs = 10 * 60_000;

/**
 * Merges the worktree's branch into the branch it started from. Where that one moved on, the work is rebased first, so no agent
 * may be at work in the worktree. What is not committed is committed first. Throws `not-found` where branch or repository
 * are gone.
 */
export function mergeWork(parts: WorkParts, known: Worktree, request: CommitRequest): Promise<Merged> {
  return holdRepository(parts, known, 'merge', async (repository, worktree) => {
    const into = worktree.base_branch;
    if (into === null) return { kind: 'no-branch', base: worktree.base };
    await finishMove(repository, worktree);
    const { tip, kept } = await commitHeld(repository, worktree, request);
    if (tip === null) return branchGone(worktree);
    if (kept !== null) return { kind: 'elsewhere', kept };
    const unresolved = await unresolvedFiles(repository, worktree, tip);
    if (unresolved.length > 0) return { kind: 'conflict', into, files: unresolved };
    let merged: Merged | null = null;
    for (let attempt = 1; merged === null; attempt++) {
      merged = await tryMerge(repository, worktree, into, attempt === tries);
    }
    if (merged.kind === 'merged') {
      await changeRecord(repository, worktree, { state: 'merged', settled_commit: merged.commit });
    }
    return merged;
  });
}

/** One attempt; null where the branch to merge into moved meanwhile. */
async function tryMerge(
  repository: HeldRepository,
  worktree: Worktree,
  into: string,
  isLast: boolean,
): Promise<Merged | null> {
  const ref = `refs/heads/${into}`;
  const base = await repository.commitOf(ref);
  if (base === null) return { kind: 'base-gone', into };
  const tip = (await repository.commitOf(`refs/heads/${worktree.branch}`)) ?? branchGone(worktree);
  if (await isAncestor(repository, tip, base)) {
    const isEmpty = tip === worktree.base_commit && worktree.state !== 'merged';
    return isEmpty ? { kind: 'nothing', into } : { kind: 'merged', into, commit: tip, isNew: false };
  }
  // Looked at before anything is rewritten: a merge that cannot be is refused with all as it was.
  const place = await placeOf(repository, worktree, ref);
  if (place?.refusal) return { ...place.refusal, into };
  const rebased = await rebaseHeld(repository, worktree, tip, base);
  if (rebased.kind === 'conflict') return { kind: 'conflict', into, files: rebased.files };
  const { commit } = rebased;
  if (commit === base) return { kind: 'merged', into, commit, isNew: false };
  const text = place
    ? await forwardCheckout(repository, place.folder, ref, commit)
    : (await repository.moveRef(ref, commit, base, `merge ${worktree.branch}`))
      ? null
      : `${into} is being changed by somebody else`;
  if (text === null) {
    const merges = await repository.read(['rev-list', '--merges', '--max-count=1', commit, `^${base}`]);
    return { kind: 'merged', into, commit, isNew: true, ...(merges === '' ? {} : { hasMerges: true }) };
  }
  const lock = await lasting(repository, refLock(worktree, ref));
  if (lock !== null) return { kind: 'locked', into, folder: place?.folder ?? worktree.repo, lock };
  return isLast ? { kind: 'refused', into, text } : null;
}

const refLock = ({ git_dir }: Worktree, ref: string) => join(git_dir, `${ref}.lock`);

/** The lock's file, if it is there and does not go within moments; else null. */
async function lasting({ parts: { files } }: HeldRepository, lock: string): Promise<string | null> {
  for (let waited = 0; files.stat(lock) !== null; waited += lockLookMs) {
    if (waited >= lockWaitMs) return lock;
    await sleep(lockLookMs);
  }
  return null;
}

async function isAncestor(repository: HeldRepository, commit: string, of: string): Promise<boolean> {
  return (await repository.run(['merge-base', '--is-ancestor', commit, of])).isOk;
}

type Refusal =
  | { kind: 'dirty'; folder: string; files: string[] }
  | { kind: 'under-way'; folder: string }
  | { kind: 'locked'; folder: string; lock: string };

interface Place {
  folder: string;
  /** Why the branch cannot be moved on there; null where it can. */
  refusal: Refusal | null;
}

/** Where the branch is checked out; null where it is nowhere. */
async function placeOf(repository: HeldRepository, worktree: Worktree, ref: string): Promise<Place | null> {
  const { files } = repository.parts;
  const rebasing = rebasedIn(repository, worktree, ref);
  if (rebasing !== null) return { folder: rebasing, refusal: { kind: 'under-way', folder: rebasing } };
  const listed = await repository.read(['worktree', 'list', '--porcelain', '-z']);
  const folder = listed
    .split('\0\0')
    .map((entry) => entry.split('\0'))
    .find((lines) => lines.includes(`branch ${ref}`))
    ?.find((line) => line.startsWith('worktree '))
    ?.slice('worktree '.length);
  if (folder === undefined || !files.stat(folder)?.isFolder) return null;
  const gitDir = (await repository.runIn(folder, ['rev-parse', '--absolute-git-dir'])).stdout;
  if (isUnderWay(files, gitDir)) return { folder, refusal: { kind: 'under-way', folder } };
  // Before its files are looked at: after a crash they are half those of one commit, half those of another.
  const lock = await lasting(repository, join(gitDir, 'index.lock'));
  if (lock !== null) return { folder, refusal: { kind: 'locked', folder, lock } };
  const status = ['status', '--porcelain', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=dirty'];
  const { isOk, stdout } = await repository.runIn(folder, status);
  const changed = stdout.split('\0').filter(Boolean);
  const isClean = isOk && changed.length === 0;
  return {
    folder,
    refusal: isClean ? null : { kind: 'dirty', folder, files: changed.map((line) => line.slice(3)) },
  };
}

/** The git folder in which this very branch is being rebased: it is checked out nowhere then, and must not move. */
function rebasedIn({ parts: { files } }: HeldRepository, { git_dir }: Worktree, ref: string): string | null {
  const linked = files.list(join(git_dir, 'worktrees')).map((name) => join(git_dir, 'worktrees', name));
  const isRebased = (gitDir: string) =>
    ['rebase-merge', 'rebase-apply'].some((name) => files.read(join(gitDir, name, 'head-name'))?.trim() === ref);
  return [git_dir, ...linked].find(isRebased) ?? null;
}

/** Moves the branch on where it is checked out, its files with it; gives git's words where it would not, else null. */
async function forwardCheckout(
  repository: HeldRepository,
  folder: string,
  ref: string,
  commit: string,
): Promise<string | null> {
  const head = await repository.runIn(folder, ['symbolic-ref', '--quiet', 'HEAD']);
  if (head.stdout !== ref) return `${folder} was switched to another branch meanwhile`;
  // Under `--ff-only` git checks all files before it touches the first, and the branch before it moves it.
  const { stderr } = await repository.runIn(folder, ['merge', '--ff-only', '--no-stat', '--no-autostash', commit], {
    env: { GIT_REFLOG_ACTION: 'ccdispatch merge' },
    timeoutMs: checkoutMs,
  });
  if ((await repository.commitOf(ref)) === commit) return null;
  return stderr.trim().replace(/^(?:error|fatal): /, '') || 'git gave no reason';
}
