/** The agent's own folder under an account: its login and settings are the account's, its conversations are everybody's. */

import { join } from 'node:path';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import type { Account } from './record.ts';

export interface FolderParts {
  files: Pick<Files, 'makeFolder' | 'pointTo' | 'stat' | 'realPath'>;
  paths: Pick<Paths, 'accountFolders'>;
  env: Record<string, string | undefined>;
}

/** What a person taught the agent; it works the same under each account. Settings stay out: they may hold credentials. */
const taught = ['CLAUDE.md', 'rules', 'agents', 'commands', 'skills'];

/** The folder of an account's own things. */
export function accountFolder(paths: FolderParts['paths'], name: string): string {
  return join(paths.accountFolders, name);
}

/** The folder that the agent uses under this account; null where it is the person's own. */
export function configFolderOf(paths: FolderParts['paths'], { name, agent, credentials }: Account): string | null {
  if (credentials.config_dir) return credentials.config_dir;
  // Even with a key alone Claude Code has a folder of the account: the person's settings could name another key, which would win.
  if (agent === 'claude' || credentials.login) return join(accountFolder(paths, name), agent);
  return null;
}

/** The person's own folder of Claude Code. One that lies among the accounts comes from an agent that runs us. */
export function personFolder({ env, paths }: Pick<FolderParts, 'env' | 'paths'>): string {
  const named = env.CLAUDE_CONFIG_DIR;
  const isOurs = named?.startsWith(`${paths.accountFolders}/`) === true;
  return named && !isOurs ? named : join(env.HOME || '/', '.claude');
}

/**
 * Makes the folder where it is one of ours, and gives its path. Its conversations are kept where those without an account
 * are, so that one can go on under another account.
 */
export function makeConfigFolder(parts: FolderParts, account: Account): string | null {
  const { files, paths } = parts;
  const folder = configFolderOf(paths, account);
  if (folder === null || account.credentials.config_dir) return folder;
  files.makeFolder(folder);
  if (account.agent !== 'claude') return folder;
  const person = personFolder(parts);
  files.makeFolder(join(person, 'projects'));
  files.pointTo(join(person, 'projects'), join(folder, 'projects'));
  for (const name of taught) {
    if (files.stat(join(person, name)) && !files.stat(join(folder, name))) {
      files.pointTo(join(person, name), join(folder, name));
    }
  }
  return folder;
}
