// Other people's programs are found as a shell finds them, and asked with a limit.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemPrograms } from '../../../src/lib/adapters/programs.ts';
import { makeHome } from '../../support/home.ts';

let root: string;

function addProgram(name: string, script: string, mode = 0o755): string {
  const file = join(root, name);
  writeFileSync(file, script);
  chmodSync(file, mode);
  return file;
}

beforeEach(() => {
  root = makeHome().outside;
});

describe('find', () => {
  it('takes the first program on the path', () => {
    const file = addProgram('tool', '#!/bin/sh\n');
    addProgram('data', 'text', 0o644);
    mkdirSync(join(root, 'folder'));
    expect(systemPrograms.find('tool', `/nowhere::${root}`)).toBe(file);
    expect(systemPrograms.find('tool', undefined)).toBe(null);
    for (const name of ['data', 'folder', 'none']) expect(systemPrograms.find(name, root)).toBe(null);
  });

  it('takes a path for itself', () => {
    const file = addProgram('tool', '#!/bin/sh\n');
    expect(systemPrograms.find(file, '')).toBe(file);
    expect(systemPrograms.find(`${file}x`, root)).toBe(null);
  });
});

describe('ask', () => {
  const options = { env: { PATH: process.env.PATH ?? '', WORD: 'mine' }, timeoutMs: 10_000 };

  it('gives what the program printed and how it ended, in the environment given', async () => {
    const file = addProgram('tool', '#!/bin/sh\necho "$1 $WORD$HOME"\necho bad >&2\nexit 3\n');
    const answer = await systemPrograms.ask(file, ['two words'], options);
    expect(answer).toEqual({ exitCode: 3, stdout: 'two words mine', stderr: 'bad', timedOut: false });
  });

  it('lets it work in the folder given', async () => {
    const file = addProgram('tool', '#!/bin/sh\npwd\n');
    expect((await systemPrograms.ask(file, [], { ...options, cwd: root })).stdout).toBe(root);
  });

  it('ends a program that hangs', async () => {
    const file = addProgram('tool', '#!/bin/sh\nexec sleep 60\n');
    expect(await systemPrograms.ask(file, [], { ...options, timeoutMs: 100 })).toMatchObject({
      exitCode: null,
      timedOut: true,
    });
  });

  it('says why a program cannot be started', async () => {
    const file = addProgram('tool', '#!/no/such/shell\n');
    const answer = await systemPrograms.ask(file, [], options);
    expect(answer.exitCode).toBe(null);
    expect(answer.stderr).toContain('ENOENT');
  });
});

describe('lend', () => {
  it('gives the exit code of a program that has the terminal, and throws where there is none', async () => {
    const env = { PATH: process.env.PATH ?? '', CODE: '7' };
    expect(await systemPrograms.lend(addProgram('ends', '#!/bin/sh\nexit $CODE\n'), [], { env })).toBe(7);
    expect(await systemPrograms.lend(addProgram('dies', '#!/bin/sh\nkill -9 $$\n'), [], { env })).toBe(null);
    await expect(systemPrograms.lend(join(root, 'none'), [], { env })).rejects.toMatchObject({ code: 'ENOENT' });
    // Ctrl-C is ours again.
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });
  const listeners = process.listenerCount('SIGINT');
});
