// A process that does with worktrees what it is told, a line each, until it is killed.

import { createInterface } from 'node:readline';
import { realFiles } from '../../src/lib/adapters/files.ts';
import { systemGit } from '../../src/lib/adapters/git.ts';
import { kernelLocks } from '../../src/lib/adapters/locks.ts';
import { pathsOf } from '../../src/lib/config/paths.ts';
import { saveBundle } from '../../src/lib/worktrees/bundle.ts';
import { commitWork } from '../../src/lib/worktrees/commit.ts';
import { discardWork } from '../../src/lib/worktrees/discard.ts';
import { holdRepository, type WorkParts } from '../../src/lib/worktrees/held-repository.ts';
import { mergeWork } from '../../src/lib/worktrees/merge.ts';
import { rebaseWork } from '../../src/lib/worktrees/rebase.ts';
import type { Worktree } from '../../src/lib/worktrees/record.ts';
import { createWorktreeStore } from '../../src/lib/worktrees/store.ts';

export const landingSteps = {
  commit: (parts: WorkParts, worktree: Worktree) => commitWork(parts, worktree, { title: 'left over' }),
  merge: (parts: WorkParts, worktree: Worktree) => mergeWork(parts, worktree, { title: 'left over' }),
  rebase: (parts: WorkParts, worktree: Worktree) => rebaseWork(parts, worktree, 'main'),
  discard: (parts: WorkParts, worktree: Worktree) => discardWork(parts, worktree, { title: 'left over' }),
  bundle: (parts: WorkParts, worktree: Worktree) => holdRepository(parts, worktree, 'bundle', saveBundle),
};

export type LandingStep = keyof typeof landingSteps;

const [, program, home] = process.argv;
if (program?.endsWith('landing-process.mjs') && home) {
  const paths = pathsOf(home);
  const worktrees = createWorktreeStore({ files: realFiles, locks: kernelLocks, paths });
  const parts: WorkParts = { git: systemGit, files: realFiles, worktrees };
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const [step, id] = line.split(' ') as [LandingStep, string];
    const worktree = worktrees.load(id) as Worktree;
    const said = await landingSteps[step](parts, worktree).then(
      () => 'done',
      (error) => `failed: ${error}`,
    );
    process.stdout.write(`${said.replaceAll('\n', ' ')}\n`);
  }
}
