/** Checks the accounts: their file, the key to their secrets, and whether any can be used; what is wrong there makes runs wait. */

import type { Account } from '../accounts/record.ts';
import { type Accounts, renderAccountsFault } from '../accounts/store.ts';
import type { Files } from '../adapters/files.ts';
import { CcdispatchError } from '../errors/errors.ts';
import { error, type Finding, ok, warning } from './finding.ts';

export interface AccountCheck {
  files: Pick<Files, 'stat'>;
  accounts: Pick<Accounts, 'fault' | 'list' | 'secretsOf' | 'state'>;
}

/** Why secrets cannot be opened; one finding for each reason, which is mostly the same for all. */
function checkSecrets({ accounts }: AccountCheck, all: readonly Account[]): Finding[] {
  const found = new Map<string, Finding>();
  for (const account of all) {
    try {
      accounts.secretsOf(account);
    } catch (cause) {
      const hint = cause instanceof CcdispatchError ? cause.hint : 'Give its secrets anew: ccdispatch accounts edit';
      const what = cause instanceof Error ? cause.message : String(cause);
      if (!found.has(hint)) found.set(hint, error(what, hint));
    }
  }
  return [...found.values()];
}

function checkFolders({ files }: AccountCheck, all: readonly Account[]): Finding[] {
  return all.flatMap(({ name, credentials }) => {
    const folder = credentials.config_dir;
    if (folder === null || files.stat(folder)?.isFolder) return [];
    const hint = `Name another: ccdispatch accounts edit ${name} --config-dir <path>`;
    return [warning(`The folder of the account ${name} is not there: ${folder}`, hint)];
  });
}

/** For each agent that has accounts at least one has to be usable, or its tasks wait. */
function checkUsable({ accounts }: AccountCheck, all: readonly Account[]): Finding[] {
  const agents = [...new Set(all.map(({ agent }) => agent))];
  return agents.flatMap((agent) => {
    const own = all.filter((account) => account.agent === agent);
    const usable = own.filter(({ name, active }) => active && accounts.state(name).refused_at === null);
    if (usable.length > 0) return [];
    const hint = `See them with: ccdispatch accounts; then: ccdispatch accounts enable ${own[0]?.name}`;
    return [warning(`No account for ${agent} is switched on and accepted: its tasks wait.`, hint)];
  });
}

/** Nothing to say where there are no accounts: they are not needed. */
export function checkAccounts(check: AccountCheck): Finding[] {
  const fault = check.accounts.fault();
  if (fault) return [error(renderAccountsFault(fault), `Mend it in: $EDITOR ${fault.path}`)];
  const all = check.accounts.list();
  if (all.length === 0) return [];
  const wrong = [...checkSecrets(check, all), ...checkFolders(check, all), ...checkUsable(check, all)];
  return wrong.length > 0 ? wrong : [ok(`Accounts: ${all.map(({ name }) => name).join(', ')}`)];
}
