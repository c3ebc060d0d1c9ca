/** The environment an agent gets: an allow-list of ours, what the person names, and nothing of an outer agent or of the bot. */

import { isCredentialName, isLoginName, isReplacedByProfile } from '../accounts/credential-names.ts';
import type { AccountEnvironment } from '../accounts/environment.ts';
import type { Profile, Settings } from '../config/schema.ts';

type Environment = Record<string, string | undefined>;

const allowedNames = new Set([
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'SHELL',
    'LANG',
    'TZ',
    'TERM',
    'TMPDIR',
    'SSH_AUTH_SOCK',
    'IS_SANDBOX',
    'XDG_CONFIG_HOME',
  ],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CLAUDE_CONFIG_DIR'],
  // Services that the agent can reach its models through.
  ...[
    'AWS_REGION',
    'AWS_PROFILE',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_BEARER_TOKEN_BEDROCK',
  ],
  ...['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUD_ML_REGION', 'GOOGLE_CLOUD_PROJECT'],
]);
const allowedPrefixes = ['LC_', 'ANTHROPIC_', 'CLAUDE_CODE_', 'BEDROCK_', 'VERTEX_REGION_', 'DISABLE_'];

/** Marks of an agent session around us: with them the new agent would take itself for a part of that one. */
const outerSession =
  /^(CLAUDECODE|CLAUDE_PROJECT_DIR|CLAUDE_ENV_FILE|CLAUDE_CODE_(SESSION|ENTRYPOINT|SSE_PORT|CHILD|PARENT|REMOTE|AGENT_|TEAM|TASK|EXECPATH|TMPDIR|MESSAG).*|CCDISPATCH_(TASK|SESSION)_.*)$/;

/** What names a task or a session of ours. */
const ownMark = /^CCDISPATCH_(TASK|SESSION)_/;

/** Settings of the agents' own: nobody else has a use for them. */
const agentNames = /^(ANTHROPIC_|CLAUDE_|CODEX_|BEDROCK_|VERTEX_|GOOGLE_)/;

/** `NAME=value` lines of the home's `env` file; other lines are passed over, quotes around a value are taken off. */
export function parseEnvFile(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match) found[match[1] as string] = (match[2] as string).replace(/^(["'])(.*)\1$/, '$2');
  }
  return found;
}

function profileEnvironment(profile: Profile): Record<string, string> {
  return {
    ...(profile.baseUrl ? { ANTHROPIC_BASE_URL: profile.baseUrl } : {}),
    ...(profile.apiKey ? { ANTHROPIC_API_KEY: profile.apiKey } : {}),
    ...(profile.authToken ? { ANTHROPIC_AUTH_TOKEN: profile.authToken } : {}),
    ...profile.env,
  };
}

/** Whether a profile says itself on whose account the agent works. */
export function hasOwnAccount(profile: Profile): boolean {
  const { baseUrl, apiKey, authToken, env } = profile;
  return Boolean(baseUrl || apiKey || authToken) || Object.keys(env).some(isLoginName);
}

/** What passes from the worker's environment, before profile and task are added. */
function inherited(env: Environment, passEnv: readonly string[]): Record<string, string> {
  const isAllowed = (name: string) =>
    allowedNames.has(name) || passEnv.includes(name) || allowedPrefixes.some((prefix) => name.startsWith(prefix));
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && isAllowed(name) && !outerSession.test(name)) found[name] = value;
  }
  return found;
}

/** With an account nothing else says on whose account the agent works. */
function withAccount(env: Record<string, string>, { set, drops }: AccountEnvironment): Record<string, string> {
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !drops(name))), ...set };
}

export interface EnvironmentRequest {
  /** The worker's own environment. */
  env: Environment;
  settings: Settings;
  /** The text of the home's `env` file, or null. */
  envFile: string | null;
  profile: Profile | null;
  /** The account of the pool that the run works with; null for none. */
  account: AccountEnvironment | null;
  /** Variables of the custom agent. */
  agentEnv: Record<string, string>;
  home: string;
  /** Variables that name the task or the session, and its folder: by them all that the agent starts is found. */
  marks: Record<string, string>;
  agentTeams: boolean;
  /** Run without permission prompts as root: the agent asks for this mark. */
  isSandbox: boolean;
}

/** What an agent's program sees when it is started beside any task: to log in, or to be tried. */
export function bareEnvironment(
  request: Pick<EnvironmentRequest, 'env' | 'settings' | 'envFile' | 'account'>,
): Record<string, string> {
  const base = { ...inherited(request.env, request.settings.agents.passEnv), ...parseEnvFile(request.envFile ?? '') };
  const result = request.account ? withAccount(base, request.account) : base;
  delete result.TELEGRAM_BOT_TOKEN;
  return result;
}

/** What programs of the person's own see that are run for a task, such as a set-up command: nothing that logs an agent in. */
export function setupEnvironment(
  request: Pick<EnvironmentRequest, 'env' | 'settings' | 'envFile'> & { taskId: string; repo: string },
): Record<string, string> {
  const { env, settings, envFile, taskId, repo } = request;
  const known = inherited(env, settings.agents.passEnv);
  const kept = Object.entries(known).filter(([name]) => !isCredentialName(name) && !agentNames.test(name));
  const given = Object.entries(parseEnvFile(envFile ?? '')).filter(([name]) => !isCredentialName(name));
  // By the task's id it is found and ended with the task.
  const own = { CCDISPATCH_TASK_ID: taskId, CCDISPATCH_REPO: repo };
  const result: Record<string, string> = { ...Object.fromEntries([...kept, ...given]), ...own };
  delete result.TELEGRAM_BOT_TOKEN;
  return result;
}

/** Everything the agent's process sees. The bot's token never does. */
export function agentEnvironment(request: EnvironmentRequest): Record<string, string> {
  const base = { ...inherited(request.env, request.settings.agents.passEnv), ...parseEnvFile(request.envFile ?? '') };
  const { profile, account } = request;
  if (profile && hasOwnAccount(profile)) {
    for (const name of Object.keys(base)) if (isReplacedByProfile(name)) delete base[name];
  }
  const own = { ...base, ...request.agentEnv, ...(profile ? profileEnvironment(profile) : {}) };
  const result: Record<string, string> = {
    ...(account ? withAccount(own, account) : own),
    ...(request.agentTeams ? { CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1' } : {}),
    ...(request.isSandbox ? { IS_SANDBOX: '1' } : {}),
    CCDISPATCH_HOME: request.home,
  };
  delete result.TELEGRAM_BOT_TOKEN;
  // Whoever else is named there, in a file or a profile: what is found by it is ended with that one.
  for (const name of Object.keys(result)) if (ownMark.test(name)) delete result[name];
  return { ...result, ...request.marks };
}

/** The environment for a worker that is started from anywhere, an agent's shell included: without the marks of that agent. */
export function workerEnvironment(env: Environment): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && !outerSession.test(name)) found[name] = value;
  return found;
}
