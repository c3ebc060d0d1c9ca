/** Other people's programs as a port: whether they are there, and what they say about themselves. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';

export interface ProgramAnswer {
  /** Null where it did not end by itself. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface Programs {
  /** The file that a command name stands for on this PATH, or null; a name with a slash stands for itself. */
  find(command: string, path: string | undefined): string | null;
  /** Runs a program without a shell and input, and waits for its end; it is killed after `timeoutMs`. Never rejects. */
  ask(
    file: string,
    args: readonly string[],
    options: { env: Record<string, string>; timeoutMs: number },
  ): Promise<ProgramAnswer>;
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
  { env, timeoutMs }: { env: Record<string, string>; timeoutMs: number },
): Promise<ProgramAnswer> {
  const { execa } = await import('execa');
  const result = await execa(file, args, {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: timeoutMs,
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

export const systemPrograms: Programs = { find, ask };
