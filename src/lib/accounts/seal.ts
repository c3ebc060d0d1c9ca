/** Secrets sealed with a key (AES-256-GCM), each bound to the place that it stands in, so that none can be moved to another. */

import { createCipheriv, createDecipheriv, createHash, randomBytes, scryptSync } from 'node:crypto';

/** A key, and the name by which it is told apart from others; the name gives nothing of it away. */
export interface SealKey {
  id: string;
  bytes: Buffer;
}

export const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
const shape = /^aes-256-gcm:([0-9a-f]{8}):([A-Za-z0-9_-]{16}):([A-Za-z0-9_-]{22}):([A-Za-z0-9_-]*)$/;

/** The key of these 32 bytes. */
export function sealKey(bytes: Buffer): SealKey {
  const id = createHash('sha256').update('ccdispatch key id\0').update(bytes).digest('hex').slice(0, 8);
  return { id, bytes };
}

export function newKey(): SealKey {
  return sealKey(randomBytes(keyBytes));
}

/** Whether a text is a sealed secret, whatever key it was sealed with. */
export function isSealed(text: string): boolean {
  return shape.test(text);
}

/** Which key a text was sealed with; null for what is not sealed. */
export function keyIdOf(sealed: string): string | null {
  return shape.exec(sealed)?.[1] ?? null;
}

/** The secret, sealed for one place only. The same secret looks different each time. */
export function seal(key: SealKey, secret: string, place: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(place));
  const data = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  const parts = [iv, cipher.getAuthTag(), data].map((part) => part.toString('base64url'));
  return ['aes-256-gcm', key.id, ...parts].join(':');
}

/** The secret; null where the key is another one, the place is another one, or a byte was changed. */
export function unseal(key: SealKey, sealed: string, place: string): string | null {
  const [, id, iv = '', tag = '', data = ''] = shape.exec(sealed) ?? [];
  if (id !== key.id) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(iv, 'base64url'), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(place));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    return Buffer.concat([decipher.update(Buffer.from(data, 'base64url')), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** The place of an account's secret. */
export function placeOf(account: string, field: string): string {
  return ['ccdispatch account', account, field].join('\0');
}

/** How a key was made of a passphrase. */
export interface Derivation {
  name: 'scrypt';
  /** Base64url. */
  salt: string;
  N: number;
  r: number;
  p: number;
}

/** 64 MiB and a tenth of a second for each guess (RFC 7914, section 2). */
export function newDerivation(): Derivation {
  return { name: 'scrypt', salt: randomBytes(16).toString('base64url'), N: 2 ** 16, r: 8, p: 1 };
}

const mostMemory = 256 * 1024 * 1024;

/** Whether the numbers are such as we write them: others would take all memory, or none of a guesser's time. */
export function isDerivation(value: unknown): value is Derivation {
  const { name, salt, N, r, p } = (value ?? {}) as Partial<Derivation>;
  const isPower =
    Number.isInteger(N) && Number(N) >= 2 ** 14 && Number(N) <= 2 ** 18 && Number.isInteger(Math.log2(Number(N)));
  return (
    name === 'scrypt' &&
    typeof salt === 'string' &&
    /^[A-Za-z0-9_-]{22,64}$/.test(salt) &&
    isPower &&
    r === 8 &&
    p === 1
  );
}

/** The key that a passphrase stands for; the same letters written in another way (Unicode) are the same. */
export function keyOfPassphrase(passphrase: string, { salt, N, r, p }: Derivation): SealKey {
  const bytes = scryptSync(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64url'), keyBytes, {
    N,
    r,
    p,
    maxmem: mostMemory + 1024 * 1024,
  });
  return sealKey(bytes);
}
