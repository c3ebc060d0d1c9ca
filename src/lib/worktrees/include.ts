/** Copies files that git ignores and work needs, such as `.env`: those that the repository's `.worktreeinclude` names. */

import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { fail } from '../errors/errors.ts';
import { explainRefusal } from './explain-git.ts';
import { type CheckoutParts, type CheckoutPlace, runGit } from './make-checkout.ts';
import { doings } from './refusals.ts';

/** The list, in the syntax of `.gitignore`. */
const includeFile = '.worktreeinclude';

/** More is a build's output or a cache, which a set-up command makes better. */
const maxFiles = 50_000;
const maxBytes = 4 * 1024 ** 3;

const isIn = (path: string, folder: string) => path.startsWith(folder + sep);

/** Paths that the list names and git ignores. Links to folders are not followed; git does not look behind them. */
async function listFiles(parts: CheckoutParts, place: CheckoutPlace, list: string): Promise<string[]> {
  const { repo } = place.worktree;
  const named = ['ls-files', '-z', '--others', '--ignored', `--exclude-from=${list}`];
  const candidates = await runGit(parts, place, named, { folder: repo, timeoutMs: 120_000 });
  if (!candidates.isOk) explainRefusal(doings.include(includeFile), repo, candidates);
  if (candidates.stdout === '') return [];
  const input = candidates.stdout.endsWith('\0') ? candidates.stdout : `${candidates.stdout}\0`;
  const ignored = await runGit(parts, place, ['check-ignore', '-z', '--stdin'], { folder: repo, input });
  // Ends with 1 where it found none.
  if (ignored.code !== 0 && ignored.code !== 1) {
    explainRefusal(doings.include(includeFile), repo, ignored);
  }
  return ignored.stdout.split('\0').filter((path) => path !== '');
}

/** Whether the file may be copied: really in the main checkout, and a link only where it stays in its checkout. */
function mayCopy({ trees }: CheckoutParts, root: string, path: string): boolean {
  const source = join(root, path);
  const parent = trees.realPath(dirname(source));
  if (parent !== root && !isIn(parent, root)) return false;
  const target = trees.linkTarget(source);
  if (target === null) return true;
  return !isAbsolute(target) && isIn(resolve(dirname(source), target), root) && isIn(trees.realPath(source), root);
}

/** Copies what the list names into the new worktree; what the commit holds there stays. Gives how many files came. */
export async function copyIncluded(parts: CheckoutParts, place: CheckoutPlace): Promise<number> {
  const { files, trees } = parts;
  const root = trees.realPath(place.worktree.repo);
  const list = join(root, includeFile);
  if (!files.stat(list)?.isFile) return 0;
  const paths = (await listFiles(parts, place, list)).filter((path) => mayCopy(parts, root, path));
  const bytes = paths.reduce((sum, path) => sum + (files.stat(join(root, path))?.size ?? 0), 0);
  if (paths.length > maxFiles || bytes > maxBytes) {
    fail(
      'failed',
      `${list} names ${paths.length} files of ${Math.round(bytes / 1024 ** 2)} MB in all; at most ${maxFiles} files and ${maxBytes / 1024 ** 2} MB are copied.`,
      'Name fewer there, and let a set-up command make the rest (repos.<path>.setup in the settings).',
    );
  }
  const target = trees.realPath(place.folder);
  let copied = 0;
  for (const path of paths) {
    const to = join(target, path);
    const parent = trees.realPath(dirname(to));
    // In the commit a link may stand where the main checkout has a folder.
    if (parent !== target && !isIn(parent, target)) continue;
    place.signal?.throwIfAborted();
    if (await trees.copy(join(root, path), to)) copied++;
  }
  return copied;
}
