/** Writes the first config file; one that is there is kept, or set aside when told to. */

import { join } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import { configFileNames, configFolders } from '../config/load.ts';
import { saveBackup } from './backup.ts';
import { firstConfig } from './first-config.ts';

export interface WriteConfigRequest {
  files: Files;
  clock: Clock;
  env: Record<string, string | undefined>;
  home: string;
  /** Where to write it; null for the home, unless there is a config file anywhere already. */
  path: string | null;
  /** Replace a file that is there. */
  force: boolean;
}

export interface WrittenConfig {
  path: string;
  outcome: 'written' | 'replaced' | 'kept';
  /** The copy of a replaced file. */
  backup: string | null;
}

export async function writeFirstConfig(request: WriteConfigRequest): Promise<WrittenConfig> {
  const { files, env, home, force } = request;
  const places = configFolders(env, home).flatMap((folder) => configFileNames.map((name) => join(folder, name)));
  const present = request.path === null ? places.find((path) => files.stat(path)) : undefined;
  const wanted = request.path ?? join(home, 'config.yaml');
  const existing = present ?? (files.stat(wanted) ? wanted : undefined);
  if (existing === undefined) {
    // Exclusively: of two at once one keeps the other's.
    const isMade = await files.create(wanted, firstConfig);
    return { path: wanted, outcome: isMade ? 'written' : 'kept', backup: null };
  }
  if (!force) return { path: existing, outcome: 'kept', backup: null };
  const backup = await saveBackup(request, existing, files.read(existing) ?? '');
  await files.replace(wanted, firstConfig);
  // A file of another name could go before the new one.
  if (existing !== wanted) files.remove(existing);
  return { path: wanted, outcome: 'replaced', backup };
}
