// The terminal and its signals, from a process of its own: input with a limit, output that outlives its reader.

import { describe, expect, it } from 'vitest';
import { useAdapterProcess } from '../../contracts/adapter-programs.ts';

const runAdapter = useAdapterProcess();

describe('readInput', () => {
  const readInput = async (input: string | Buffer, maxBytes: number) => {
    const { child, output } = runAdapter('read-input', maxBytes);
    child.stdin.end(input);
    return JSON.parse(await output);
  };

  it.each([
    ['all there is', 'hello', 10, 5],
    ['nothing', '', 10, 0],
    ['exactly the limit', 'x'.repeat(10), 10, 10],
    ['one more than the limit', 'x'.repeat(11), 10, 11],
    ['no more than one beyond it', 'x'.repeat(5_000_000), 1_000_000, 1_000_001],
  ])('gives %s', async (_kind, input, maxBytes, length) => {
    expect(await readInput(input, maxBytes)).toEqual({ length, start: input.slice(0, 10), isInteractive: false });
  });

  it('reads characters that came in pieces', async () => {
    const { child, output } = runAdapter('read-input', 100);
    const bytes = Buffer.from('計算😀');
    for (const byte of bytes) child.stdin.write(Buffer.from([byte]));
    child.stdin.end();
    expect(JSON.parse(await output)).toMatchObject({ start: '計算😀' });
  });

  it('ends although its input goes on', async () => {
    const { child, output } = runAdapter('read-input', 1000);
    const feeder = setInterval(() => child.stdin.write('x'.repeat(500)), 1);
    expect(JSON.parse(await output)).toMatchObject({ length: 1001 });
    clearInterval(feeder);
  });
});

describe('output', () => {
  it('arrives whole', async () => {
    expect((await runAdapter('flood').output).length).toBe(200 * 1001);
  });

  it('to a reader that went away is no error', async () => {
    const { child } = runAdapter('flood');
    child.stdout.destroy();
    const exitCode = await new Promise((resolve) => child.on('exit', resolve));
    expect(exitCode).toBe(0);
  });
});

describe('being asked to stop', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s aborts, and no longer ends the process by itself', async (signal) => {
    const { child, firstLine, output } = runAdapter('wait-stop');
    expect(await firstLine).toBe('ready');
    child.kill(signal);
    expect(await output).toBe(`ready\n${signal}\nstill here\n`);
    expect(child.exitCode).toBe(0);
  });
});
