// The doctor tells worktrees that fit together from those that do not, and names each kind.

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { diskTrees } from '../../../src/lib/adapters/trees.ts';
import { checkWorktrees } from '../../../src/lib/doctor/check-worktrees.ts';
import { makeHome } from '../../support/home.ts';
import { idOf, initRepository, worktreesOf } from '../../support/worktree-home.ts';

it('checks that records, folders and entries of git fit together', async () => {
  const home = makeHome();
  const here = worktreesOf(home);
  const check = () => checkWorktrees({ ...home, trees: diskTrees }).map(({ level, what }) => `${level}: ${what}`);
  expect(check()).toEqual([]);
  const repo = initRepository(path.join(home.outside, 'repo'));
  const worktrees = [];
  for (const n of [1, 2, 3, 4]) worktrees.push(await here.prepare(repo, n));
  const [, second, third, fourth] = worktrees.map((worktree) => here.folder(worktree)) as [
    string,
    string,
    string,
    string,
  ];
  expect(check()).toEqual(['ok: Worktrees: 4 checkouts, 4 records']);

  fs.rmSync(path.join(second, '.git'));
  fs.rmSync(`${third}.json`);
  fs.writeFileSync(`${fourth}.json`, '{"schema_version": 1}');
  fs.mkdirSync(`${second}.kept-1`);
  expect(check()).toEqual([
    'ok: Worktrees: 2 checkouts, 2 records',
    `warning: ${fourth}.json is not a worktree's record.`,
    `warning: Worktrees of which folder and git's entry do not fit: ${idOf(2)}`,
    expect.stringMatching(/^warning: Folders without a worktree's record: .*kept-1/),
    `warning: Entries of git for worktrees that we know nothing of: ${idOf(3)}, ${idOf(4)}`,
  ]);

  fs.renameSync(repo, `${repo}-moved`);
  expect(check()).toContain(`warning: Worktrees whose repository is gone: ${repo}`);
});
