/** Checks that records, folders and git's own entries of worktrees fit together. */

import { basename, join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Trees } from '../adapters/trees.ts';
import type { Paths } from '../config/paths.ts';
import { renderCount } from '../format/amount.ts';
import { entriesFolder, findEntries, intactEntry } from '../worktrees/entries.ts';
import { parseWorktreeId, type Worktree } from '../worktrees/record.ts';
import { createWorktreeStore, type WorktreeStoreParts } from '../worktrees/store.ts';
import { type Finding, ok, warning } from './finding.ts';

export interface WorktreeCheck extends WorktreeStoreParts {
  files: Files;
  trees: Trees;
  paths: Paths;
}

const list = (paths: readonly string[]) => paths.slice(0, 5).join(', ') + (paths.length > 5 ? ', …' : '');

/** Folders without a record: of a worktree whose record is gone, and those that were put aside because work may be in them. */
function strayFolders({ files, paths }: WorktreeCheck, known: ReadonlySet<string>): string[] {
  return files.list(paths.worktrees).flatMap((repository) =>
    files
      .list(join(paths.worktrees, repository))
      .filter((name) => parseWorktreeId(name.replace(/\.kept-\d+$/, '')) !== null)
      .map((name) => join(paths.worktrees, repository, name))
      .filter((path) => !known.has(path) && files.stat(path)?.isFolder),
  );
}

/** Entries of git that name a folder of our home which has no record. */
function strayEntries(
  { files, trees, paths }: WorktreeCheck,
  worktrees: readonly Worktree[],
  known: ReadonlySet<string>,
): string[] {
  const ours = trees.realPath(paths.worktrees);
  const real = new Set([...known].map((path) => trees.realPath(path)));
  return [...new Set(worktrees.map(({ git_dir }) => git_dir))].flatMap((gitDir) =>
    files
      .list(entriesFolder(gitDir))
      .map((name) => join(entriesFolder(gitDir), name))
      .filter((entry) => {
        const folder = (files.read(join(entry, 'gitdir')) ?? '').trim().replace(/\/\.git$/, '');
        return folder.startsWith(`${ours}/`) && !real.has(folder);
      }),
  );
}

export function checkWorktrees(check: WorktreeCheck): Finding[] {
  const store = createWorktreeStore(check);
  const { worktrees, broken } = store.list();
  const known = new Set(worktrees.map((worktree) => store.folder(worktree)));
  const findings: Finding[] = [];
  if (worktrees.length > 0) {
    const there = [...known].filter((path) => check.files.stat(path) !== null).length;
    findings.push(ok(`Worktrees: ${renderCount(there, 'checkout')}, ${renderCount(worktrees.length, 'record')}`));
  }
  for (const path of broken) {
    findings.push(
      warning(`${path} is not a worktree's record.`, 'Mend it by hand, or move it away; its folder beside it stays.'),
    );
  }
  const homeless = worktrees.filter(({ git_dir }) => !check.files.stat(git_dir)?.isFolder);
  if (homeless.length > 0) {
    const repositories = [...new Set(homeless.map(({ repo }) => repo))];
    findings.push(
      warning(
        `Worktrees whose repository is gone: ${list(repositories)}`,
        'Bring it back to that place, or see: ccdispatch worktrees list',
      ),
    );
  }
  const torn = worktrees.filter((worktree) => {
    const folder = store.folder(worktree);
    if (homeless.includes(worktree)) return false;
    const isWhole = intactEntry(check, worktree.git_dir, folder) !== null;
    const hasEntry = findEntries(check, worktree.git_dir, folder, worktree.worktree_id).length > 0;
    return !isWhole && (check.files.stat(folder) !== null || hasEntry);
  });
  if (torn.length > 0) {
    const names = list(torn.map(({ worktree_id }) => worktree_id));
    findings.push(
      warning(
        `Worktrees of which folder and git's entry do not fit: ${names}`,
        'They are mended when their task goes on; see: ccdispatch worktrees prune --dry-run',
      ),
    );
  }
  const stray = strayFolders(check, known);
  if (stray.length > 0)
    findings.push(
      warning(
        `Folders without a worktree's record: ${list(stray)}`,
        'Look whether something in them is still of use, then remove them.',
      ),
    );
  const entries = strayEntries(check, worktrees, known);
  if (entries.length > 0) {
    const names = list(entries.map((entry) => basename(entry)));
    findings.push(
      warning(
        `Entries of git for worktrees that we know nothing of: ${names}`,
        'git worktree prune removes those whose folder is gone.',
      ),
    );
  }
  return findings;
}
