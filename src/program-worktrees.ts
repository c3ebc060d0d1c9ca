/** The commands that look after the worktrees of tasks. */

import type { Command } from 'commander';
import { action } from './action.ts';
import type { WorktreesListFlags } from './commands/worktrees-list.ts';
import type { WorktreesPruneFlags } from './commands/worktrees-prune.ts';

export function addWorktreeCommands(program: Command): void {
  const list = () => import('./commands/worktrees-list.ts');
  const worktrees = program
    .command('worktrees')
    .description('look at the worktrees in which tasks work on repositories; alone: list them')
    .option('--json', 'print JSON')
    .action(action<WorktreesListFlags>(list));
  worktrees
    .command('list', { isDefault: false })
    .description('each with its branch, its commits, and the last task that worked there')
    .option('--size', 'measure what each takes on disk')
    .option('--json', 'print JSON')
    .action(action<WorktreesListFlags>(list));
  worktrees
    .command('prune')
    .description(
      'remove those whose commits are merged, pushed or discarded; what is nowhere else stays, or is saved first',
    )
    .option('--dry-run', 'say what would be done, change nothing')
    .option('--json', 'print JSON')
    .action(action<WorktreesPruneFlags>(() => import('./commands/worktrees-prune.ts')));
}
