/** Finds, reads and checks the settings: flags, environment, config file, defaults, in this order. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CcdispatchError, fail } from '../errors/errors.ts';
import { environmentSettings, overlayEnvironment } from './environment.ts';
import { configSchema, type Settings } from './schema.ts';

export interface LoadRequest {
  env: Record<string, string | undefined>;
  home: string;
  /** `--config`; must exist when given. */
  configPath?: string | undefined;
}

export interface LoadedSettings {
  settings: Settings;
  /** The file that was read, or null where there is none. */
  path: string | null;
}

const fileNames = ['config.json', 'config.yaml', 'config.yml'];

/** Folders that may hold a config file. Never the working folder or above it: agents write there, and must not configure us. */
export function configFolders(env: Record<string, string | undefined>, home: string): string[] {
  const userConfig = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : null);
  return userConfig ? [home, join(userConfig, 'ccdispatch')] : [home];
}

async function readConfigFile(request: LoadRequest): Promise<{ config: unknown; path: string } | null> {
  const folders = configFolders(request.env, request.home);
  // Most homes have no config file; then its reader need not be loaded.
  const isThere = folders.some((folder) => fileNames.some((name) => existsSync(join(folder, name))));
  if (!request.configPath && !isThere) return null;
  const { cosmiconfig, defaultLoaders } = await import('cosmiconfig');
  const explorer = cosmiconfig('ccdispatch', {
    searchPlaces: fileNames,
    stopDir: request.home,
    loaders: { '.json': defaultLoaders['.json'], '.yaml': defaultLoaders['.yaml'], '.yml': defaultLoaders['.yml'] },
  });
  try {
    if (request.configPath) {
      const found = await explorer.load(request.configPath);
      return found && { config: found.config ?? {}, path: found.filepath };
    }
    for (const folder of folders) {
      // `search` with this folder alone: cosmiconfig's default strategy does not look upward.
      const found = await explorer.search(folder);
      if (found) return { config: found.isEmpty ? {} : found.config, path: found.filepath };
    }
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(
      'config',
      `The config file cannot be read: ${reason}`,
      'Mend the file, then check it with: ccdispatch config validate',
      { cause: error },
    );
  }
}

/** Names the variable that a faulty value came from, if it came from one. */
function originOf(path: PropertyKey[], env: Record<string, string | undefined>): string {
  const name = environmentSettings.find(
    (setting) => setting.path.join('.') === path.join('.') && env[setting.name]?.trim(),
  )?.name;
  return name ? ` (from ${name})` : '';
}

/**
 * The settings with their defaults. All faults are reported at once, each with its path; then throws `config`.
 * Without any config file the defaults and the environment count.
 */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const file = await readConfigFile(request);
  const config = file?.config ?? {};
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    return fail('config', `${file?.path} must hold an object.`, 'See an example with: ccdispatch init --print');
  }
  const parsed = configSchema.safeParse(overlayEnvironment(config as Record<string, unknown>, request.env));
  if (parsed.success) return { settings: parsed.data, path: file?.path ?? null };
  const faults = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: is not a setting`)
      : [`${issue.path.join('.') || 'the whole'}: ${issue.message}${originOf(issue.path, request.env)}`],
  );
  throw new CcdispatchError(
    'config',
    `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in the settings${file ? ` (${file.path})` : ''}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    'Mend them, then check with: ccdispatch config validate',
  );
}
