/** Settings that come from environment variables: their names, and where in the config each one belongs. */

interface EnvironmentSetting {
  name: string;
  path: readonly [string, string] | readonly [string, string, string];
  kind: 'text' | 'number';
}

/** The variables of the settings table; an empty one counts as not set. */
export const environmentSettings: readonly EnvironmentSetting[] = [
  { name: 'TELEGRAM_BOT_TOKEN', path: ['telegram', 'token'], kind: 'text' },
  { name: 'TELEGRAM_API_URL', path: ['telegram', 'apiUrl'], kind: 'text' },
  { name: 'TELEGRAM_PROXY', path: ['telegram', 'proxy'], kind: 'text' },
  { name: 'TELEGRAM_DEFAULT_CHAT', path: ['telegram', 'defaultChat'], kind: 'text' },
  { name: 'CLAUDE_BIN', path: ['agents', 'claude', 'bin'], kind: 'text' },
  { name: 'CLAUDE_TIMEOUT', path: ['timeouts', 'silenceSeconds'], kind: 'number' },
];

type Tree = { [key: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The section that the path leads to, made where it is missing; null where something else stands there. */
function sectionOf(config: Tree, path: readonly string[]): Tree | null {
  let place = config;
  for (const key of path) {
    place[key] ??= {};
    const inner = place[key];
    if (!isTree(inner)) return null;
    place = inner;
  }
  return place;
}

/**
 * A copy of the config with what the environment says laid over it. Text that is no number is kept, and so is a section
 * that is none: the check names them.
 */
export function overlayEnvironment(config: Tree, env: Record<string, string | undefined>): Tree {
  const result = structuredClone(config);
  for (const { name, path, kind } of environmentSettings) {
    const text = env[name]?.trim();
    const section = text ? sectionOf(result, path.slice(0, -1)) : null;
    if (!text || !section) continue;
    const number = Number(text);
    section[path.at(-1) as string] = kind === 'number' && Number.isFinite(number) ? number : text;
  }
  return result;
}
