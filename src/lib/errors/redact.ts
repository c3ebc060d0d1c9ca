/** Takes tokens and keys out of any text before a person, a log or a file sees it. */

export type Redact = (text: string) => string;

const patterns: [RegExp, string][] = [
  // No word border before it: in URLs of the Bot API it follows "bot".
  [/(?<!\d)(\d{5,12}):[A-Za-z0-9_-]{20,}/g, '$1:***'],
  [/\bsk-[A-Za-z0-9_-]{10,}/g, 'sk-***'],
  [/\b(Bearer\s+)[A-Za-z0-9._~+/=-]{8,}/gi, '$1***'],
  // Up to a quote at most: lines of JSON stay whole.
  [/(:\/\/[^\s/:@"'\\]+:)[^\s/@"'\\]+@/g, '$1***@'],
];

const secretName = /(TOKEN|API_?KEY|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|AUTH|^CCDISPATCH_KEY$)/i;

/** The variable that names, with commas between them, further variables whose values are secrets. */
export const maskVariable = 'CCDISPATCH_MASK';

/**
 * Values in the environment that are secrets by the name of their variable, or because {@link maskVariable} says so; short
 * ones are left out, they would blank words.
 */
export function secretsOf(env: Record<string, string | undefined>): string[] {
  const named = new Set(env[maskVariable]?.split(','));
  return Object.entries(env)
    .filter(
      ([name, value]) =>
        (secretName.test(name) || named.has(name)) && name !== 'SSH_AUTH_SOCK' && (value?.length ?? 0) >= 8,
    )
    .map(([, value]) => value as string);
}

/** Builds the function that masks the given secrets literally, also as they stand within JSON, and nothing else. */
export function createMask(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret.length >= 6)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  const literal = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of literal) clean = clean.replaceAll(secret, '***');
    return clean;
  };
}

/** Builds the function that masks the given secrets, and known shapes: bot tokens, `sk-…` keys, bearer tokens, passwords in URLs. */
export function createRedactor(secrets: readonly string[] = []): Redact {
  const mask = createMask(secrets);
  return (text) => {
    let clean = mask(text);
    for (const [pattern, cover] of patterns) clean = clean.replace(pattern, cover);
    return clean;
  };
}
