/** The accounts of an installation: what there is, how it is changed, which one a run works with, and what that means for the agent. */

import type { Clock } from '../adapters/clock.ts';
import type { Disk } from '../adapters/disk.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import { createKeptFile, type FileFault, type KeptFile, refuseFault, renderFileFault } from '../config/kept-file.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { isoNow } from '../format/instant.ts';
import { type AccountChange, applyChange, bringsSecret, checkEntry, checkName } from './change.ts';
import { type Choice, chooseAccount, type Wish } from './choose.ts';
import { configFolderOf, makeConfigFolder, personFolder } from './config-folder.ts';
import { type AccountEnvironment, accountEnvironment, type Secrets, secretValues } from './environment.ts';
import { createLedger, type EndedTask, type Ledger, runsToSettle } from './ledger.ts';
import { type AccountState, familyUnder, type Refusal } from './limits.ts';
import {
  type Account,
  type AccountRecord,
  type AccountsDocument,
  accountOf,
  emptyAccounts,
  parseAccounts,
  renderAccounts,
  sealedFields,
} from './record.ts';
import type { SealKey } from './seal.ts';
import { createSafe, keyForSealing, openSecrets, type Safe } from './vault.ts';

export interface Accounts {
  /** By name. */
  list(): Account[];
  find(name: string): Account | null;
  /** Throws `not-found`. */
  get(name: string): Account;
  /** What is wrong with `accounts.json`; null where nothing is. */
  fault(): FileFault | null;
  /** Whether runs of this agent are given an account; also where it cannot be told, because the file has no good copy. */
  isFor(agent: string): boolean;
  /** Makes an account; throws `usage` where one of that name is there. */
  add(name: string, change: AccountChange): Promise<Account>;
  /** Changes an account; throws `not-found`. */
  edit(name: string, change: AccountChange): Promise<Account>;
  /** Puts several accounts in place at once, all or none; `isReplacing`: those of the same names go. Throws `usage`. */
  putAll(accounts: ReadonlyMap<string, AccountChange>, isReplacing: boolean): Promise<void>;
  /** Removes it with its counters and its agent's folder; throws `not-found`. */
  remove(name: string): Promise<void>;
  state(name: string): AccountState;
  /** Refusals of its credentials are forgotten: somebody has seen to them. */
  forgive(name: string): Promise<AccountState>;
  /** Its limits and refusals are forgotten. */
  reset(name: string): Promise<AccountState>;
  /** Throws `config` where they cannot be opened. */
  secretsOf(account: Account): Secrets;
  /** The secrets of all accounts that can be opened, for masks. */
  allSecrets(): string[];
  /** For a run; makes the agent's folder where it is one of ours. Throws `config` where its secrets cannot be opened. */
  environmentOf(account: Account): AccountEnvironment;
  /** The folder that the agent uses under the account; null where that is the person's own. */
  configFolderOf(account: Account): string | null;
  /** The agent's own folders under all its accounts, and the person's: where conversations may have been. */
  folders(agent: string): string[];
  /** Which account a run is to work with. */
  choose(wish: Omit<Wish, 'now'>): Choice;
  noteUse(name: string): Promise<void>;
  /** A refusal that a run met; nothing happens for an account that is gone. */
  noteRefusal(name: string, refusal: Omit<Refusal, 'now'>): Promise<void>;
  /** See {@link Ledger.noteAnswer}; `modelFamily`: that its task names, null for none. Nothing happens for an account that is gone. */
  noteAnswer(name: string, modelFamily: string | null): Promise<void>;
  /** Counts the task's latest run where it is over, and those that were lost or handed over to it: see {@link runsToSettle}. */
  settle(task: EndedTask): Promise<void>;
  today: Ledger['today'];
  total: Ledger['total'];
  /** For secrets on their way to an account. */
  safe: Safe;
  /** Resolves when nothing is being written in the background. */
  settled(): Promise<void>;
}

export interface AccountsParts {
  files: Files;
  locks: Locks;
  disk: Pick<Disk, 'modeOf'>;
  clock: Pick<Clock, 'now'>;
  paths: Pick<Paths, 'accounts' | 'accountsGood' | 'accountsLock' | 'accountFolders' | 'key'>;
  env: Record<string, string | undefined>;
}

const words = { withoutCopy: 'so no run is started with an account', look: 'ccdispatch accounts list' };

/** The file's name, its line and its fault, for people. */
export function renderAccountsFault(fault: FileFault): string {
  return renderFileFault(fault, words.withoutCopy);
}

const noAccount = (name: string): never =>
  fail('not-found', `There is no account "${name}".`, 'See them with: ccdispatch accounts list');

function openFile(parts: AccountsParts) {
  const { accounts, accountsGood, accountsLock } = parts.paths;
  return createKeptFile<AccountsDocument>(parts, {
    ...words,
    path: accounts,
    goodPath: accountsGood,
    lockPath: accountsLock,
    empty: emptyAccounts,
    parse: parseAccounts,
    render: renderAccounts,
  });
}

/** An entry by its name; a name of the language's own, such as `constructor`, is none. */
const entryOf = ({ accounts }: AccountsDocument, name: string): AccountRecord | null =>
  Object.hasOwn(accounts, name) ? (accounts[name] as AccountRecord) : null;

/** Whether a change gives all the secrets of an entry anew, so that what they were sealed with is of no use any more. */
function replacesAll(entry: AccountRecord, change: AccountChange): boolean {
  return [...sealedFields(entry).keys()].every((field) => {
    const given = field.startsWith('secret_env.')
      ? change.secret_env?.[field.slice('secret_env.'.length)]
      : change[field as 'api_key' | 'auth_token'];
    return given !== undefined;
  });
}

type Changes = ReadonlyMap<string, AccountChange>;
/** `add`: none of them is there. `edit`: all are. `put`: those that are there go. */
type Mode = 'add' | 'edit' | 'put';

/** The entry after its change; throws `usage` or `not-found`. */
function nextEntry(document: AccountsDocument, name: string, mode: Mode, change: AccountChange, key: SealKey | null) {
  const entry = entryOf(document, name);
  if (mode === 'add' && entry) {
    fail('usage', `There is an account "${name}" already.`, `Change it with: ccdispatch accounts edit ${name}`);
  }
  if (mode === 'edit' && !entry) noAccount(name);
  const next = applyChange(name, mode === 'put' ? null : entry, change, key);
  checkEntry(name, next);
  return next;
}

/** Changes several at once, all or none: what each becomes is known before anything is written. */
async function changeAll(
  parts: AccountsParts,
  file: KeptFile<AccountsDocument>,
  changes: Changes,
  mode: Mode,
): Promise<void> {
  const { document, fault } = file.read();
  if (fault) refuseFault(fault, words);
  // The key comes first: it is made in a file of its own, and never while another is missing.
  const kept = Object.entries(document.accounts).filter(([name, entry]) => {
    const change = changes.get(name);
    return change === undefined || (mode === 'edit' && !replacesAll(entry, change));
  });
  const isSecret = [...changes.values()].some(bringsSecret);
  const key = isSecret ? await keyForSealing(parts, Object.fromEntries(kept)) : null;
  const created_at = isoNow(parts.clock);
  await file.edit((current) => {
    const accounts = { ...current.accounts };
    for (const [name, change] of changes) {
      const next = nextEntry(current, name, mode, change, key);
      accounts[name] = mode === 'edit' ? next : { ...next, created_at };
    }
    return { result: undefined, document: { ...current, accounts } };
  });
}

/** Throws `usage` for names that no account can have, and for those that are taken. */
function checkNames(names: readonly string[], accounts: readonly Account[]): void {
  for (const name of names) checkName(name);
  const taken = names.filter((name) => accounts.some((account) => account.name === name));
  if (taken.length === 0) return;
  fail('usage', `There are accounts of these names already: ${taken.join(', ')}.`, 'Replace them with --replace.');
}

/** The account's secrets for masks; those that cannot be opened are no run's either. */
function openableSecrets(parts: AccountsParts, account: Account): string[] {
  try {
    return secretValues(openSecrets(parts, account));
  } catch {
    return [];
  }
}

/** What runs tell of their accounts; nothing happens for one that is gone. */
function createNotes(
  ledger: Ledger,
  find: Accounts['find'],
): Pick<Accounts, 'noteUse' | 'noteRefusal' | 'noteAnswer' | 'settle'> {
  return {
    noteUse: async (name) => {
      if (find(name)) await ledger.noteUse(name);
    },
    noteRefusal: async (name, refusal) => {
      const account = find(name);
      if (!account) return;
      const { modelFamily } = refusal;
      const family = modelFamily === null ? null : familyUnder(account.model, modelFamily);
      await ledger.noteRefusal(account, { ...refusal, modelFamily: family });
    },
    noteAnswer: async (name, modelFamily) => {
      const account = find(name);
      if (account) await ledger.noteAnswer(name, familyUnder(account.model, modelFamily));
    },
    settle: async (task) => {
      for (const run of runsToSettle(task)) {
        const account = find(run.account);
        if (account) await ledger.settle(account, run);
      }
    },
  };
}

/** What there is; throws `config` where that is not known for certain. */
function entriesOf(file: KeptFile<AccountsDocument>): AccountsDocument['accounts'] {
  const { document, fault } = file.read();
  return fault ? refuseFault(fault, words) : document.accounts;
}

export function createAccounts(parts: AccountsParts): Accounts {
  const { paths, clock } = parts;
  const file = openFile(parts);
  const ledger = createLedger(parts);
  const list = () =>
    Object.entries(file.read().document.accounts)
      .map(([name, entry]) => accountOf(name, entry))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  const find = (name: string) => {
    const entry = entryOf(file.read().document, name);
    return entry && accountOf(name, entry);
  };
  const get = (name: string) => find(name) ?? noAccount(name);
  const isBlind = () => file.read().fault?.hasCopy === false;

  return {
    list,
    find,
    get,
    fault: () => file.read().fault,
    isFor: (agent) => isBlind() || list().some((account) => account.agent === agent),
    async add(name, change) {
      checkName(name);
      // What an account of that name left behind is none of this one's.
      if (!find(name)) await ledger.remove(name);
      await changeAll(parts, file, new Map([[name, change]]), 'add');
      return get(name);
    },
    async edit(name, change) {
      await changeAll(parts, file, new Map([[name, change]]), 'edit');
      return get(name);
    },
    async putAll(accounts, isReplacing) {
      checkNames([...accounts.keys()], isReplacing ? [] : list());
      await changeAll(parts, file, accounts, 'put');
    },
    async remove(name) {
      await file.edit((current) => {
        if (!entryOf(current, name)) noAccount(name);
        const { [name]: _, ...accounts } = current.accounts;
        return { result: undefined, document: { ...current, accounts } };
      });
      await ledger.remove(name);
    },
    state: ledger.state,
    forgive: async (name) => await ledger.forgive(get(name).name),
    reset: async (name) => await ledger.reset(get(name)),
    secretsOf: (account) => openSecrets(parts, account),
    allSecrets: () => list().flatMap((account) => openableSecrets(parts, account)),
    environmentOf(account) {
      const secrets = openSecrets(parts, account);
      return accountEnvironment(account, secrets, makeConfigFolder(parts, account));
    },
    configFolderOf: (account) => configFolderOf(paths, account),
    folders(agent) {
      const own = list().flatMap((account) => (account.agent === agent ? (configFolderOf(paths, account) ?? []) : []));
      return agent === 'claude' ? [personFolder(parts), ...own] : own;
    },
    choose(wish) {
      const accounts = list().map((account) => ({ ...account, state: ledger.state(account.name) }));
      return chooseAccount(accounts, { ...wish, now: clock.now() });
    },
    ...createNotes(ledger, find),
    today: ledger.today,
    total: ledger.total,
    safe: createSafe(parts, () => entriesOf(file)),
    settled: file.settled,
  };
}
