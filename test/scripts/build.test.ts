// The build splits what is imported lazily, knows when it is stale, and leaves running processes their chunks.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { build, isBuilt } from '../../scripts/build.mjs';

let root = '';
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'build-'));
  write('package.json', '{ "type": "module", "version": "1.2.3" }');
  write('package-lock.json', '{}');
  write('scripts/build.mjs', '');
  write(
    'src/main.ts',
    "const name: string = 'light';\nconsole.log(name, CCDISPATCH_VERSION);\nif (process.argv[2]) void import('./heavy.ts');\n",
  );
  write('src/heavy.ts', "const fs = require('node:fs');\nconsole.log('heavy', typeof fs.statSync);\n");
});
afterEach(() => fs.rmSync(root, { recursive: true }));

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  fs.writeFileSync(path.join(root, name), text);
}

const chunks = () => fs.readdirSync(path.join(root, 'dist')).filter((name) => /^heavy-.*\.cjs$/.test(name));
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['dist/main.cjs', ...args], { cwd: root, encoding: 'utf8' }).stdout;

it('puts a lazily imported module into a chunk of its own and runs, CommonJS parts included', async () => {
  await build({ root });
  expect(chunks()).toHaveLength(1);
  expect(fs.readFileSync(path.join(root, 'dist/main.cjs'), 'utf8')).not.toContain('statSync');
  expect(run()).toBe('light 1.2.3\n');
  expect(run('more')).toBe('light 1.2.3\nheavy function\n');
});

it.each(['src/heavy.ts', 'src/new.ts', 'package.json', 'package-lock.json', 'scripts/build.mjs'])(
  'is stale when %s has changed, and fresh again after a build',
  async (name) => {
    expect(isBuilt(root)).toBe(false);
    await build({ root });
    expect(isBuilt(root)).toBe(true);
    write(name, name.endsWith('.json') ? '{ "type": "module", "version": "1.2.3", "a": 1 }' : '// changed\n');
    expect(isBuilt(root)).toBe(false);
    await build({ root });
    expect(isBuilt(root)).toBe(true);
  },
);

it('is stale when a file of it is gone', async () => {
  await build({ root });
  fs.rmSync(path.join(root, 'dist', chunks()[0] ?? ''));
  expect(isBuilt(root)).toBe(false);
});

it('keeps the chunks of the build before for those who still run it, and removes all else', async () => {
  await build({ root });
  const [before = ''] = chunks();
  write('dist/foreign.js', '');
  write('src/heavy.ts', "console.log('other');\n");
  await build({ root });
  expect(chunks()).toHaveLength(2);
  expect(chunks()).toContain(before);
  expect(fs.existsSync(path.join(root, 'dist/foreign.js'))).toBe(false);
  await build({ root, clean: true });
  expect(chunks()).toHaveLength(1);
  expect(chunks()).not.toContain(before);
  expect(run('more')).toBe('light 1.2.3\nother\n');
});

it('leaves the build before in place when the sources do not build', async () => {
  await build({ root });
  write('src/main.ts', "import './gone.ts';\n");
  await expect(build({ root })).rejects.toThrow('Could not resolve');
  expect(run()).toBe('light 1.2.3\n');
});
