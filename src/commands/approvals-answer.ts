/** `ccdispatch approvals answer`: answers what wants more than yes or no, in words. */

import type { App } from '../app.ts';
import { fail } from '../lib/errors/errors.ts';
import { answerAtShell } from './approvals-at-shell.ts';

export async function run(app: App, flags: { json?: boolean }, id: string, ...given: string[]): Promise<void> {
  const words = given.join(' ').trim();
  if (words === '') fail('usage', 'The answer is empty.', `Say it: ccdispatch approvals answer ${id} "…"`);
  await answerAtShell(app, id, { action: 'answer', words }, flags);
}
