/** The commands that make tasks, run them and look at them. */

import type { Command } from 'commander';
import { action } from './action.ts';

export function addTaskCommands(program: Command): void {
  void program;
  void action;
}
