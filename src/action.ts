/** How a command of the tree becomes a call: flags and arguments in, the lazily imported module's exit code out. */

import type { Command } from 'commander';
import { type App, createApp } from './app.ts';

/** What a command's module offers: one function that does the work and gives the exit code (nothing means 0). */
export type RunCommand<Flags> = (
  app: App,
  flags: Flags,
  ...args: string[]
) => Promise<number | undefined> | Promise<void>;

/** Builds the action of a command from the import of its module; flags include the global ones. */
export function action<Flags>(load: () => Promise<{ run: RunCommand<Flags> }>) {
  return async function (this: Command, ...given: unknown[]): Promise<void> {
    const flags = this.optsWithGlobals() as Flags & { config?: string };
    const args = given
      .slice(0, this.registeredArguments.length)
      .flat()
      .filter((arg) => arg !== undefined) as string[];
    const app = createApp({ env: process.env, cwd: process.cwd(), configPath: flags.config });
    const { run } = await load();
    const exitCode = await run(app, flags, ...args);
    if (exitCode) process.exitCode = exitCode;
  };
}
