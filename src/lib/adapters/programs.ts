/** Other people's programs as a port: whether they are there, and what they say about themselves. */

import { type StdioOptions, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

export interface ProgramAnswer {
  /** Null where it did not end by itself. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface AskOptions {
  env: Record<string, string>;
  timeoutMs: number;
  /** The folder that it works in; ours by default. */
  cwd?: string;
  /** Kills it early. */
  signal?: AbortSignal;
}

export interface LendOptions {
  env: Record<string, string>;
  /** The folder that it works in; ours by default. */
  cwd?: string;
  /** A lock that the program, and all that it starts, is to hold, too: it outlives us where we are killed. */
  descriptor?: number;
  /** Terminates it. */
  signal?: AbortSignal;
}

export interface Programs {
  /** The file that a command name stands for on this PATH, or null; a name with a slash stands for itself. */
  find(command: string, path: string | undefined): string | null;
  /** Runs a program without a shell and input, and waits for its end; it is killed after `timeoutMs`. Never rejects. */
  ask(file: string, args: readonly string[], options: AskOptions): Promise<ProgramAnswer>;
  /** Hands the person's terminal to a program until it ends; gives its exit code, null where a signal ended it. */
  lend(file: string, args: readonly string[], options: LendOptions): Promise<number | null>;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function find(command: string, path: string | undefined): string | null {
  if (command.includes('/')) {
    const file = isAbsolute(command) ? command : resolve(command);
    return isProgram(file) ? file : null;
  }
  for (const folder of (path ?? '').split(delimiter)) {
    if (folder && isProgram(join(folder, command))) return join(folder, command);
  }
  return null;
}

async function ask(
  file: string,
  args: readonly string[],
  { env, timeoutMs, cwd, signal }: AskOptions,
): Promise<ProgramAnswer> {
  const { execa } = await import('execa');
  const result = await execa(file, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    extendEnv: false,
    stdin: 'ignore',
    timeout: timeoutMs,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
    killSignal: 'SIGKILL',
    reject: false,
    maxBuffer: 1024 * 1024,
  });
  return {
    exitCode: result.exitCode ?? null,
    stdout: result.stdout ?? '',
    stderr: result.stderr || (result.failed ? (result.shortMessage ?? '') : ''),
    timedOut: result.timedOut,
  };
}

function lend(
  file: string,
  args: readonly string[],
  { env, cwd, descriptor, signal }: LendOptions,
): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const stdio: StdioOptions = ['inherit', 'inherit', 'inherit', ...(descriptor === undefined ? [] : [descriptor])];
    const child = spawn(file, args, { env, stdio, ...(cwd === undefined ? {} : { cwd }) });
    signal?.addEventListener('abort', () => child.kill('SIGTERM'));
    // Ctrl-C is for the program, which has the terminal; we go on when it has ended.
    const leaveIt = () => {};
    process.on('SIGINT', leaveIt);
    const done = () => process.off('SIGINT', leaveIt);
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('close', (code) => {
      done();
      resolve(code);
    });
  });
}

export const systemPrograms: Programs = { find, ask, lend };
