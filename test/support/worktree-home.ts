// A home in which worktrees are made for real, and the git that a person types beside it.

import path from 'node:path';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { systemGit } from '../../src/lib/adapters/git.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { diskTrees } from '../../src/lib/adapters/trees.ts';
import { type PrepareParts, prepareWorktree, type WorktreeRequest } from '../../src/lib/worktrees/prepare.ts';
import type { Worktree } from '../../src/lib/worktrees/record.ts';
import { createWorktreeStore } from '../../src/lib/worktrees/store.ts';
import { makeHome, openHome, type TestHome } from './home.ts';
import { commitAll, gitIn } from './work-repository.ts';

export interface WorktreeHome {
  home: TestHome | ReturnType<typeof openHome>;
  parts: PrepareParts;
  /** Makes the worktree of the task with this number, on a repository. */
  prepare(repo: string, n?: number, request?: Partial<WorktreeRequest>): Promise<Worktree>;
  folder(worktree: Worktree): string;
}

export const idOf = (n: number) => `task-local-${1_700_000_000_000 + n}`;

/** The real parts over a home. */
export function worktreesOf(home: ReturnType<typeof openHome> = makeHome()): WorktreeHome {
  const parts: PrepareParts = {
    git: systemGit,
    files: realFiles,
    trees: diskTrees,
    clock: systemClock,
    paths: home.paths,
    worktrees: createWorktreeStore({ files: realFiles, locks: kernelLocks, paths: home.paths }),
  };
  return {
    home,
    parts,
    prepare: (repo, n = 1, request = {}) =>
      prepareWorktree(parts, { worktreeId: idOf(n), repo, base: null, branch: null, ...request }),
    folder: (worktree) => parts.worktrees.folder(worktree),
  };
}

/** A repository with one commit on `main`, at a path. */
export function initRepository(folder: string, ...options: string[]): string {
  gitIn(path.dirname(folder), 'init', '--quiet', '-b', 'main', ...options, folder);
  commitAll(folder, 'begin', { 'a.txt': 'one\n', 'src/b.txt': 'two\n', '.gitignore': '.env\nnode_modules\n*.log\n' });
  return folder;
}

export { openHome };
