/** Submodules of a new worktree, taken from those of the main checkout: nothing is fetched from elsewhere. */

import { join } from 'node:path';
import { explainRefusal } from './explain-git.ts';
import { type CheckoutParts, type CheckoutPlace, runGit } from './make-checkout.ts';
import { doings } from './refusals.ts';

interface Submodule {
  name: string;
  path: string;
  url: string;
}

/** A name that leads out of the folder of all modules is none. */
const isPlain = (name: string) => !name.split('/').some((part) => part === '' || part === '.' || part === '..');

/** The submodules that a checkout's `.gitmodules` names. */
async function listSubmodules(parts: CheckoutParts, place: CheckoutPlace, folder: string): Promise<Submodule[]> {
  if (!parts.files.stat(join(folder, '.gitmodules'))?.isFile) return [];
  const args = ['config', '--file', '.gitmodules', '-z', '--list'];
  const { stdout } = await runGit(parts, place, args, { folder });
  const found = new Map<string, Partial<Submodule>>();
  for (const line of stdout.split('\0')) {
    const match = /^submodule\.(.+)\.(path|url)\n(.+)$/s.exec(line);
    if (match) found.set(match[1] as string, { ...found.get(match[1] as string), [match[2] as string]: match[3] });
  }
  return [...found].flatMap(([name, { path, url }]) => (path && url && isPlain(name) ? [{ name, path, url }] : []));
}

/**
 * Checks submodules out, and theirs, as far as the repository holds them (`modules` in its git folder). Gives the paths of
 * those that it does not: they stay empty.
 */
export async function checkOutSubmodules(
  parts: CheckoutParts,
  place: CheckoutPlace,
  folder: string = place.folder,
  modules: string = join(place.worktree.git_dir, 'modules'),
  prefix = '',
): Promise<string[]> {
  const missing: string[] = [];
  for (const { name, path, url } of await listSubmodules(parts, place, folder)) {
    const source = join(modules, name);
    if (!parts.files.stat(join(source, 'HEAD'))) {
      missing.push(join(prefix, path));
      continue;
    }
    const settings = [
      ...['protocol.file.allow=always', `submodule.${name}.active=true`],
      ...[`submodule.${name}.url=${source}`, `submodule.${name}.update=checkout`],
    ];
    const args = ['submodule', '--quiet', 'update', '--checkout', '--', path];
    const result = await runGit(parts, place, args, { folder, settings, timeoutMs: 10 * 60_000 });
    if (!result.isOk) {
      // Its commit was never fetched into the main checkout.
      if (/did not contain|not our ref|unable to find|Direct fetching/i.test(result.stderr)) {
        missing.push(join(prefix, path));
        continue;
      }
      place.signal?.throwIfAborted();
      explainRefusal(doings.submodule(path), place.worktree.repo, result);
    }
    const inside = join(folder, path);
    // A relative address is seen from the one of the repository around it; only git itself resolves that.
    if (!/^\.\.?\//.test(url)) await runGit(parts, place, ['remote', 'set-url', 'origin', url], { folder: inside });
    missing.push(...(await checkOutSubmodules(parts, place, inside, join(source, 'modules'), join(prefix, path))));
  }
  return missing;
}
