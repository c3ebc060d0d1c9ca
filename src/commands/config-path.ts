/** `ccdispatch config path`: the file that the settings come from, or would come from. */

import { join, resolve } from 'node:path';
import type { App } from '../app.ts';
import { configFileNames, configFolders } from '../lib/config/load.ts';
import { printJson } from './output.ts';

export interface ConfigPathFlags {
  /** The global `--config`. */
  config?: string;
  json?: boolean;
}

/** Found by its name alone, so that a file that cannot be read is found too. */
function findConfigFile(app: App): string | null {
  const places = configFolders(app.env, app.paths.home).flatMap((folder) =>
    configFileNames.map((name) => join(folder, name)),
  );
  return places.find((path) => app.files.stat(path)) ?? null;
}

export async function run(app: App, flags: ConfigPathFlags): Promise<void> {
  const found = flags.config ? resolve(app.cwd, flags.config) : findConfigFile(app);
  const path = found ?? join(app.paths.home, 'config.yaml');
  const isThere = app.files.stat(path) !== null;
  if (flags.json) return printJson(app, { path, is_there: isThere });
  app.terminal.print(`${path}\n`);
  if (!isThere) app.terminal.say('It is not there yet; make it with: ccdispatch init\n');
}
