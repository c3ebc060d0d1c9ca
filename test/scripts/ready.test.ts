// The set-up script must notice a stale installation, refuse an old Node, and never run twice at once for a checkout.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isInstalled, isNewEnough } from '../../scripts/ready.mjs';

let root = '';
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'ready-'));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

it.each([
  ['18.20.8', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['20.20.2', true],
  ['22.0.0', true],
  ['100.1.0', true],
])('judges Node %s', (version, isAccepted) => expect(isNewEnough(version)).toBe(isAccepted));

describe('isInstalled', () => {
  const wanted = {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b-other-system': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  };
  const present = { 'node_modules/a': wanted['node_modules/a'] };

  function writeTree(wantedPackages: object, presentPackages: object | undefined, folders: string[]): void {
    fs.writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: wantedPackages }));
    for (const folder of ['node_modules', ...folders]) fs.mkdirSync(path.join(root, folder), { recursive: true });
    if (presentPackages) {
      fs.writeFileSync(
        path.join(root, 'node_modules/.package-lock.json'),
        JSON.stringify({ packages: presentPackages }),
      );
    }
  }

  it.each([
    ['everything is there', present, ['node_modules/a'], true],
    ['something is there besides', { ...present, 'node_modules/c': {} }, ['node_modules/a'], true],
    ['another version is there', { 'node_modules/a': { integrity: 'sha512-z' } }, ['node_modules/a'], false],
    ['a package is not listed', {}, ['node_modules/a'], false],
    ['a folder was removed', present, [], false],
    ['the installation was broken off', undefined, ['node_modules/a'], false],
  ])('when %s', (_case, presentPackages, folders, expected) => {
    writeTree(wanted, presentPackages, folders);
    expect(isInstalled(root)).toBe(expected);
  });

  it('when there is nothing at all', () => expect(isInstalled(root)).toBe(false));
});

describe('runAlone', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
  });

  /** Starts a process that writes `begin` and `end` around its turn; `hang` never ends it. */
  function start(mode: 'work' | 'hang'): ChildProcess {
    const script = `
      import fs from 'node:fs';
      import { runAlone } from ${JSON.stringify(pathToFileURL(path.resolve('scripts/ready.mjs')).href)};
      const say = (word) => fs.appendFileSync('log', word + '\\n');
      await runAlone('.', async () => {
        say('begin');
        await new Promise((resolve) => setTimeout(resolve, ${mode === 'hang' ? 1e9 : 30}));
        say('end');
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, stdio: 'inherit' });
    children.push(child);
    return child;
  }
  const readLog = () => (fs.existsSync(path.join(root, 'log')) ? fs.readFileSync(path.join(root, 'log'), 'utf8') : '');

  it('lets one process after the other work', async () => {
    const exits = Array.from({ length: 5 }, () => once(start('work'), 'exit'));
    expect((await Promise.all(exits)).map(([code]) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(readLog()).toBe('begin\nend\n'.repeat(5));
  });

  it('goes on when the one at work is killed', async () => {
    const holder = start('hang');
    await expect.poll(readLog, { timeout: 20_000 }).toBe('begin\n');
    const waiting = once(start('work'), 'exit');
    holder.kill('SIGKILL');
    expect((await waiting)[0]).toBe(0);
    expect(readLog()).toBe('begin\nbegin\nend\n');
  });
});
