/** How a command of the tree becomes a call: flags and arguments in, the lazily imported module's exit code out. */

import type { Command } from 'commander';
import { type App, createApp } from './app.ts';

/** What a command's module offers: one function that does the work and gives the exit code (nothing means 0). */
export type RunCommand<Flags> = (
  app: App,
  flags: Flags,
  ...args: string[]
) => Promise<number | undefined> | Promise<void>;

/** The import of a command's module. */
export type LoadCommand<Flags> = () => Promise<{ run: RunCommand<Flags> }>;

/** Runs a command with flags, global ones included, and arguments that are understood already. */
export async function runCommand<Flags>(
  load: LoadCommand<Flags>,
  flags: Flags & { config?: string },
  args: string[] = [],
): Promise<void> {
  const app = createApp({ env: process.env, cwd: process.cwd(), configPath: flags.config });
  const { run } = await load();
  const exitCode = await run(app, flags, ...args);
  if (exitCode) process.exitCode = exitCode;
}

/** Builds the action of a command from the import of its module. */
export function action<Flags>(load: LoadCommand<Flags>) {
  return async function (this: Command, ...given: unknown[]): Promise<void> {
    const args = given
      .slice(0, this.registeredArguments.length)
      .flat()
      .filter((arg) => arg !== undefined) as string[];
    await runCommand(load, this.optsWithGlobals() as Flags & { config?: string }, args);
  };
}
