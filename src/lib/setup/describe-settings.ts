/** The settings as people see them: each with its value, secrets masked, and where it comes from. */

import { environmentSettings } from '../config/environment.ts';
import { configSchema, type Settings } from '../config/schema.ts';
import { secretsOf } from '../errors/redact.ts';

export interface DescribedSetting {
  /** `limits.perUser` */
  key: string;
  /** Masked where it is a secret; undefined where the setting has no value. */
  value: unknown;
  /** The variable, the file, or `default`. */
  from: string;
}

const secretKeys = new Set(['token', 'apiKey', 'authToken']);
const mask = '***';

/** Whether a key's text is a secret: by its name among our settings, or as people name variables. */
function maskText(key: string, text: string): string {
  if (key === 'token') return /^\d+:/.test(text) ? `${text.split(':')[0]}:${mask}` : mask;
  // Short values of variables with such names are secrets here too.
  return secretKeys.has(key) || secretsOf({ [key]: text.padEnd(8) }).length > 0 ? mask : text;
}

/** Values at the ends of the tree; lists and empty groups are ends too. */
function* leavesOf(value: unknown, path: readonly string[]): Generator<{ path: readonly string[]; value: unknown }> {
  const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isGroup || Object.keys(value).length === 0) {
    yield { path, value: typeof value === 'string' ? maskText(path.at(-1) ?? '', value) : value };
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* leavesOf(inner, [...path, key]);
}

/** Every setting, in the order of the config file; those that a variable could give, but nothing does, come last without a value. */
export function describeSettings(
  settings: Settings,
  path: string | null,
  env: Record<string, string | undefined>,
): DescribedSetting[] {
  const defaults = new Map(
    [...leavesOf(configSchema.parse({}), [])].map((leaf) => [leaf.path.join('.'), JSON.stringify(leaf.value)]),
  );
  const variables = new Map(environmentSettings.map((setting) => [setting.path.join('.'), setting.name]));
  const originOf = (key: string, value: unknown) => {
    const variable = variables.get(key);
    if (variable && env[variable]?.trim()) return variable;
    return defaults.get(key) === JSON.stringify(value) || path === null ? 'default' : path;
  };
  const found = [...leavesOf(settings, [])].map((leaf) => {
    const key = leaf.path.join('.');
    return { key, value: leaf.value, from: originOf(key, leaf.value) };
  });
  const present = new Set(found.map(({ key }) => key));
  const absent = [...variables.keys()].filter((key) => !present.has(key));
  // A group is empty only because nothing is set of what it could hold.
  const shown = found.filter(({ key }) => !absent.some((other) => other.startsWith(`${key}.`)));
  return [...shown, ...absent.map((key) => ({ key, value: undefined, from: 'default' }))];
}
