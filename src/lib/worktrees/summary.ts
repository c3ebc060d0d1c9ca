/** What a worktree's branch holds that its base does not: counted, and as a diff. */

import { dropIndex, openCheckout } from './checkout.ts';
import { readContent } from './commit.ts';
import type { HeldRepository } from './held-repository.ts';
import type { Worktree } from './record.ts';

export interface WorkCount {
  /** The commit that was counted. */
  commit: string;
  files: number;
  insertions: number;
  deletions: number;
}

/** Nothing that the repository names is run, and nothing but the commits counts. */
export const plainDiff = ['--no-ext-diff', '--no-textconv', '--ignore-submodules=none'] as const;

/**
 * The commit that the work is told against: where it left the branch that it can be merged into, or, once it is in there,
 * where it began.
 */
export async function forkOf(repository: HeldRepository, worktree: Worktree, tip: string): Promise<string> {
  const base = worktree.base_branch === null ? null : await repository.commitOf(`refs/heads/${worktree.base_branch}`);
  if (base === null) return worktree.base_commit;
  const { stdout: fork } = await repository.run(['merge-base', base, tip]);
  return fork === '' || fork === tip ? worktree.base_commit : fork;
}

/** Counts what the branch's tip has changed; binary files count as files alone. */
export async function countWork(repository: HeldRepository, worktree: Worktree, tip: string): Promise<WorkCount> {
  const fork = await forkOf(repository, worktree, tip);
  const output = await repository.read(['diff', '--numstat', '--no-renames', '-z', ...plainDiff, fork, tip, '--']);
  const lines = output.split('\0').flatMap((line) => {
    const match = /^(\d+|-)\t(\d+|-)\t/.exec(line);
    return match ? [[Number(match[1]) || 0, Number(match[2]) || 0] as const] : [];
  });
  const sum = (which: 0 | 1) => lines.reduce((total, line) => total + line[which], 0);
  return { commit: tip, files: lines.length, insertions: sum(0), deletions: sum(1) };
}

/** The tree of what is there now: the worktree's files where it is there, else its branch; null where both are gone. */
export async function currentTree(repository: HeldRepository, worktree: Worktree): Promise<string | null> {
  const checkout = await openCheckout(repository, worktree);
  if (checkout) {
    const { tree } = await readContent(repository, worktree, checkout);
    dropIndex(repository, checkout);
    return tree;
  }
  return await repository.commitOf(`refs/heads/${worktree.branch}`);
}
