/** `ccdispatch completion`: the script that makes a shell complete our command line. */

import type { Command } from 'commander';
import type { RunCommand } from '../action.ts';
import { renderBash } from '../lib/setup/completion-bash.ts';
import { renderFish } from '../lib/setup/completion-fish.ts';
import { describeTree } from '../lib/setup/completion-tree.ts';
import { renderZsh } from '../lib/setup/completion-zsh.ts';

export const shells = { bash: renderBash, zsh: renderZsh, fish: renderFish };

/** The command for this program: what it prints is read from the tree of commands itself. */
export function completionOf(program: Command): RunCommand<object> {
  return async (app, _flags, shell) => {
    app.terminal.print(shells[shell as keyof typeof shells](describeTree(program)));
  };
}
