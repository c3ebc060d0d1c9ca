// A FIFO takes what its reader takes: long texts arrive whole, and a reader that does not read holds up nobody.

import { spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { namedPipes } from '../../../src/lib/adapters/fifos.ts';

const folders: string[] = [];
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function makePipe() {
  const folder = mkdtempSync(join(tmpdir(), 'fifos-'));
  folders.push(folder);
  const path = join(folder, 'stdin');
  await namedPipes.make(path);
  return path;
}

/** Keeps the pipe open without reading, as an agent does that is stuck. */
function hold(path: string): void {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  ends.push(() => closeSync(fd));
}

it('is a FIFO of ours alone, and made once', async () => {
  const path = await makePipe();
  expect(statSync(path).isFIFO()).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await expect(namedPipes.make(path)).rejects.toMatchObject({ code: 'EEXIST' });
});

it('carries a text far larger than the pipe, in order', { timeout: 20_000 }, async () => {
  const path = await makePipe();
  const text = `${Array.from({ length: 40_000 }, (_, index) => `${index}字`).join(' ')}\n`;
  const target = join(path, '..', 'read');
  const reader = spawn('sh', ['-c', 'head -n 1 <"$0" >"$1"', path, target]);
  const isOver = new Promise((resolve) => reader.once('exit', resolve));
  expect(await namedPipes.write(path, text, 10_000)).toEqual({ written: Buffer.byteLength(text), isWhole: true });
  await isOver;
  expect(readFileSync(target, 'utf8')).toBe(text);
});

it('gives up on readers that read nothing, and the rest of the program goes on', async () => {
  const pipes = await Promise.all(Array.from({ length: 4 }, makePipe));
  for (const path of pipes) hold(path);
  const writes = pipes.map((path) => namedPipes.write(path, 'x'.repeat(200_000), 300));
  // File work in the thread pool, which blocked writes would have taken up.
  await expect(import('node:fs/promises').then(({ readFile }) => readFile(import.meta.filename))).resolves.toBeTruthy();
  for (const { isWhole, written } of await Promise.all(writes)) {
    expect(isWhole).toBe(false);
    expect(written).toBeGreaterThan(0);
  }
});
