/** Command lines that need no parser: to load it, and the tree of commands, takes longer than all that these do. */

import { runCommand } from './action.ts';

/** What agents and we ourselves call, and what people type most; each without anything else on its line. */
const plainLines: Record<string, () => Promise<void>> = {
  'notify-hook': () => runCommand(() => import('./commands/notify-hook.ts'), {}),
  tasks: () => runCommand(() => import('./commands/tasks-list.ts'), {}),
  'worker --exit-when-idle --holds-lock': () =>
    runCommand(() => import('./commands/worker.ts'), { exitWhenIdle: true, holdsLock: true }),
};

/** Runs this command line, or gives null where it has to be parsed. */
export function runPlainLine(args: readonly string[]): Promise<void> | null {
  const line = args.join(' ');
  return Object.hasOwn(plainLines, line) ? (plainLines[line]?.() ?? null) : null;
}
