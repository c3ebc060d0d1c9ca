// Starts the adapter process of the tests, hears what it says, and ends it with the test.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type BundledProgram, bundleProgram } from '../support/bundle-program.ts';

export interface AdapterProcess {
  child: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves with the first whole line that it says. */
  firstLine: Promise<string>;
  /** Resolves with all that it said once its output is closed. */
  output: Promise<string>;
}

type Run = (command: string, ...args: (string | number)[]) => AdapterProcess;
export type RunAdapter = Run & {
  /** The same through a program that takes another one's place. */
  by(wrapper: string[]): Run;
};

/** Builds the program once for a test file; gives what starts it. */
export function useAdapterProcess(env: Record<string, string> = {}): RunAdapter {
  let program: BundledProgram;
  beforeAll(async () => {
    program = await bundleProgram(path.join(import.meta.dirname, 'adapter-process.ts'));
  });
  afterAll(() => program.remove());
  const startBy =
    (wrapper: string[]): Run =>
    (command, ...args) => {
      const [first, ...rest] = [...wrapper, process.execPath];
      const child = spawn(first as string, [...rest, program.path, command, ...args.map(String)], {
        env: { ...process.env, ...env },
        stdio: ['pipe', 'pipe', 'inherit'],
      }) as ChildProcessByStdio<Writable, Readable, null>;
      onTestFinished(() => void child.kill('SIGKILL'));
      child.stdin.on('error', () => {});
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      const firstLine = new Promise<string>((resolve) => {
        child.stdout.on('data', () => said.includes('\n') && resolve(said.slice(0, said.indexOf('\n'))));
      });
      const output = new Promise<string>((resolve) => child.on('close', () => resolve(said)));
      return { child, firstLine, output };
    };
  return Object.assign(startBy([]), { by: startBy });
}
