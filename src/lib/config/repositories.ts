/** The settings of one repository, found by where it is, or by the name that people call it. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import type { RepositorySettings, Settings } from './schema.ts';

type Known = Pick<Settings, 'repos'>;

/** `~/` is the person's own folder. */
export function expandHome(path: string, home: string = process.env.HOME || homedir()): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

const none: RepositorySettings = { trusted: false, onEnd: 'keep' };

/** The settings of the repository at this path (its main checkout, without links); the defaults where it has none. */
export function repositorySettingsOf(
  { repos }: Known,
  repo: string,
  realPath: (path: string) => string | null,
): RepositorySettings {
  for (const [path, settings] of Object.entries(repos)) {
    const named = expandHome(path);
    if (named === repo || realPath(named) === repo) return settings;
  }
  return none;
}

/** What happens when a later task changes a file that an earlier one has changed: where work is merged, one waits. */
export function conflictPolicyOf({ onConflict, onEnd }: RepositorySettings): 'pause' | 'warn' | 'ignore' {
  return onConflict ?? (onEnd === 'merge' ? 'pause' : 'warn');
}

/** The path of the repository that has this name in the settings; null for none. */
export function repositoryNamed({ repos }: Known, name: string): string | null {
  const found = Object.entries(repos).find(([, settings]) => settings.name === name);
  return found ? expandHome(found[0]) : null;
}

/** Names that people may use. */
export function repositoryNames({ repos }: Known): string[] {
  return Object.values(repos).flatMap(({ name }) => name ?? []);
}
