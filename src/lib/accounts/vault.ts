/** The key at work: opens what accounts keep sealed, and says which key is missing or wrong. */

import { fail } from '../errors/errors.ts';
import type { Secrets } from './environment.ts';
import { type KeyParts, keySource, loadKey, makeKey } from './key.ts';
import { type Account, type AccountRecord, sealedFields } from './record.ts';
import { keyIdOf, placeOf, type SealKey, seal, unseal } from './seal.ts';

/** The key to open with; throws `config`, naming the key that is missing or wrong. */
function keyFor(parts: KeyParts, name: string, wanted: string): SealKey {
  const source = keySource(parts);
  const key = loadKey(parts);
  const elsewhere = `Put the key with the id ${wanted} there, or give the account its secrets anew: ccdispatch accounts edit ${name} --api-key -`;
  if (!key)
    return fail('config', `The key ${source} is missing, which the secrets of ${name} are sealed with.`, elsewhere);
  if (key.id === wanted) return key;
  return fail(
    'config',
    `The key of ${source} (id ${key.id}) is not the one that sealed the secrets of ${name}.`,
    elsewhere,
  );
}

function openField(parts: KeyParts, name: string, field: string, sealed: string): string {
  const key = keyFor(parts, name, keyIdOf(sealed) ?? '');
  return (
    unseal(key, sealed, placeOf(name, field)) ??
    fail(
      'config',
      `The ${field} of the account ${name} was changed, or moved there from another account.`,
      `Give it anew: ccdispatch accounts edit ${name}`,
    )
  );
}

/** The account's secrets; throws `config` where they cannot be opened. An account without any needs no key. */
export function openSecrets(parts: KeyParts, { name, credentials }: Account): Secrets {
  const open = (field: string, sealed: string | null) =>
    sealed === null ? null : openField(parts, name, field, sealed);
  const variables = Object.entries(credentials.secret_env).map(([variable, sealed]) => [
    variable,
    openField(parts, name, `secret_env.${variable}`, sealed),
  ]);
  return {
    api_key: open('api_key', credentials.api_key),
    auth_token: open('auth_token', credentials.auth_token),
    secret_env: Object.fromEntries(variables),
  };
}

/**
 * The key for new secrets, made now where there is none. Throws `config` where `others` hold secrets of a key that is not
 * there: a second one beside it would only hide that.
 */
export async function keyForSealing(parts: KeyParts, others: Record<string, AccountRecord>): Promise<SealKey> {
  const found = loadKey(parts);
  for (const [name, entry] of Object.entries(others)) {
    const foreign = [...sealedFields(entry).values()].map(keyIdOf).find((id) => id !== found?.id);
    if (foreign) keyFor(parts, name, foreign);
  }
  return found ?? (await makeKey(parts));
}

/** Keeps texts that are on their way to an account, such as a person's messages: each sealed for a place of its own. */
export interface Safe {
  /**
   * Makes the key where there is none. Throws `config` where it is faulty, or accounts hold secrets of another one, so that
   * nobody is asked for a secret that could not be kept.
   */
  makeReady(): Promise<void>;
  /** Throws `config` without a key that can be used. */
  seal(place: string, text: string): string;
  /** The text again; throws `config` where the key or the place is another one. */
  open(place: string, sealed: string): string;
}

const onItsWay = (place: string) => ['ccdispatch on its way', place].join('\0');

/** `entries` gives the accounts that there are; what it throws, making ready throws. */
export function createSafe(parts: KeyParts, entries: () => Record<string, AccountRecord>): Safe {
  const restore = 'Put it back from a backup, or send the secret anew.';
  const key = () => loadKey(parts) ?? fail('config', `The key ${keySource(parts)} is missing.`, restore);
  return {
    makeReady: async () => void (await keyForSealing(parts, entries())),
    seal: (place, text) => seal(key(), text, onItsWay(place)),
    open: (place, sealed) =>
      unseal(key(), sealed, onItsWay(place)) ??
      fail('config', `The key ${keySource(parts)} is not the one that a secret on its way was sealed with.`, restore),
  };
}
