/** Gives a worktree's commits up: clean-up may remove it then. They can be brought back until it has. */

import { type CommitRequest, commitHeld } from './commit.ts';
import { branchGone } from './diff.ts';
import { changeRecord, holdRepository, type WorkParts } from './held-repository.ts';
import { finishMove } from './rebase.ts';
import type { Worktree } from './record.ts';

/** The ref that holds what was discarded, until clean-up's age has passed. */
export const discardedRef = ({ worktree_id }: Pick<Worktree, 'worktree_id'>) =>
  `refs/ccdispatch/discarded/${worktree_id}`;

export interface Discarded {
  commit: string;
  /** What to type to get it back. */
  back: string;
}

/** Commits what is not committed, keeps the tip under a ref of ours, and notes that nobody wants it. */
export function discardWork(parts: WorkParts, known: Worktree, request: CommitRequest): Promise<Discarded> {
  return holdRepository(parts, known, 'discard', async (repository, worktree) => {
    await finishMove(repository, worktree);
    const { tip } = await commitHeld(repository, worktree, request);
    if (tip === null) return branchGone(worktree);
    const ref = discardedRef(worktree);
    await repository.read(['update-ref', '-m', 'ccdispatch: discard', ref, tip]);
    await changeRecord(repository, worktree, { state: 'discarded', settled_commit: tip });
    return { commit: tip, back: `git -C ${worktree.repo} branch ${worktree.branch}-again ${ref}` };
  });
}
