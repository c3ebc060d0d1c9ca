/** The variables by which agents know on whose account they work: one list, with what each is for; pure. */

/**
 * `login`: logs an agent in by itself; `account`: says whose account it is, or by which service and how it is reached;
 * `folder`: where the agent's own login lies, among all else that it keeps.
 */
type Use = 'login' | 'account' | 'folder';

interface Names {
  /** Whose protocol speaks of it: profiles are services that speak Claude's. */
  protocol: 'claude' | 'other';
  use: Use;
  name: RegExp;
}

/**
 * The names are the agents' own: those of Claude Code's and Codex's documentation of their environment. The first that fits
 * says what a variable is for.
 */
const list: readonly Names[] = [
  { protocol: 'claude', use: 'login', name: /^ANTHROPIC_(API_KEY|AUTH_TOKEN)$/ },
  { protocol: 'claude', use: 'login', name: /^CLAUDE_CODE_OAUTH_TOKEN$/ },
  { protocol: 'claude', use: 'login', name: /^AWS_(ACCESS_KEY_ID|BEARER_TOKEN_BEDROCK)$/ },
  { protocol: 'claude', use: 'folder', name: /^CLAUDE_CONFIG_DIR$/ },
  { protocol: 'claude', use: 'account', name: /^ANTHROPIC_(BASE_URL|CUSTOM_HEADERS|UNIX_SOCKET|WORKSPACE_ID)$/ },
  { protocol: 'claude', use: 'account', name: /^ANTHROPIC_(BEDROCK|VERTEX|FOUNDRY|AWS)_\w+$/ },
  {
    protocol: 'claude',
    use: 'account',
    name: /^CLAUDE_CODE_(OAUTH|API_KEY|USE|SKIP|ACCOUNT|ORGANIZATION|USER_EMAIL|CLIENT)_?\w*$/,
  },
  { protocol: 'claude', use: 'account', name: /^(AWS|BEDROCK|VERTEX)_\w+$/ },
  {
    protocol: 'claude',
    use: 'account',
    name: /^(GOOGLE_APPLICATION_CREDENTIALS|GOOGLE_CLOUD_PROJECT|GCLOUD_PROJECT|CLOUD_ML_REGION)$/,
  },
  { protocol: 'claude', use: 'account', name: /^LLM_PROVIDER$/ },
  { protocol: 'other', use: 'login', name: /^(OPENAI_API_KEY|CODEX_(API_KEY|ACCESS_TOKEN))$/ },
  { protocol: 'other', use: 'folder', name: /^CODEX_HOME$/ },
  { protocol: 'other', use: 'account', name: /^(OPENAI|AZURE_OPENAI)_\w+$/ },
];

const find = (name: string) => list.find((one) => one.name.test(name)) ?? null;

/** Whether a variable says on whose account an agent works, or where it finds out. */
export function isCredentialName(name: string): boolean {
  return find(name) !== null;
}

/** Whether it logs in, by itself, an agent that speaks Claude's protocol: a profile that sets it has an account of its own. */
export function isLoginName(name: string): boolean {
  const found = find(name);
  return found?.protocol === 'claude' && found.use === 'login';
}

/**
 * Whether a profile with credentials of its own takes the variable's place. The agent's folder stays: conversations lie there,
 * and what a profile sets goes before a login in it.
 */
export function isReplacedByProfile(name: string): boolean {
  const found = find(name);
  return found?.protocol === 'claude' && found.use !== 'folder';
}
