/** What can be done about a command line before it is parsed: to load the parser takes longer than some commands run. */

import { runCommand } from './action.ts';
import { createApp } from './app.ts';

/** Lines that need no parser: what agents and we ourselves call, and what people type most. */
const plainLines: Record<string, () => Promise<void>> = {
  'notify-hook': () => runCommand(() => import('./commands/notify-hook.ts'), {}),
  tasks: () => runCommand(() => import('./commands/tasks-list.ts'), {}),
  'worker --exit-when-idle --holds-lock': () =>
    runCommand(() => import('./commands/worker.ts'), { exitWhenIdle: true, holdsLock: true }),
};

/** Runs this line, or gives null where it has to be parsed. */
export function runPlainLine(args: readonly string[]): Promise<void> | null {
  const line = args.join(' ');
  return Object.hasOwn(plainLines, line) ? (plainLines[line]?.() ?? null) : null;
}

/** With these a dispatch starts nothing, or only later, or not with the settings that are looked for by themselves. */
const needsParser = new Set(['--hold', '--batch', '--config', '--help', '-h']);

/** A task will need a worker, which takes longer to start than the task takes to be written down: it begins now. */
export async function startWorkerEarly(args: readonly string[]): Promise<void> {
  if (args[0] !== 'dispatch' || args.some((arg) => needsParser.has(arg))) return;
  const [{ wakeParts }, { startAhead }] = [await import('./app-program.ts'), await import('./lib/runs/worker/wake.ts')];
  startAhead(wakeParts(createApp({ env: process.env, cwd: process.cwd() })));
}
