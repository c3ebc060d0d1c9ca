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

/** A copy of the config with what the environment says laid over it. Text that is no number is kept, so that the check names it. */
export function overlayEnvironment(config: Tree, env: Record<string, string | undefined>): Tree {
  const result = structuredClone(config);
  for (const { name, path, kind } of environmentSettings) {
    const text = env[name]?.trim();
    if (!text) continue;
    let place: Tree = result;
    for (const key of path.slice(0, -1)) {
      const inner = place[key];
      if (inner !== undefined && (typeof inner !== 'object' || inner === null)) break;
      place[key] ??= {};
      place = place[key] as Tree;
    }
    const number = Number(text);
    place[path.at(-1) as string] = kind === 'number' && Number.isFinite(number) ? number : text;
  }
  return result;
}
