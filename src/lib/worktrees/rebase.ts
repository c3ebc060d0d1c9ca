/**
 * Puts a worktree's commits on another commit. The new commits are made as objects first, beside everything; so there is no
 * half-way state of git's to repair. What was there stays under a ref of ours.
 */

import { join } from 'node:path';
import { refuse } from '../errors/errors.ts';
import { copyIndex, dropIndex, isInterrupted, openCheckout, outputOf, placeIndex } from './checkout.ts';
import { type CommitRequest, commitHeld, readContent, treeOf } from './commit.ts';
import { branchGone } from './diff.ts';
import { changeRecord, type HeldRepository, holdRepository, keepCommit, type WorkParts } from './held-repository.ts';
import type { Worktree } from './record.ts';
import { branchRefusals, gitRefusals } from './refusals.ts';

export type Rebased =
  /** `commit` is the new tip of the branch; the same as before where nothing had to be done. */
  | { kind: 'rebased'; commit: string }
  /** Nothing was changed; these files would have to be merged by somebody who understands them. */
  | { kind: 'conflict'; files: string[] };

/**
 * Rebases the worktree's branch onto a commit, its files with it. What is not committed is committed first; the old tip is
 * kept as `refs/ccdispatch/backup/<id>/<n>`. No agent may be at work in the worktree. Throws `not-found` where the branch
 * is gone, `usage` for histories that have nothing in common, `failed` where the worktree cannot be moved.
 */
export function rebaseWork(
  parts: WorkParts,
  known: Worktree,
  onto: string,
  request: CommitRequest = { title: known.worktree_id },
): Promise<Rebased> {
  return holdRepository(parts, known, 'rebase', async (repository, worktree) => {
    await finishMove(repository, worktree);
    const { tip } = await commitHeld(repository, worktree, request);
    if (tip === null) return branchGone(worktree);
    const target = await targetOf(repository, worktree, onto);
    return await rebaseHeld(repository, worktree, tip, target);
  });
}

/** The commit to go onto; throws `not-found` where there is none. */
export async function targetOf(repository: HeldRepository, worktree: Worktree, onto: string): Promise<string> {
  const target = await repository.commitOf(onto);
  if (target !== null) return target;
  return refuse(branchRefusals.noBase(worktree.repo, onto));
}

/** The same for who holds the repository, has finished a move that was interrupted, and has committed what was not. */
export async function rebaseHeld(
  repository: HeldRepository,
  worktree: Worktree,
  tip: string,
  onto: string,
): Promise<Rebased> {
  const fork = (await repository.run(['merge-base', onto, tip])).stdout;
  if (fork === '') {
    return refuse(branchRefusals.unrelated(worktree.repo, worktree.branch, worktree.base));
  }
  if (fork === onto) return { kind: 'rebased', commit: tip };
  // Nothing of its own: the branch just moves on.
  const built =
    fork === tip ? { kind: 'rebased' as const, commit: onto } : await replay(repository, worktree, tip, onto);
  if (built.kind === 'conflict') return built;
  await keepCommit(repository, worktree, 'backup', tip);
  await moveWork(repository, worktree, tip, built.commit);
  await changeRecord(repository, worktree, { base_commit: onto });
  return built;
}

interface Replayed {
  commit: string;
  tree: string;
}

/**
 * Makes the commits anew on top of `onto`, one after the other. Where the agent merged something itself, or a single commit does
 * not fit although the whole does, one merge commit takes the whole.
 */
async function replay(repository: HeldRepository, worktree: Worktree, tip: string, onto: string): Promise<Rebased> {
  const whole = await mergeTrees(repository, onto, tip);
  if (whole.kind === 'conflict') return { kind: 'conflict', files: whole.files };
  const linear = await replayEach(repository, tip, onto);
  if (linear?.tree === whole.tree) return { kind: 'rebased', commit: linear.commit };
  const message = `Merge branch '${worktree.branch}'\n`;
  return {
    kind: 'rebased',
    commit: await repository.writeCommit({ tree: whole.tree, parents: [onto, tip], message }),
  };
}

interface OldCommit {
  id: string;
  parents: string[];
  author: { name: string; email: string; date: string };
  message: string;
}

/** Commits of the range, the oldest first. */
async function listCommits(repository: HeldRepository, tip: string, onto: string): Promise<OldCommit[]> {
  const format = '--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%B%x00';
  const output = await repository.read([
    'log',
    '-z',
    '--reverse',
    '--topo-order',
    '--date=raw',
    format,
    tip,
    `^${onto}`,
  ]);
  const fields = output.split('\0');
  const commits: OldCommit[] = [];
  // Each commit is followed by an empty field.
  for (let at = 0; at + 5 < fields.length; at += 7) {
    const [id = '', parents = '', name = '', email = '', date = '', message = ''] = fields.slice(at, at + 6);
    commits.push({ id, parents: parents.split(' ').filter(Boolean), author: { name, email, date }, message });
  }
  return commits;
}

/** Null where the commits do not form a line, or one of them does not fit. */
async function replayEach(repository: HeldRepository, tip: string, onto: string): Promise<Replayed | null> {
  let now: Replayed = { commit: onto, tree: await treeOf(repository, onto) };
  for (const { id, parents, author, message } of await listCommits(repository, tip, onto)) {
    const [parent] = parents;
    if (!parent || parents.length > 1) return null;
    const [treeBefore, treeAfter] = [await treeOf(repository, parent), await treeOf(repository, id)];
    // For git, the common parent of a commit and of this one is the state that the commit changed.
    const ours = await repository.writeCommit({ tree: now.tree, parents: [parent], message: 'here' });
    const merged = await mergeTrees(repository, ours, id);
    if (merged.kind === 'conflict') return null;
    // What is there already needs no commit; one that was empty from the beginning stays.
    if (merged.tree === now.tree && treeBefore !== treeAfter) continue;
    const commit = await repository.writeCommit({ tree: merged.tree, parents: [now.commit], author, message });
    now = { commit, tree: merged.tree };
  }
  return now;
}

/**
 * The tree that a merge of two commits gives; in a conflict it holds both sides and git's markers. Throws `config` where git is
 * too old for it.
 */
export async function mergeTrees(
  repository: HeldRepository,
  ours: string,
  theirs: string,
): Promise<{ kind: 'clean'; tree: string } | { kind: 'conflict'; tree: string; files: string[] }> {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs];
  const { code, stdout, stderr } = await repository.run(args);
  const [tree = '', ...files] = stdout.split('\0').filter(Boolean);
  if (code === 0) return { kind: 'clean', tree };
  if (code === 1) return { kind: 'conflict', tree, files: [...new Set(files)] };
  if (/usage: git merge-tree|unknown option|not a git command/.test(stderr)) {
    return refuse(gitRefusals.tooOld());
  }
  return refuse(gitRefusals.failed(repository.folder, 'merge-tree', stderr.trim().split('\n').at(-1) ?? ''));
}

const movingRef = (worktree: Worktree) => `refs/ccdispatch/moving/${worktree.worktree_id}`;

/**
 * Lets the branch, and the files of its worktree, go from one commit to another. A ref says so from before the first change
 * until after the last one.
 */
export async function moveWork(
  repository: HeldRepository,
  worktree: Worktree,
  from: string,
  to: string,
): Promise<void> {
  const checkout = await openCheckout(repository, worktree);
  if (checkout?.isOnBranch) {
    await repository.read(['update-ref', movingRef(worktree), to]);
    const move = () => checkout.run(['read-tree', '-m', '-u', from, to], { isOurs: true, timeoutMs: 600_000 });
    let index = await copyIndex(repository, checkout);
    let moved = await move();
    if (!moved.isOk) {
      // The agent's index is not that of its commit; what its files hold is, and counts.
      ({ index } = await readContent(repository, worktree, checkout));
      moved = await move();
    }
    if (!moved.isOk) {
      await repository.run(['update-ref', '-d', movingRef(worktree)]);
      outputOf(worktree, ['read-tree'], moved);
    }
    placeIndex(repository, checkout, index);
  }
  await moveBranch(repository, worktree, from, to);
}

/** Moves the branch and takes the mark away, in one step. */
async function moveBranch(repository: HeldRepository, worktree: Worktree, from: string, to: string): Promise<void> {
  const mark = (await repository.commitOf(movingRef(worktree))) === null ? '' : `delete ${movingRef(worktree)}\n`;
  const input = `start\nupdate refs/heads/${worktree.branch} ${to} ${from}\n${mark}commit\n`;
  await repository.read(['update-ref', '--stdin', '-m', 'ccdispatch: rebase'], { input });
}

/**
 * Finishes what was interrupted in the middle of moving: all that was there was committed then, and no agent has been at work
 * since; what a person may have changed meanwhile is kept.
 */
export async function finishMove(repository: HeldRepository, worktree: Worktree): Promise<void> {
  const to = await repository.commitOf(movingRef(worktree));
  if (to === null) return;
  const branch = `refs/heads/${worktree.branch}`;
  const [from, checkout] = [await repository.commitOf(branch), await openCheckout(repository, worktree)];
  const backups = await repository.read([
    'for-each-ref',
    '--format=%(objectname)',
    `refs/ccdispatch/backup/${worktree.worktree_id}`,
  ]);
  const isStill = from !== null && backups.split('\n').includes(from);
  if (!isStill || !checkout?.isOnBranch) {
    // Somebody went on from here; it is no move any more.
    await repository.run(['update-ref', '-d', movingRef(worktree)]);
    return;
  }
  const { tree } = await readContent(repository, worktree, checkout);
  const known = [await treeOf(repository, from), await treeOf(repository, to)];
  if (!known.includes(tree)) {
    const message = `Files of ${worktree.worktree_id} in the middle of a rebase\n`;
    await keepCommit(repository, worktree, 'kept', await repository.writeCommit({ tree, parents: [from], message }));
  }
  const index = await copyIndex(repository, checkout);
  const moved = await checkout.run(['read-tree', '--reset', '-u', to], { isOurs: true, timeoutMs: 600_000 });
  outputOf(worktree, ['read-tree'], moved);
  placeIndex(repository, checkout, index);
  await moveBranch(repository, worktree, from, to);
}

/**
 * Brings a worktree that we died over back to rest before an agent starts in it: its files are those of its branch, and so is its
 * index. Costs next to nothing where there is none such.
 */
export async function recoverWork(parts: WorkParts, worktree: Worktree): Promise<void> {
  const { files, worktrees } = parts;
  const isMoving = files.stat(join(worktree.git_dir, movingRef(worktree))) !== null;
  if (!isMoving && !isInterrupted(files, worktrees.folder(worktree))) return;
  await holdRepository(parts, worktree, 'recovery', async (repository, current) => {
    await finishMove(repository, current);
    const checkout = await openCheckout(repository, current);
    if (!checkout) return;
    const { index } = await readContent(repository, current, checkout);
    // A commit of ours may have been made without the index that belongs to it.
    if (!checkout.isOnBranch || !placeIndex(repository, checkout, index)) dropIndex(repository, checkout);
  });
}
