/** The tree of commands. Each one's module is imported only when it runs. */

import { Command } from 'commander'
import { type App, createApp } from './app.ts'
import { addOperationCommands } from './program-operations.ts'
import { addTaskCommands } from './program-tasks.ts'

declare const CCDISPATCH_VERSION: string

/** The version of this build. */
export const version = typeof CCDISPATCH_VERSION === 'string' ? CCDISPATCH_VERSION : '0.0.0-dev'

/** What a command's module offers: one function that does the work and gives the exit code (nothing means 0). */
export type RunCommand<Flags> = (app: App, flags: Flags, ...args: string[]) => Promise<number | undefined> | Promise<void>

/** Builds the action of a command from the import of its module; flags include the global ones. */
export function action<Flags>(load: () => Promise<{ run: RunCommand<Flags> }>) {
  return async function (this: Command, ...given: unknown[]): Promise<void> {
    const flags = this.optsWithGlobals() as Flags & { config?: string }
    const args = given.slice(0, this.registeredArguments.length).flat().filter((arg) => arg !== undefined) as string[]
    const app = createApp({ env: process.env, cwd: process.cwd(), configPath: flags.config })
    const { run } = await load()
    const exitCode = await run(app, flags, ...args)
    if (exitCode) process.exitCode = exitCode
  }
}

/** The whole command line. Parsing throws commander's errors instead of exiting. */
export function createProgram(): Command {
  const program = new Command('ccdispatch')
    .description('Runs coding agents for people who are away from their desk.')
    .version(version, '-V, --version', 'print the version')
    .option('--config <path>', 'read the settings from this file')
    .option('--verbose', 'show the stack of errors')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
  addTaskCommands(program)
  addOperationCommands(program)
  return program
}
