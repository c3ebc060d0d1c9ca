/** How a secret is shown to people: its kind, and so much of its end that one can be told from another. */

const shownChars = 4;
/** Of a shorter one its end would be too large a part. */
const shortest = 20;

/** `sk-…abcd`; at most the last four characters are its own. */
export function maskSecret(secret: string): string {
  const kind = secret.startsWith('sk-') ? 'sk-' : '';
  return `${kind}…${secret.length >= shortest ? secret.slice(-shownChars) : ''}`;
}
