// What counts as unsaved work is asked of real repositories, hostile ones included.

import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemGit } from '../../../src/lib/adapters/git.ts';
import { makeHome } from '../../support/home.ts';

let root: string;
let clone: string;

function git(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'init.defaultBranch=main'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
}

function commit(folder: string, name: string): void {
  writeFileSync(join(folder, name), name);
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', name);
}

/** A repository that others clone from, and a clone with nothing of its own. */
beforeEach(() => {
  root = makeHome().outside;
  const origin = join(root, 'origin');
  mkdirSync(origin);
  git(origin, 'init', '-q');
  commit(origin, 'first');
  git(root, 'clone', '-q', origin, 'clone');
  clone = join(root, 'clone');
});

describe('unsavedWork', () => {
  it('finds nothing in a fresh clone, nor in an empty repository', async () => {
    expect(await systemGit.unsavedWork(clone)).toBe(null);
    mkdirSync(join(root, 'empty'));
    git(join(root, 'empty'), 'init', '-q');
    expect(await systemGit.unsavedWork(join(root, 'empty'))).toBe(null);
  });

  it('sees changed, staged and new files', async () => {
    writeFileSync(join(clone, 'first'), 'changed');
    expect(await systemGit.unsavedWork(clone)).toBe('uncommitted');
    git(clone, 'add', '.');
    expect(await systemGit.unsavedWork(clone)).toBe('uncommitted');
    git(clone, 'reset', '-q', '--hard');
    expect(await systemGit.unsavedWork(clone)).toBe(null);
    writeFileSync(join(clone, 'new'), '');
    expect(await systemGit.unsavedWork(clone)).toBe('uncommitted');
  });

  it('sees commits on any branch, and on none, until they are pushed', async () => {
    git(clone, 'checkout', '-q', '-b', 'side');
    commit(clone, 'second');
    git(clone, 'checkout', '-q', 'main');
    expect(await systemGit.unsavedWork(clone)).toBe('unpushed');
    git(clone, 'push', '-q', 'origin', 'side');
    expect(await systemGit.unsavedWork(clone)).toBe(null);
    git(clone, 'checkout', '-q', '--detach');
    commit(clone, 'third');
    expect(await systemGit.unsavedWork(clone)).toBe('unpushed');
  });

  it('sees stashes, and commits of a repository that has no remote', async () => {
    writeFileSync(join(clone, 'first'), 'changed');
    git(clone, 'stash', '-q');
    expect(await systemGit.unsavedWork(clone)).toBe('stashed');
    expect(await systemGit.unsavedWork(join(root, 'origin'))).toBe('unpushed');
    git(root, 'clone', '-q', '--bare', 'origin', 'bare.git');
    expect(await systemGit.unsavedWork(join(root, 'bare.git'))).toBe('unpushed');
  });

  it('says so where git cannot tell', async () => {
    writeFileSync(join(clone, '.git', 'HEAD'), 'nonsense');
    expect(await systemGit.unsavedWork(clone)).toBe('unknown');
    expect(await systemGit.unsavedWork(root)).toBe('unknown');
  });

  it('runs nothing that the repository names', async () => {
    const trap = join(root, 'trap.sh');
    const sprung = join(root, 'sprung');
    writeFileSync(trap, `#!/bin/sh\ntouch ${sprung}\ncat\n`);
    chmodSync(trap, 0o755);
    writeFileSync(join(clone, '.gitattributes'), '* filter=evil\n');
    git(clone, 'add', '.');
    git(clone, 'commit', '-qm', 'attributes');
    git(clone, 'push', '-q', 'origin', 'main:other');
    git(clone, 'config', 'core.fsmonitor', trap);
    for (const key of ['clean', 'smudge', 'process']) git(clone, 'config', `filter.evil.${key}`, trap);
    git(clone, 'config', 'filter.evil.required', 'true');
    git(clone, 'config', 'remote.origin.promisor', 'true');
    git(clone, 'config', 'remote.origin.url', `ext::${trap}`);
    // The same length and another content: only a filter could tell that it did not change.
    writeFileSync(join(clone, 'first'), 'FIRST');
    expect(await systemGit.unsavedWork(clone)).toBe('uncommitted');
    expect(existsSync(sprung)).toBe(false);
    // The trap is a real one: git itself springs it.
    spawnSync('git', ['status'], { cwd: clone, stdio: 'ignore' });
    expect(existsSync(sprung)).toBe(true);
  });
});
