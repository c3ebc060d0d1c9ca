/** Shows what a task has changed: against the place where its branch left its base, uncommitted work included. */

import { refuse } from '../errors/errors.ts';
import { holdRepository, type WorkParts } from './held-repository.ts';
import type { Worktree } from './record.ts';
import { branchRefusals } from './refusals.ts';
import { currentTree, forkOf, plainDiff } from './summary.ts';

export interface DiffRequest {
  /** What is shown of each file: all, counts, or its name alone. */
  show: 'patch' | 'stat' | 'names';
  hasColours: boolean;
}

const shows = { patch: ['--patch'], stat: ['--stat'], names: ['--name-only'] } as const;

/** The diff as text; empty where nothing was changed. Throws `not-found` where worktree and branch are gone. */
export function diffWork(parts: WorkParts, known: Worktree, { show, hasColours }: DiffRequest): Promise<string> {
  return holdRepository(parts, known, 'diff', async (repository, worktree) => {
    const now = await currentTree(repository, worktree);
    if (now === null) return branchGone(worktree);
    const tip = (await repository.commitOf(`refs/heads/${worktree.branch}`)) ?? worktree.base_commit;
    const fork = await forkOf(repository, worktree, tip);
    const colour = `--color=${hasColours ? 'always' : 'never'}`;
    return await repository.read(['diff', ...shows[show], colour, ...plainDiff, fork, now, '--']);
  });
}

/** Throws that the branch is gone, and says what brings it back. */
export function branchGone({ branch, repo, settled_commit }: Worktree): never {
  const back = settled_commit ? `git -C ${repo} branch ${branch} ${settled_commit}` : `git -C ${repo} reflog --all`;
  return refuse(branchRefusals.gone(repo, branch, back));
}
