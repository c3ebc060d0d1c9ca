// Runs the program as a person would: a process of its own, its output caught, its exit code told.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CommandResult {
  stdout: string;
  stderr: string;
  /** Null where a signal ended it. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

export interface CommandOptions {
  /** Laid over the environment of the test run; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Standard input; empty by default. */
  input?: string;
  /** Kills the program with SIGKILL when this resolves, unless it has ended before. */
  killWhen?: Promise<unknown>;
}

/** The file that `ccdispatch` is installed as. */
export const program = fileURLToPath(new URL('../../bin/ccdispatch.js', import.meta.url));

/** Starts `ccdispatch` with these arguments and waits for its end; its exit code is not judged. */
export async function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: options.cwd ?? path.dirname(path.dirname(program)),
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  // A program that does not read its input closes the pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  options.killWhen?.then(() => child.kill('SIGKILL'));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({ ...output, exitCode, signal }));
  });
}
