/** Our hooks in a person's own Claude settings: put in and taken out as pure functions over the settings. */

import { fail } from '../errors/errors.ts';
import { isObject } from '../format/json.ts';

/** Events of sessions started by hand that are told to the default chat. */
export const handEvents = ['Stop', 'StopFailure', 'Notification'] as const;

/** Seconds after which the agent gives up waiting for our hook; it takes a fraction of one. */
const timeoutSeconds = 10;

type Json = { [key: string]: unknown };

/** Ours by its last two words: the program's file, wherever it is or was installed, and the command. */
function isOurs(hook: unknown): boolean {
  const command = isObject(hook) ? hook.command : null;
  return typeof command === 'string' && /ccdispatch(\.js)?['"]?\s+['"]?notify-hook['"]?\s*$/.test(command);
}

/** The settings' text as an object. Throws `config` where it is not what the agent itself would read. */
export function parseClaudeSettings(text: string | null, path: string): Json {
  if (text === null || text.trim() === '') return {};
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch {
    return fail('config', `${path} is not readable as JSON.`, 'Mend the file, then try again. Nothing was changed.');
  }
  const hooks = isObject(settings) ? (settings.hooks ?? {}) : null;
  const areLists = isObject(hooks) && handEvents.every((event) => Array.isArray(hooks[event] ?? []));
  if (!isObject(settings) || !areLists) {
    return fail(
      'config',
      `${path} does not hold settings of Claude Code.`,
      'Name the right file, such as ~/.claude/settings.json. Nothing was changed.',
    );
  }
  return settings;
}

/** A group of hooks without ours: nothing where nothing else was in it. */
function withoutOurs(group: unknown): unknown[] {
  if (!isObject(group) || !Array.isArray(group.hooks)) return [group];
  const left = group.hooks.filter((hook) => !isOurs(hook));
  if (left.length === group.hooks.length) return [group];
  return left.length === 0 ? [] : [{ ...group, hooks: left }];
}

/** The settings without our hooks; everything else is as it was, also the order. */
export function removeHooks(settings: Json): Json {
  if (!isObject(settings.hooks)) return settings;
  const hooks: Json = {};
  for (const [event, groups] of Object.entries(settings.hooks)) {
    const left = Array.isArray(groups) ? groups.flatMap(withoutOurs) : groups;
    const isEmptied = Array.isArray(left) && Array.isArray(groups) && left.length === 0 && groups.length > 0;
    if (!isEmptied) hooks[event] = left;
  }
  const { hooks: _all, ...rest } = settings;
  const isEmptied = Object.keys(hooks).length === 0 && Object.keys(settings.hooks).length > 0;
  return isEmptied ? rest : { ...settings, hooks };
}

/** The settings with our hooks in them, once, whatever was there of them before. `command` is for a shell. */
export function addHooks(settings: Json, command: string): Json {
  const clean = removeHooks(settings);
  const hooks = isObject(clean.hooks) ? clean.hooks : {};
  const ours = { hooks: [{ type: 'command', command, timeout: timeoutSeconds }] };
  const added = Object.fromEntries(handEvents.map((event) => [event, [...((hooks[event] as unknown[]) ?? []), ours]]));
  return { ...clean, hooks: { ...hooks, ...added } };
}

/** The settings' text, indented as it was. */
export function renderClaudeSettings(settings: Json, before: string | null): string {
  const indent = /^\{\r?\n([ \t]+)"/.exec(before ?? '')?.[1] ?? '  ';
  return `${JSON.stringify(settings, null, indent)}\n`;
}
