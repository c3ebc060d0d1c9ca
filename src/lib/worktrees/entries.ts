/** What git keeps of a worktree in the repository (`worktrees/<name>` in its git folder): found, judged and removed, ours alone. */

import { dirname, isAbsolute, join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Trees } from '../adapters/trees.ts';

export interface EntryParts {
  files: Files;
  trees: Trees;
}

/** Where git keeps what it knows of the worktrees of a repository. */
export function entriesFolder(gitDir: string): string {
  return join(gitDir, 'worktrees');
}

/**
 * Why git must not tidy the entry away while it is made. It is the first thing that git writes there, so that whatever a
 * killed one leaves says whose it is.
 */
export function makingReason({ trees }: Pick<EntryParts, 'trees'>, folder: string): string {
  return `ccdispatch is making ${trees.realPath(folder)}`;
}

/** The folder that an entry says it is of; null where it does not say so (any more). */
function folderOf({ files, trees }: EntryParts, entry: string): string | null {
  const text = files.read(join(entry, 'gitdir'))?.trim();
  if (!text) return null;
  return trees.realPath(dirname(isAbsolute(text) ? text : join(entry, text)));
}

function isOurs(parts: EntryParts, entry: string, folder: string): boolean {
  const { files, trees } = parts;
  const named = folderOf(parts, entry);
  if (named !== null) return named === trees.realPath(folder);
  const reason = files.read(join(entry, 'locked'))?.trim();
  if (reason !== undefined && reason !== '') return reason === makingReason(parts, folder);
  // What a killed removal leaves, or what git had only just begun: by its name it can be nobody else's.
  return files.stat(entry)?.isFolder === true;
}

/** Paths of the entries for a worktree of ours: named after it, and saying so. There may be none. */
export function findEntries(parts: EntryParts, gitDir: string, folder: string, worktreeId: string): string[] {
  const all = entriesFolder(gitDir);
  return parts.files
    .list(all)
    .filter((name) => name.startsWith(worktreeId) && /^\d*$/.test(name.slice(worktreeId.length)))
    .map((name) => join(all, name))
    .filter((entry) => isOurs(parts, entry, folder));
}

/** Removes an entry so that a half removed one is still known for what it is. */
export function removeEntry({ files, trees }: EntryParts, entry: string): void {
  const last = ['gitdir', 'locked'];
  for (const name of files.list(entry)) if (!last.includes(name)) trees.remove(join(entry, name));
  for (const name of last) trees.remove(join(entry, name));
  trees.remove(entry);
}

/** The entry that the checkout in the folder belongs to, whole and not in the making; null where there is none. */
export function intactEntry(parts: EntryParts, gitDir: string, folder: string): string | null {
  const { files, trees } = parts;
  if (!files.stat(join(folder, '.git'))?.isFile) return null;
  const match = /^gitdir: (.+)$/m.exec(files.read(join(folder, '.git')) ?? '');
  if (!match) return null;
  const named = match[1] as string;
  const entry = trees.realPath(isAbsolute(named) ? named : join(folder, named));
  if (dirname(entry) !== trees.realPath(entriesFolder(gitDir))) return null;
  const isWhole = ['HEAD', 'commondir', 'index'].every((name) => files.stat(join(entry, name)) !== null);
  const isMade = files.read(join(entry, 'locked'))?.trim() !== makingReason(parts, folder);
  return isWhole && isMade && folderOf(parts, entry) === trees.realPath(folder) ? entry : null;
}

/** The entry is made: git may treat it like any other. */
export function releaseEntry(parts: EntryParts, entry: string): void {
  parts.trees.remove(join(entry, 'locked'));
}
