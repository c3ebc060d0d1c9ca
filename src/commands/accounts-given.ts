/** What the flags of `accounts add` and `accounts edit` say about an account. */

import { resolve } from 'node:path';
import type { App } from '../app.ts';
import type { AccountChange } from '../lib/accounts/change.ts';
import { highestPriority } from '../lib/accounts/record.ts';
import { fail } from '../lib/errors/errors.ts';
import { readSecrets, refuseArgument } from './accounts-secrets.ts';
import { countFlag } from './flags.ts';

export interface AccountFlags {
  agent?: string;
  apiKey?: string;
  authToken?: string;
  baseUrl?: string;
  configDir?: string;
  login?: boolean;
  env?: string[];
  secretEnv?: string[];
  group?: string;
  model?: string;
  maxRuns?: string;
  priority?: string;
  timeZone?: string;
  clear?: string[];
  json?: boolean;
}

/** Words of `--clear`, and the fields that they name. */
const clearable: Record<string, keyof AccountChange> = {
  'base-url': 'base_url',
  'api-key': 'api_key',
  'auth-token': 'auth_token',
  'config-dir': 'config_dir',
  login: 'login',
  group: 'group',
  model: 'model',
  'max-runs': 'max_runs',
  'time-zone': 'time_zone',
};

/** Names of variables that hold secrets, as a rule. */
const secretName = /(TOKEN|_KEY|SECRET|PASSWORD|PASSPHRASE|CREDENTIALS?)$/i;

function splitVariable(flag: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  // What stands behind the sign may be a secret: it is not repeated.
  if (at < 1) fail('usage', `${flag} takes NAME=value.`, `Example: ${flag} CLAUDE_CODE_USE_BEDROCK=1`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function plainVariables(given: readonly string[] = []): Record<string, string> {
  const pairs = given.map((text) => splitVariable('--env', text));
  for (const [name, value] of pairs) {
    // The path of a file with credentials is none itself.
    if (!secretName.test(name) || value.startsWith('/')) continue;
    fail(
      'usage',
      `${name} holds a secret, by its name: every user of this machine can read arguments.`,
      `Pipe it: printf %s "$SECRET" | ccdispatch accounts … --secret-env ${name}=-`,
    );
  }
  return Object.fromEntries(pairs);
}

/** The change without its secrets. */
function plainChange(app: App, flags: AccountFlags): AccountChange {
  const change: AccountChange = {};
  const set = <K extends keyof AccountChange>(field: K, value: AccountChange[K] | undefined) => {
    if (value !== undefined) change[field] = value;
  };
  set('agent', flags.agent);
  set('base_url', flags.baseUrl);
  set('config_dir', flags.configDir === undefined ? undefined : resolve(app.cwd, flags.configDir));
  set('login', flags.login);
  set('group', flags.group);
  set('model', flags.model);
  set('time_zone', flags.timeZone);
  set('max_runs', flags.maxRuns === undefined ? undefined : countFlag('--max-runs', flags.maxRuns));
  set('priority', flags.priority === undefined ? undefined : countFlag('--priority', flags.priority, 0));
  if ((change.priority ?? 0) > highestPriority) {
    fail('usage', `--priority goes from 0 to ${highestPriority}.`, 'The highest goes first.');
  }
  if (flags.env) change.env = plainVariables(flags.env);
  if (change.config_dir && !app.files.stat(change.config_dir)?.isFolder) {
    fail('usage', `There is no folder ${change.config_dir}.`, 'Name the folder that the agent keeps its login in.');
  }
  return change;
}

/** What `--clear` takes away: fields by their flags, variables by their names. */
function clearFields(change: AccountChange, words: readonly string[] = []): void {
  for (const word of words) {
    const field = Object.hasOwn(clearable, word) ? clearable[word] : undefined;
    if (field) Object.assign(change, { [field]: null });
    else if (/^[A-Z_][A-Z0-9_]*$/i.test(word)) {
      change.env = { ...change.env, [word]: null };
      change.secret_env = { ...change.secret_env, [word]: null };
    } else {
      fail(
        'usage',
        `There is nothing called "${word}" to clear.`,
        `These are: ${Object.keys(clearable).join(', ')}, and names of variables.`,
      );
    }
  }
}

/** The change that the flags name, secrets included. Throws `usage` for a secret among the arguments. */
export async function givenChange(app: App, flags: AccountFlags): Promise<AccountChange> {
  refuseArgument('--api-key', flags.apiKey);
  refuseArgument('--auth-token', flags.authToken);
  const variables = (flags.secretEnv ?? []).map((text) => {
    const [name, value] = splitVariable('--secret-env', text);
    refuseArgument(`--secret-env ${name}=`, value);
    return name;
  });
  const change = plainChange(app, flags);
  clearFields(change, flags.clear);
  const wanted = [
    ...(flags.apiKey === undefined ? [] : [{ what: 'the API key', field: 'api_key' as const, variable: '' }]),
    ...(flags.authToken === undefined ? [] : [{ what: 'the auth token', field: 'auth_token' as const, variable: '' }]),
    ...variables.map((variable) => ({ what: variable, field: 'secret_env' as const, variable })),
  ];
  const secrets = await readSecrets(
    app,
    wanted.map(({ what }) => what),
  );
  for (const [index, { field, variable }] of wanted.entries()) {
    const secret = secrets[index] as string;
    if (field === 'secret_env') change.secret_env = { ...change.secret_env, [variable]: secret };
    else change[field] = secret;
  }
  return change;
}
