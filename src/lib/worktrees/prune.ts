/** Removes worktrees that nobody needs: never a commit or a file that is nowhere else, and nothing that is not ours. */

import { basename, join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import { saveBundle } from './bundle.ts';
import { commitHeld } from './commit.ts';
import { discardedRef } from './discard.ts';
import type { EntryParts } from './entries.ts';
import { changeRecord, type HeldRepository, holdRepository, type WorkParts } from './held-repository.ts';
import { judgeWorktree, type Verdict, type WorktreeUse } from './judge.ts';
import { removeCheckout, removedPrefix } from './make-checkout.ts';
import { finishMove } from './rebase.ts';
import { isOwnBranch, type Worktree } from './record.ts';
import { lookingGit, surveyWorktree, type WorktreeFacts } from './survey.ts';

export interface PruneParts extends WorkParts, EntryParts {
  clock: Clock;
  /** Who needs the worktree, as of now. */
  useOf(worktreeId: string): WorktreeUse;
  /** Does a removal when the disk has room for it; asked for with the repository held, so that no room is taken up by waiting. */
  inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

export interface PruneOptions {
  /** Work that is nowhere else is saved, and its worktree removed, when nobody worked there for so long. */
  saveAfterMs: number;
  isDryRun: boolean;
}

/** A worktree as people are shown it, and what became of it. */
export interface Pruned {
  worktree: Worktree;
  facts: WorktreeFacts;
  use: WorktreeUse;
  verdict: Verdict;
  /** Where its commits were saved now. */
  bundle: string | null;
  /** Why it could not be removed, in git's or the system's words; null where nothing went wrong. */
  failure: string | null;
}

/** The branch is checked out in none of the repository's worktrees. */
async function isFree(repository: HeldRepository, branch: string): Promise<boolean> {
  const listed = await repository.run(['for-each-ref', '--format=%(worktreepath)', `refs/heads/${branch}`]);
  return listed.isOk && listed.stdout === '';
}

/** Refs of ours that have no more use; what was discarded can be brought back as long as the age for saving. */
async function removeRefs(repository: HeldRepository, worktree: Worktree, isAlsoDiscarded: boolean): Promise<void> {
  const { worktree_id: id } = worktree;
  const patterns = [`refs/ccdispatch/backup/${id}/`, `refs/ccdispatch/kept/${id}/`, `refs/ccdispatch/open/${id}`];
  if (isAlsoDiscarded) patterns.push(discardedRef(worktree));
  const listed = await repository.run(['for-each-ref', '--format=%(refname) %(objectname)', ...patterns]);
  for (const line of listed.stdout.split('\n').filter(Boolean)) {
    const [ref, commit] = line.split(' ');
    await repository.run(['update-ref', '-d', ref as string, commit as string]);
  }
}

/** Removes checkout, branch and refs; the record stays as long as a task could continue there. */
async function remove(parts: PruneParts, repository: HeldRepository, pruned: Pruned, isOld: boolean): Promise<void> {
  const { worktree, facts, use, verdict } = pruned;
  removeCheckout(parts, worktree, repository.folder);
  const { tip } = facts;
  if (tip !== null && isOwnBranch(worktree) && (await isFree(repository, worktree.branch))) {
    await repository.run(['update-ref', '-d', `refs/heads/${worktree.branch}`, tip]);
  }
  await removeRefs(repository, worktree, isOld || verdict.step === 'save');
  if (use.lastTask === null && pruned.bundle === null && worktree.bundle === null)
    return parts.worktrees.remove(worktree);
  const { why } = verdict;
  const isSettled = why === 'merged' || why === 'pushed' || why === 'discarded';
  await changeRecord(repository, worktree, isSettled ? { state: why, settled_commit: tip } : {});
}

/** Commits what is not, and saves all that is here alone; false where something cannot be saved. */
async function save(repository: HeldRepository, pruned: Pruned): Promise<boolean> {
  const { worktree, facts } = pruned;
  if (facts.folder === 'whole') {
    const title = 'Work that was not committed';
    await finishMove(repository, worktree);
    const { leftOut, tip } = await commitHeld(repository, worktree, { title });
    if (leftOut) return false;
    pruned.facts = { ...facts, tip };
  }
  // What a person named stays in the repository, and is safe there.
  if (!isOwnBranch(worktree)) return true;
  pruned.bundle = await saveBundle(repository, worktree);
  return pruned.bundle !== null;
}

/** Removals that were cut off. */
function sweep(parts: PruneParts, worktree: Worktree): void {
  const folder = parts.worktrees.repositoryFolder(worktree);
  for (const name of parts.files.list(folder)) {
    if (name.startsWith(removedPrefix)) parts.trees.remove(join(folder, name));
  }
}

async function pruneHeld(
  parts: PruneParts,
  repository: HeldRepository,
  worktree: Worktree,
  options: PruneOptions,
): Promise<Pruned> {
  sweep(parts, worktree);
  const now = parts.clock.now();
  const { saveAfterMs } = options;
  const judge = async (current: Worktree): Promise<Pruned> => {
    const facts = await surveyWorktree(parts, repository.runIn, current, repository.folder);
    const use = parts.useOf(worktree.worktree_id);
    const verdict = judgeWorktree(current, facts, use, { now, saveAfterMs });
    return { worktree: current, facts, use, verdict, bundle: null, failure: null };
  };
  const first = await judge(worktree);
  if (first.verdict.step === 'keep') return first;
  if (first.verdict.step === 'forget') {
    parts.worktrees.remove(worktree);
    return first;
  }
  // Who is about to use it sees that it is not ready, and waits for us; who had seen it before that is seen by us now.
  const marked = await changeRecord(repository, worktree, { ready_at: null });
  const back = () => changeRecord(repository, worktree, { ready_at: worktree.ready_at });
  const use = parts.useOf(worktree.worktree_id);
  const pruned: Pruned = { ...first, worktree: marked, use };
  if (use.usedBy !== null) {
    await back();
    return { ...pruned, verdict: { step: 'keep', why: 'in_use' } };
  }
  try {
    const isSaved = pruned.verdict.step !== 'save' || (await save(repository, pruned));
    if (isSaved) await remove(parts, repository, pruned, now - (use.endedAt ?? 0) > saveAfterMs);
    else await back();
    return isSaved ? pruned : { ...pruned, verdict: { ...pruned.verdict, step: 'keep' } };
  } catch (error) {
    if (parts.files.stat(repository.folder)) await back();
    throw error;
  }
}

/** Looks at a worktree without holding its repository. */
export async function lookAtWorktree(
  parts: PruneParts,
  worktree: Worktree,
  options: Pick<PruneOptions, 'saveAfterMs'>,
): Promise<Pruned> {
  const folder = parts.worktrees.folder(worktree);
  const facts = await surveyWorktree(parts, lookingGit(parts.git), worktree, folder);
  const use = parts.useOf(worktree.worktree_id);
  const verdict = judgeWorktree(worktree, facts, use, { now: parts.clock.now(), saveAfterMs: options.saveAfterMs });
  return { worktree, facts, use, verdict, bundle: null, failure: null };
}

async function pruneOne(parts: PruneParts, worktree: Worktree, options: PruneOptions): Promise<Pruned> {
  const looked = await lookAtWorktree(parts, worktree, options);
  if (options.isDryRun || looked.verdict.step === 'keep') return looked;
  if (!looked.facts.hasRepository) {
    parts.worktrees.remove(worktree);
    return looked;
  }
  try {
    const { inTurn = (work) => work() } = parts;
    return await holdRepository(parts, worktree, 'prune', (repository, current) =>
      inTurn(() => pruneHeld(parts, repository, current, options)),
    );
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { ...looked, verdict: { ...looked.verdict, step: 'keep' }, failure };
  }
}

/** Looks at every worktree, and removes those that may go. One that cannot be removed does not stop the others. */
export async function pruneWorktrees(parts: PruneParts, options: PruneOptions): Promise<Pruned[]> {
  const results: Pruned[] = [];
  for (const worktree of parts.worktrees.list().worktrees) results.push(await pruneOne(parts, worktree, options));
  return results;
}

/** The name of a repository for people. */
export function repositoryName({ repo }: Pick<Worktree, 'repo'>): string {
  return basename(repo).replace(/\.git$/, '');
}
