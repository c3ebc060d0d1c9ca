/** Where commands get secrets from: standard input, a line for each, or a person at the terminal; never an argument. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';

const maxInputBytes = 256 * 1024;

type Asker = Pick<App, 'terminal' | 'secretPrompt'>;

/** Refuses a secret among the arguments, without repeating it. */
export function refuseArgument(flag: string, value: string | undefined): void {
  if (value === undefined || value === '-') return;
  fail(
    'usage',
    `${flag} takes a dash, not the secret itself: every user of this machine can read arguments, and your shell keeps them.`,
    `Pipe it: printf %s "$SECRET" | ccdispatch accounts … ${flag} -; or leave the pipe out, and type it when asked. Renew a secret that was typed as an argument.`,
  );
}

async function askPerson(app: Asker, what: string): Promise<string> {
  const typed = await app.secretPrompt.ask(`${what} (not shown): `);
  return typed ?? fail('interrupted', 'Given up; nothing was changed.', 'Run it again.');
}

/** One secret for each thing named, in that order. */
export async function readSecrets(app: Asker, wanted: readonly string[]): Promise<string[]> {
  if (wanted.length === 0) return [];
  if (app.secretPrompt.isPossible) {
    const typed: string[] = [];
    for (const what of wanted) typed.push((await askPerson(app, what)).trim());
    return typed;
  }
  const input = await app.terminal.readInput(maxInputBytes);
  const lines = input
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => line.trim());
  if (lines.length === wanted.length && lines.every((line) => line !== '')) return lines;
  return fail(
    'usage',
    lines.join('') === ''
      ? `Standard input is empty, but should hold: ${wanted.join(', ')}.`
      : `Standard input has ${lines.length} lines, but should have ${wanted.length}: ${wanted.join(', ')}.`,
    'Pipe each secret on a line of its own, in this order.',
  );
}

/** A new passphrase, said twice so that a slip of the finger does not lock it away for good. */
export async function readNewPassphrase(app: Asker & Pick<App, 'env'>): Promise<string> {
  const { CCDISPATCH_PASSPHRASE: given } = app.env;
  if (given) return given;
  const [first, second] = await readSecrets(app, ['The passphrase', 'The passphrase once more']);
  if (first === second) return first as string;
  return fail('usage', 'The two passphrases differ.', 'Nothing was written. Try again.');
}

/** The passphrase of a file that is there. */
export async function readPassphrase(app: Asker & Pick<App, 'env'>): Promise<string> {
  const { CCDISPATCH_PASSPHRASE: given } = app.env;
  return given || ((await readSecrets(app, ['The passphrase']))[0] as string);
}
