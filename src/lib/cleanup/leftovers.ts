/** Finds what belongs to nothing: unfinished writes, and removals that were cut off. */

import { basename, dirname, join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Trees } from '../adapters/trees.ts';
import type { Paths } from '../config/paths.ts';
import { orphanAgeMs } from './plan.ts';

/** What the removal of a folder begins with: it gets this name in place of its own, and counts as gone. */
export const removedPrefix = '.tmp-removed-';

/**
 * Temporary files and folders that nobody has touched for an hour, the old ones among `shells` (task folders without
 * anything in them), and what is left of workspaces that were being removed.
 */
export function listLeftovers(
  { files, paths, clock }: { files: Files; paths: Paths; clock: Clock },
  workspacesRoot: string,
  shells: readonly string[],
): string[] {
  const below = (folder: string) => files.list(folder).map((name) => join(folder, name));
  const named = (folders: readonly string[], isMeant: (name: string) => boolean) =>
    folders.flatMap((folder) =>
      files
        .list(folder)
        .filter(isMeant)
        .map((name) => join(folder, name)),
    );
  const border = clock.now() - orphanAgeMs;
  const isOld = (path: string) => (files.stat(path)?.modifiedAt ?? Number.POSITIVE_INFINITY) < border;
  const writers = [
    ...[paths.home, paths.history, paths.waiting, paths.active, paths.aside, paths.sessions],
    ...[paths.tasks, paths.sessions, paths.outbox, paths.outboxSent, join(paths.outbox, 'failed')].flatMap(below),
  ];
  const unfinished = named(writers, (name) => name.startsWith('.tmp-') && !name.startsWith(removedPrefix));
  const removed = named(below(workspacesRoot), (name) => name.startsWith(removedPrefix));
  return [...unfinished.filter(isOld), ...removed, ...shells.filter(isOld)];
}

/** Renamed first: were it killed half way, what is left would look like a repository with deleted files in it. */
export function removeWorkspace({ files, trees }: { files: Files; trees: Trees }, path: string): void {
  const aside = join(dirname(path), removedPrefix + basename(path));
  trees.remove(aside);
  files.rename(path, aside);
  trees.remove(aside);
}
