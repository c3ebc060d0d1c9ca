/** The commands that look after an installation: set-up, health, history, clean-up. */

import type { Command } from 'commander';
import { action } from './action.ts';

export function addOperationCommands(program: Command): void {
  void program;
  void action;
}
