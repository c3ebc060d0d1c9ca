// What an agent sees of our environment: what it needs, what the person names, and nothing of the bot or of another agent.

import { describe, expect, it } from 'vitest';
import { accountEnvironment, bypassesPool, secretValues } from '../../../src/lib/accounts/environment.ts';
import {
  agentEnvironment,
  type EnvironmentRequest,
  parseEnvFile,
  setupEnvironment,
  workerEnvironment,
} from '../../../src/lib/agents/environment.ts';
import { configSchema, type Profile } from '../../../src/lib/config/schema.ts';

const token = '12345:AAHfiqksKZ8WmR2zMnQgA-xyz';

const marks = { CCDISPATCH_TASK_ID: 'task-1-1', CCDISPATCH_TASK_DIR: '/h/tasks/1/task-1-1' };

function environment(env: Record<string, string | undefined>, fields: Partial<EnvironmentRequest> = {}) {
  return agentEnvironment({
    env,
    settings: configSchema.parse({}),
    envFile: null,
    profile: null,
    account: null,
    agentEnv: {},
    home: '/h',
    marks,
    agentTeams: false,
    isSandbox: false,
    ...fields,
  });
}
const own = { CCDISPATCH_HOME: '/h', ...marks };
const profileOf = (fields: object): Profile => configSchema.parse({ profiles: { p: fields } }).profiles.p as Profile;

describe('an agent', () => {
  it.each([
    ...['PATH', 'HOME', 'USER', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'TMPDIR', 'SSH_AUTH_SOCK', 'IS_SANDBOX'],
    ...['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS', 'CLAUDE_CONFIG_DIR'],
    ...['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'CLAUDE_CODE_MAX_RETRIES', 'CLAUDE_CODE_OAUTH_TOKEN', 'AWS_REGION'],
    ...['CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS', 'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC'],
  ])('sees %s', (name) => expect(environment({ [name]: 'x' })).toEqual({ ...own, [name]: 'x' }));

  it.each([
    ['secrets of the person', ['GITHUB_TOKEN', 'DATABASE_URL', 'OPENAI_API_KEY', 'NPM_TOKEN', 'EDITOR', 'OLDPWD']],
    ['the bot', ['TELEGRAM_BOT_TOKEN', 'TELEGRAM_ADMIN_IDS']],
    ['an agent around us', ['CLAUDECODE', 'CLAUDE_PROJECT_DIR', 'CLAUDE_ENV_FILE', 'CLAUDE_CODE_SESSION_ID']],
    ['its entry point and sockets', ['CLAUDE_CODE_ENTRYPOINT', 'CLAUDE_CODE_SSE_PORT', 'CLAUDE_CODE_TMPDIR']],
    ['another task of ours', ['CCDISPATCH_SESSION_ID', 'CCDISPATCH_SESSION_DIR', 'CCDISPATCH_TASK_NOTE']],
    ['what could change our programs', ['NODE_OPTIONS', 'LD_PRELOAD', 'GIT_DIR']],
  ])('sees nothing of %s', (_kind, names) => {
    expect(environment(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual(own);
  });

  it('sees its own task, not the one we may run in ourselves', () => {
    const env = environment({
      CCDISPATCH_TASK_ID: 'task-9-9',
      CCDISPATCH_TASK_DIR: '/other',
      CCDISPATCH_HOME: '/other',
    });
    expect(env).toEqual(own);
    const envFile = 'CCDISPATCH_TASK_ID=task-9-9\nCCDISPATCH_SESSION_ID=session-9-9\n';
    expect(environment({}, { envFile })).toEqual(own);
  });

  it('sees what agents.passEnv names', () => {
    const settings = configSchema.parse({ agents: { passEnv: ['GITHUB_TOKEN', 'CLAUDECODE', 'TELEGRAM_BOT_TOKEN'] } });
    const env = { GITHUB_TOKEN: 'g', OTHER: 'o', CLAUDECODE: '1', TELEGRAM_BOT_TOKEN: token, GONE: undefined };
    expect(environment(env, { settings })).toEqual({ ...own, GITHUB_TOKEN: 'g' });
  });

  it('never sees the token of the bot, wherever it was put', () => {
    const TELEGRAM_BOT_TOKEN = token;
    const fields = {
      envFile: `TELEGRAM_BOT_TOKEN=${token}\n`,
      agentEnv: { TELEGRAM_BOT_TOKEN },
      profile: profileOf({ env: { TELEGRAM_BOT_TOKEN } }),
    };
    expect(JSON.stringify(environment({ TELEGRAM_BOT_TOKEN }, fields))).not.toContain(token);
  });

  it('sees the file over the environment, the custom agent over the file, the profile over both', () => {
    const env = { LANG: '1', LC_A: '1', LC_B: '1', LC_C: '1' };
    const fields = {
      envFile: 'LC_A=2\nLC_B=2\nLC_C=2\n',
      agentEnv: { LC_B: '3', LC_C: '3' },
      profile: profileOf({ env: { LC_C: '4' } }),
    };
    expect(environment(env, fields)).toEqual({ ...own, LANG: '1', LC_A: '2', LC_B: '3', LC_C: '4' });
  });

  it('is told to work in a team, or in a sandbox', () => {
    expect(environment({}, { agentTeams: true, isSandbox: true })).toEqual({
      ...own,
      CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1',
      IS_SANDBOX: '1',
    });
  });
});

describe('a profile', () => {
  const inherited = {
    PATH: '/bin',
    ANTHROPIC_API_KEY: 'old',
    ANTHROPIC_AUTH_TOKEN: 'old',
    ANTHROPIC_BASE_URL: 'http://old',
    ANTHROPIC_CUSTOM_HEADERS: 'old',
    CLAUDE_CODE_OAUTH_TOKEN: 'old',
    CLAUDE_CODE_USE_BEDROCK: '1',
    AWS_ACCESS_KEY_ID: 'old',
    AWS_REGION: 'old',
    CLAUDE_CODE_MAX_RETRIES: '3',
  };
  // Its conversations lie in its folder; and what another agent logs in with is none of the profile's business.
  const kept = { CLAUDE_CONFIG_DIR: '/folder', OPENAI_API_KEY: 'other' };
  const others = { ...own, ...kept, PATH: '/bin', CLAUDE_CODE_MAX_RETRIES: '3' };

  it.each([
    ['a key', { apiKey: 'new' }, { ANTHROPIC_API_KEY: 'new' }],
    ['a token', { authToken: 'new' }, { ANTHROPIC_AUTH_TOKEN: 'new' }],
    ['a service of its own', { baseUrl: 'http://new' }, { ANTHROPIC_BASE_URL: 'http://new' }],
    ['a login among its variables', { env: { CLAUDE_CODE_OAUTH_TOKEN: 'new' } }, { CLAUDE_CODE_OAUTH_TOKEN: 'new' }],
  ])('with %s works on no other account', (_kind, fields, expected) => {
    const envFile = 'ANTHROPIC_API_KEY=from-the-file\nANTHROPIC_BEDROCK_BASE_URL=x\nOPENAI_API_KEY=other\n';
    expect(
      environment({ ...inherited, CLAUDE_CONFIG_DIR: '/folder' }, { profile: profileOf(fields), envFile }),
    ).toEqual({ ...others, ...expected });
  });

  it('with a model alone, or with harmless variables, keeps the account', () => {
    for (const fields of [{ model: 'm' }, { env: { AWS_REGION: 'new' } }])
      expect(environment(inherited, { profile: profileOf(fields) })).toMatchObject({ ANTHROPIC_API_KEY: 'old' });
  });
});

describe('the env file', () => {
  it.each([
    ['NAME=value', { NAME: 'value' }],
    ['export NAME=value', { NAME: 'value' }],
    ['  NAME = value with blanks  ', { NAME: 'value with blanks' }],
    ['NAME="quoted value"', { NAME: 'quoted value' }],
    ["NAME='it is'", { NAME: 'it is' }],
    ['NAME="half', { NAME: '"half' }],
    ['NAME=a=b#c', { NAME: 'a=b#c' }],
    ['NAME=', { NAME: '' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['A=1\nA=2', { A: '2' }],
    ['# NAME=value', {}],
    ['#NAME=value\n\n9NAME=x\njust words\n=x', {}],
  ])('%j', (text, expected) => expect(parseEnvFile(text)).toEqual(expected));
});

describe('a command that the person has run for a task', () => {
  it('sees what the task works with, and nothing that logs an agent in, wherever it was put', () => {
    const secrets = {
      ANTHROPIC_API_KEY: 's',
      ANTHROPIC_BEDROCK_BASE_URL: 's',
      CLAUDE_CODE_OAUTH_TOKEN: 's',
      CLAUDE_CONFIG_DIR: 's',
      OPENAI_API_KEY: 's',
      OPENAI_BASE_URL: 's',
      AZURE_OPENAI_API_KEY: 's',
      CODEX_HOME: 's',
      CODEX_ACCESS_TOKEN: 's',
      AWS_SECRET_ACCESS_KEY: 's',
      GOOGLE_APPLICATION_CREDENTIALS: 's',
      TELEGRAM_BOT_TOKEN: token,
    };
    const names = Object.keys(secrets);
    const settings = configSchema.parse({ agents: { passEnv: [...names, 'NPM_TOKEN'] } });
    const envFile = [...names, 'FINE'].map((name) => `${name}=s\n`).join('');
    const env = { ...secrets, PATH: '/bin', CLAUDE_CODE_MAX_RETRIES: '1', NPM_TOKEN: 'n', OTHER: 'o' };
    expect(setupEnvironment({ env, settings, envFile, taskId: 'task-1-1', repo: '/repo' })).toEqual({
      ...{ PATH: '/bin', NPM_TOKEN: 'n', FINE: 's' },
      ...{ CCDISPATCH_TASK_ID: 'task-1-1', CCDISPATCH_REPO: '/repo' },
    });
  });
});

describe('the environment of a worker', () => {
  it('is that of its starter, without the marks of an agent', () => {
    const env = { PATH: '/bin', TELEGRAM_BOT_TOKEN: token, GITHUB_TOKEN: 'g', GONE: undefined };
    const marks = {
      CLAUDECODE: '1',
      CLAUDE_CODE_SESSION_ID: 's',
      CCDISPATCH_TASK_ID: 'task-1-1',
      CCDISPATCH_TASK_DIR: '/t',
    };
    expect(workerEnvironment({ ...env, ...marks })).toEqual({
      PATH: '/bin',
      TELEGRAM_BOT_TOKEN: token,
      GITHUB_TOKEN: 'g',
    });
  });
});

describe('with an account of the pool an agent', () => {
  const secrets = { api_key: 'K', auth_token: null, secret_env: { MORE: 'S' } };
  const credentials = {
    base_url: 'https://a',
    api_key: null,
    auth_token: null,
    config_dir: null,
    login: false,
    env: { PLAIN: 'P' },
    secret_env: {},
  };
  const account = (agent: string) => accountEnvironment({ agent, credentials }, secrets, '/folder');

  it('sees its credentials alone, wherever others come from', () => {
    const found = environment(
      {
        PATH: '/bin',
        CLAUDE_CODE_MAX_RETRIES: '1',
        ANTHROPIC_MODEL: 'm',
        ANTHROPIC_AUTH_TOKEN: 'x',
        ANTHROPIC_CUSTOM_HEADERS: 'x',
        ANTHROPIC_BEDROCK_BASE_URL: 'x',
        CLAUDE_CODE_OAUTH_TOKEN: 'x',
        CLAUDE_CODE_USE_BEDROCK: '1',
        CLAUDE_CONFIG_DIR: '/x',
        AWS_SECRET_ACCESS_KEY: 'x',
        GOOGLE_APPLICATION_CREDENTIALS: '/x',
        CODEX_HOME: '/x',
        OPENAI_API_KEY: 'x',
      },
      {
        account: account('claude'),
        envFile: 'ANTHROPIC_API_KEY=x\nOPENAI_API_KEY=x\nFINE=1\nLLM_PROVIDER=other',
        profile: profileOf({ model: 'm', env: { CLAUDE_CODE_OAUTH_TOKEN: 'x', ALSO_FINE: '1' } }),
        agentEnv: { ANTHROPIC_VERTEX_PROJECT_ID: 'x' },
      },
    );
    expect(found).toEqual({
      ...own,
      PATH: '/bin',
      CLAUDE_CODE_MAX_RETRIES: '1',
      ANTHROPIC_MODEL: 'm',
      FINE: '1',
      ALSO_FINE: '1',
      ANTHROPIC_API_KEY: 'K',
      ANTHROPIC_BASE_URL: 'https://a',
      CLAUDE_CONFIG_DIR: '/folder',
      MORE: 'S',
      PLAIN: 'P',
      CCDISPATCH_MASK: 'MORE',
    });
  });

  it('has them by the names that its program knows', () => {
    expect(account('codex').set).toEqual({
      OPENAI_API_KEY: 'K',
      OPENAI_BASE_URL: 'https://a',
      CODEX_HOME: '/folder',
      MORE: 'S',
      PLAIN: 'P',
      CCDISPATCH_MASK: 'MORE',
    });
    expect(account('mine').set).toEqual({ MORE: 'S', PLAIN: 'P', CCDISPATCH_MASK: 'MORE' });
    expect(secretValues(secrets)).toEqual(['K', 'S']);
  });

  it.each([
    [{ LLM_PROVIDER: 'anthropic', ANTHROPIC_API_KEY: 'k' }, true],
    [{ LLM_PROVIDER: ' Anthropic ', ANTHROPIC_API_KEY: 'k' }, true],
    [{ LLM_PROVIDER: 'anthropic' }, false],
    [{ LLM_PROVIDER: 'bedrock', ANTHROPIC_API_KEY: 'k' }, false],
    [{ ANTHROPIC_API_KEY: 'k' }, false],
  ])('is not asked for where the environment is %j: %s', (env, isBypassed) => {
    expect(bypassesPool(env)).toBe(isBypassed);
  });
});
