/** The person's terminal as a port: data to standard output, talk to standard error. */

import { read } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../errors/errors.ts';

export interface Terminal {
  /** Data: goes to standard output, as it is. */
  print(text: string): void;
  /** Talk: goes to standard error, as it is. */
  say(text: string): void;
  /** Whether standard output is a terminal of a person. */
  isInteractive: boolean;
  columns: number;
  /** All of standard input, at most `maxBytes` and one more, so that too much can be told. */
  readInput(maxBytes: number): Promise<string>;
  /** Asks the person to say yes; null where nobody is there to be asked, because standard input is no terminal. */
  confirm(question: string): Promise<boolean | null>;
}

const readAsync = promisify(read);

/** Standard input, read as a file: `process.stdin` loads all of networking first, and an agent waits for its hook. */
async function* inputChunks(): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await readAsync(0, Buffer.allocUnsafe(64 * 1024), 0, 64 * 1024, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Who gave it to us may have set it not to wait; then it has to be watched. */
async function* allInput(): AsyncGenerator<Buffer> {
  try {
    yield* inputChunks();
  } catch (error) {
    if (systemCode(error) !== 'EAGAIN') throw error;
    for await (const chunk of process.stdin) yield chunk as Buffer;
  }
}

async function readInput(maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of allInput()) {
    parts.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(parts)
    .subarray(0, maxBytes + 1)
    .toString('utf8');
}

async function confirm(question: string): Promise<boolean | null> {
  if (!process.stdin.isTTY) return null;
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** A closed pipe (`ccdispatch tasks | head`) is no error of ours. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.listenerCount('error')) stream.on('error', () => {});
  stream.write(text);
}

export const processTerminal: Terminal = {
  print: (text) => write(process.stdout, text),
  say: (text) => write(process.stderr, text),
  get isInteractive() {
    return process.stdout.isTTY === true;
  },
  get columns() {
    return process.stdout.columns ?? 100;
  },
  readInput,
  confirm,
};
