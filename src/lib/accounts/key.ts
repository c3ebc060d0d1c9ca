/** The key that secrets are sealed with: of the environment, or of a file in the home that is made when first needed. */

import type { Disk } from '../adapters/disk.ts';
import type { Files } from '../adapters/files.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { keyBytes, newKey, type SealKey, sealKey } from './seal.ts';

const keyVariable = 'CCDISPATCH_KEY';

export interface KeyParts {
  files: Pick<Files, 'read' | 'create'>;
  disk: Pick<Disk, 'modeOf'>;
  paths: Pick<Paths, 'key'>;
  env: Record<string, string | undefined>;
}

/** 64 hexadecimal digits, or base64 of 32 bytes; null for anything else. */
function parseKey(text: string): SealKey | null {
  const clean = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(clean)) return sealKey(Buffer.from(clean, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(clean)) return null;
  const bytes = Buffer.from(clean, 'base64');
  return bytes.length === keyBytes ? sealKey(bytes) : null;
}

/** Where the key comes from, for people. */
export function keySource({ paths, env }: Pick<KeyParts, 'paths' | 'env'>): string {
  return env[keyVariable] ? keyVariable : paths.key;
}

/** The key; null where none was made yet. Throws `config` for one that is faulty, or that others may read. */
export function loadKey({ files, disk, paths, env }: KeyParts): SealKey | null {
  const given = env[keyVariable];
  if (given) {
    return (
      parseKey(given) ??
      fail('config', `${keyVariable} is no key.`, `It takes 64 hexadecimal digits. Make one with: openssl rand -hex 32`)
    );
  }
  const mode = disk.modeOf(paths.key);
  if (mode === null) return null;
  if ((mode & 0o077) !== 0) {
    fail(
      'config',
      `Others on this machine may read the key ${paths.key} (mode ${mode.toString(8)}).`,
      `Close it: chmod 600 ${paths.key}; and renew the accounts' secrets if somebody may have read it.`,
    );
  }
  return (
    parseKey(files.read(paths.key) ?? '') ??
    fail(
      'config',
      `The file ${paths.key} holds no key.`,
      'Put it back from a backup. Without it the secrets of the accounts have to be given anew.',
    )
  );
}

/** The key, made now where there is none. Who comes at the same time gets the same one. */
export async function makeKey(parts: KeyParts): Promise<SealKey> {
  const found = loadKey(parts);
  if (found) return found;
  await parts.files.create(parts.paths.key, `${newKey().bytes.toString('hex')}\n`);
  return loadKey(parts) ?? fail('failed', `The key ${parts.paths.key} could not be made.`, 'Try again.');
}
