/** Settings that come from environment variables: their names, and where in the config each one belongs. */

interface EnvironmentSetting {
  name: string;
  path: readonly [string, string] | readonly [string, string, string];
  /** `list`: its parts have commas between them. */
  kind: 'text' | 'number' | 'list';
}

/** The variables of the settings table; an empty one counts as not set. */
export const environmentSettings: readonly EnvironmentSetting[] = [
  { name: 'TELEGRAM_BOT_TOKEN', path: ['telegram', 'token'], kind: 'text' },
  { name: 'TELEGRAM_API_URL', path: ['telegram', 'apiUrl'], kind: 'text' },
  { name: 'TELEGRAM_PROXY', path: ['telegram', 'proxy'], kind: 'text' },
  { name: 'TELEGRAM_DEFAULT_CHAT', path: ['telegram', 'defaultChat'], kind: 'text' },
  { name: 'TELEGRAM_ALLOWED_USER_IDS', path: ['telegram', 'allowedUserIds'], kind: 'list' },
  { name: 'TELEGRAM_ADMIN_IDS', path: ['telegram', 'adminIds'], kind: 'list' },
  { name: 'CLAUDE_BIN', path: ['agents', 'claude', 'bin'], kind: 'text' },
  { name: 'MAX_CONCURRENT_SESSIONS', path: ['limits', 'sessionsPerUser'], kind: 'number' },
  { name: 'SESSION_TIMEOUT_MINUTES', path: ['sessions', 'endAfterMinutes'], kind: 'number' },
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

function readValue(text: string, kind: EnvironmentSetting['kind']): unknown {
  if (kind === 'list') return text.split(/[\s,]+/).filter(Boolean);
  const number = Number(text);
  return kind === 'number' && Number.isFinite(number) ? number : text;
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
    section[path.at(-1) as string] = readValue(text, kind);
  }
  return result;
}
