// What an agent sees of our environment: what it needs, what the person names, and nothing of the bot or of another agent.

import { describe, expect, it } from 'vitest';
import {
  agentEnvironment,
  type EnvironmentRequest,
  parseEnvFile,
  workerEnvironment,
} from '../../../src/lib/agents/environment.ts';
import { configSchema, type Profile } from '../../../src/lib/config/schema.ts';

const token = '12345:AAHfiqksKZ8WmR2zMnQgA-xyz';

function environment(env: Record<string, string | undefined>, fields: Partial<EnvironmentRequest> = {}) {
  return agentEnvironment({
    env,
    settings: configSchema.parse({}),
    envFile: null,
    profile: null,
    agentEnv: {},
    home: '/h',
    taskId: 'task-1-1',
    taskFolder: '/h/tasks/1/task-1-1',
    agentTeams: false,
    isSandbox: false,
    ...fields,
  });
}
const own = { CCDISPATCH_HOME: '/h', CCDISPATCH_TASK_ID: 'task-1-1', CCDISPATCH_TASK_DIR: '/h/tasks/1/task-1-1' };
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
  const others = { ...own, PATH: '/bin', CLAUDE_CODE_MAX_RETRIES: '3' };

  it.each([
    ['a key', { apiKey: 'new' }, { ANTHROPIC_API_KEY: 'new' }],
    ['a token', { authToken: 'new' }, { ANTHROPIC_AUTH_TOKEN: 'new' }],
    ['a service of its own', { baseUrl: 'http://new' }, { ANTHROPIC_BASE_URL: 'http://new' }],
    ['a login among its variables', { env: { CLAUDE_CODE_OAUTH_TOKEN: 'new' } }, { CLAUDE_CODE_OAUTH_TOKEN: 'new' }],
  ])('with %s works on no other account', (_kind, fields, expected) => {
    const envFile = 'ANTHROPIC_API_KEY=from-the-file\n';
    expect(environment(inherited, { profile: profileOf(fields), envFile })).toEqual({ ...others, ...expected });
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
