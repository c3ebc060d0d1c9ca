/** `ccdispatch accounts import`: puts the accounts of an export in place, all or none. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import { isSealedExport, parseExport } from '../lib/accounts/exchange.ts';
import { fail } from '../lib/errors/errors.ts';
import { readPassphrase } from './accounts-secrets.ts';
import { printJson } from './output.ts';

export interface AccountsImportFlags {
  replace?: boolean;
  json?: boolean;
}

const mostBytes = 16 * 1024 * 1024;

export async function run(app: App, flags: AccountsImportFlags, file: string): Promise<void> {
  const path = resolve(app.cwd, file);
  const found = app.files.stat(path);
  if (!found?.isFile) fail('not-found', `There is no file ${path}.`, 'Name an export of accounts.');
  if (found.size > mostBytes) fail('usage', `${path} is too large for an export.`, 'Name an export of accounts.');
  const text = app.files.read(path) ?? '';
  const passphrase = isSealedExport(text) ? await readPassphrase(app) : null;
  const { accounts: imported, incomplete } = parseExport(text, passphrase);
  await (await app.openAccounts()).putAll(imported, flags.replace === true);
  const names = [...imported.keys()];
  if (flags.json) return printJson(app, { imported: names, incomplete });
  app.terminal.say(`Imported: ${names.join(', ') || 'none'}.\n`);
  if (incomplete.length > 0) {
    const first = incomplete[0];
    app.terminal.say(
      `Without credentials, and switched off: ${incomplete.join(', ')}. Give them: ccdispatch accounts edit ${first} --api-key -, or --login; then ccdispatch accounts enable ${first}\n`,
    );
  }
}
