/** The variables that make an agent work on an account, and those of other accounts that it must not see; pure. */

import { maskVariable } from '../errors/redact.ts';
import { isCredentialName } from './credential-names.ts';
import type { Account } from './record.ts';

/** An account's secrets, opened. */
export interface Secrets {
  api_key: string | null;
  auth_token: string | null;
  secret_env: Record<string, string>;
}

/** Agents whose variables we know. */
interface AgentVariables {
  baseUrl: string;
  apiKey: string;
  authToken: string | null;
  configFolder: string;
}

const variables: Record<string, AgentVariables> = {
  claude: {
    baseUrl: 'ANTHROPIC_BASE_URL',
    apiKey: 'ANTHROPIC_API_KEY',
    authToken: 'ANTHROPIC_AUTH_TOKEN',
    configFolder: 'CLAUDE_CONFIG_DIR',
  },
  codex: { baseUrl: 'OPENAI_BASE_URL', apiKey: 'OPENAI_API_KEY', authToken: null, configFolder: 'CODEX_HOME' },
};

/** How the agent is told of a folder, key and address; null for an agent of a person's own, which has variables of its own alone. */
export function variablesOfAgent(agent: string): AgentVariables | null {
  return Object.hasOwn(variables, agent) ? (variables[agent] as AgentVariables) : null;
}

/** Agents that can be given a key without naming variables. */
export const agentsWithKeys: readonly string[] = Object.keys(variables);

export interface AccountEnvironment {
  /** Variables to set. */
  set: Record<string, string>;
  /** Whether a variable of any other origin is to be dropped: what it says must come from the account alone. */
  drops(name: string): boolean;
}

/** The environment of an account; `configFolder` is the agent's own folder under it, null where the account has none. */
export function accountEnvironment(
  { agent, credentials }: Pick<Account, 'agent' | 'credentials'>,
  secrets: Secrets,
  configFolder: string | null,
): AccountEnvironment {
  const names = variablesOfAgent(agent);
  const set: Record<string, string> = {};
  const give = (name: string | null | undefined, value: string | null) => {
    if (name && value !== null) set[name] = value;
  };
  give(names?.configFolder, configFolder);
  give(names?.baseUrl, credentials.base_url);
  give(names?.apiKey, secrets.api_key);
  give(names?.authToken, secrets.auth_token);
  Object.assign(set, credentials.env, secrets.secret_env);
  // What masks the agent's questions sees only its environment.
  const hidden = Object.keys(secrets.secret_env);
  if (hidden.length > 0) set[maskVariable] = hidden.join(',');
  return { set, drops: isCredentialName };
}

/** All secrets among an account's values, for masks. */
export function secretValues({ api_key, auth_token, secret_env }: Secrets): string[] {
  return [api_key ?? '', auth_token ?? '', ...Object.values(secret_env)].filter(Boolean);
}

/** Whether the environment names its own key and says that it counts: then no account of the pool is asked for. */
export function bypassesPool(env: Record<string, string | undefined>): boolean {
  return env.LLM_PROVIDER?.trim().toLowerCase() === 'anthropic' && Boolean(env.ANTHROPIC_API_KEY);
}
