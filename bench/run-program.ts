// Runs a program to its end and tells how long it took, from the moment it was started.

import { spawn } from 'node:child_process';

export interface Invocation {
  command: string;
  args: readonly string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  cwd: string;
  /** Standard input, through a pipe; empty by default. */
  input?: string;
}

export interface Finished {
  /** Milliseconds from its start until it had ended and closed its output. */
  ms: number;
  stdout: string;
}

/** Rejects where the program does not start or does not end with 0: a failure that is quick must not count as quick. */
export function runProgram({ command, args, env, cwd, input }: Invocation): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command, [...args], {
      env,
      cwd,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
    }
    child.stdin?.on('error', () => {}).end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const ms = performance.now() - startedAt;
      if (code === 0) return resolve({ ms, stdout: output.stdout });
      const said = (output.stderr || output.stdout).slice(0, 2000);
      reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}: ${said}`));
    });
  });
}
