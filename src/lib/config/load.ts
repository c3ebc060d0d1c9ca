/** Finds, reads and checks the settings: flags, environment, config file, defaults, in this order. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CcdispatchError, fail, systemCode } from '../errors/errors.ts';
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

/** Names of config files, the first one that is there counts. */
export const configFileNames = ['config.json', 'config.yaml', 'config.yml'];

/** Folders that may hold a config file. Never the working folder or above it: agents write there, and must not configure us. */
export function configFolders(env: Record<string, string | undefined>, home: string): string[] {
  const userConfig = env.XDG_CONFIG_HOME || (env.HOME ? join(env.HOME, '.config') : null);
  return userConfig ? [home, join(userConfig, 'ccdispatch')] : [home];
}

/** Every file that the settings may come from, there or not. */
export function configCandidates({ env, home, configPath }: LoadRequest): string[] {
  if (configPath) return [configPath];
  return configFolders(env, home).flatMap((folder) => configFileNames.map((name) => join(folder, name)));
}

async function readConfigFile(request: LoadRequest): Promise<{ config: unknown; path: string } | null> {
  const folders = configFolders(request.env, request.home);
  // Most homes have no config file; then its reader need not be loaded.
  const isThere = folders.some((folder) => configFileNames.some((name) => existsSync(join(folder, name))));
  if (!request.configPath && !isThere) return null;
  if (request.configPath && !/\.(json|ya?ml)$/.test(request.configPath)) {
    // Its reader would run programs among others.
    fail('config', `${request.configPath} is no config file.`, 'Settings are read from .json, .yaml and .yml files.');
  }
  // Its whole is the default export: bundled, a CommonJS package has no other.
  const { cosmiconfig, defaultLoaders } = (await import('cosmiconfig')).default;
  const explorer = cosmiconfig('ccdispatch', {
    searchPlaces: configFileNames,
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
    return fail('config', `The config file cannot be read: ${reasonOf(error)}`, hintFor(error));
  }
}

/** What is wrong and where, without the pieces of the file that parsers quote: they may hold a token. */
function reasonOf(error: unknown): string {
  // Parsers colour what they quote where they take the place for a terminal, as under CI.
  const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  if (systemCode(error)) return message;
  const [head = '', detail = ''] = message.split('\n').map((line) => line.trim());
  // JSON's line is marked in the quoted piece, YAML's stands in parentheses.
  const line = /^> (\d+) \|/m.exec(message)?.[1] ?? /\((\d+):\d+\)/.exec(detail)?.[1];
  const words = /^[a-z ]+/.exec(detail)?.[0].trim();
  return [head.replace(/:$/, ''), words, line && `line ${line}`].filter(Boolean).join(', ');
}

function hintFor(error: unknown): string {
  if (systemCode(error) === 'ENOENT') return 'Check the path, or make a first file with: ccdispatch init';
  return 'Mend the file, then check it with: ccdispatch config validate';
}

/** Names the variable that a faulty value came from, if it came from one. */
function originOf(path: PropertyKey[], env: Record<string, string | undefined>): string {
  // A fault within a list has the list's path and a number.
  const name = environmentSettings.find(
    (setting) => setting.path.every((key, index) => path[index] === key) && env[setting.name]?.trim(),
  )?.name;
  return name ? ` (from ${name})` : '';
}

/** What a look at the settings found: either they are good, or there is at least one fault. */
export type CheckedSettings =
  | { settings: Settings; faults: []; path: string | null }
  /** Each fault begins with the setting's path, and never shows its value. */
  | { settings: null; faults: string[]; path: string | null };

/** Checks the settings, with all their faults. Throws `config` only where the file cannot be read at all. */
export async function checkSettings(request: LoadRequest): Promise<CheckedSettings> {
  const file = await readConfigFile(request);
  const path = file?.path ?? null;
  const config = file?.config ?? {};
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    return { settings: null, faults: ['the whole: must be an object'], path };
  }
  const given = overlayEnvironment(config as Record<string, unknown>, request.env);
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return { settings: parsed.data, faults: [], path };
  // The words for what is wrong are loaded only where something is.
  const { default: english } = await import('zod/v4/locales/en.js');
  const issues = configSchema.safeParse(given, { error: english().localeError }).error?.issues ?? [];
  const faults = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: is not a setting`)
      : [`${issue.path.join('.') || 'the whole'}: ${issue.message}${originOf(issue.path, request.env)}`],
  );
  return { settings: null, faults, path };
}

/**
 * The settings with their defaults. All faults are reported at once, each with its path; then throws `config`.
 * Without any config file the defaults and the environment count.
 */
export async function loadSettings(request: LoadRequest): Promise<LoadedSettings> {
  const { settings, faults, path } = await checkSettings(request);
  if (settings) return { settings, path };
  throw new CcdispatchError(
    'config',
    `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in the settings${path ? ` (${path})` : ''}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    'Mend them, then check with: ccdispatch config validate',
  );
}
