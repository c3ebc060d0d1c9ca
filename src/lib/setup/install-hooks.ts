/** Puts our hooks into a Claude settings file, or takes them out, with a copy of the file as it was beside it. */

import type { Clock } from '../adapters/clock.ts';
import type { Files } from '../adapters/files.ts';
import type { Trees } from '../adapters/trees.ts';
import { fail } from '../errors/errors.ts';
import { saveBackup } from './backup.ts';
import { addHooks, parseClaudeSettings, removeHooks, renderClaudeSettings } from './claude-hooks.ts';

export interface InstallParts {
  files: Files;
  trees: Pick<Trees, 'realPath'>;
  clock: Clock;
}

export interface HookChange {
  /** The file itself, where a link to it was named. */
  path: string;
  changed: boolean;
  /** The text as it is, or is to be. */
  text: string;
  /** The copy of the file as it was; null where there was none or nothing changed. */
  backup: string | null;
}

/** What the file would hold; `command` null takes our hooks out. Changes nothing. */
export function planHooks(
  { files, trees }: InstallParts,
  file: string,
  command: string | null,
): HookChange & { before: string | null } {
  // Written through a link: people keep their settings under version control elsewhere.
  const path = trees.realPath(file);
  if (files.stat(path)?.isFolder)
    fail('usage', `${path} is a folder.`, 'Name the settings file, such as ~/.claude/settings.json');
  const before = files.read(path);
  const settings = parseClaudeSettings(before, path);
  const after = command === null ? removeHooks(settings) : addHooks(settings, command);
  // Compared as values, so that a file which only looks different is left alone.
  const changed = JSON.stringify(after) !== JSON.stringify(settings);
  return { path, changed, text: changed ? renderClaudeSettings(after, before) : (before ?? ''), backup: null, before };
}

/** Carries the change out. Throws `busy` where the file was changed by somebody else meanwhile. */
export async function changeHooks(parts: InstallParts, file: string, command: string | null): Promise<HookChange> {
  const { before, ...plan } = planHooks(parts, file, command);
  if (!plan.changed) return plan;
  const backup = before === null ? null : await saveBackup(parts, plan.path, before);
  if (parts.files.read(plan.path) !== before) {
    fail('busy', `${plan.path} was changed by another program just now.`, 'Run the same command again.');
  }
  await parts.files.replace(plan.path, plan.text);
  return { ...plan, backup };
}
