// What a person at a shell sees of accounts, and changes about them: `accounts`, run as the real program.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ModelServer, startModelServer } from '../../src/lib/demo/model-server.ts';
import { claudeProgram, filesWith } from '../support/e2e.ts';
import { makeHome, type TestHome } from '../support/home.ts';
import { program, runCommand } from '../support/run-command.ts';

const secret = 'sk-ant-a-secret-of-the-test-0123456789';
const none = { ANTHROPIC_API_KEY: undefined, ANTHROPIC_BASE_URL: undefined, CLAUDE_CONFIG_DIR: undefined };

function openAccounts(env: Record<string, string> = {}) {
  const home = makeHome();
  const cli = (args: string[], input = '') =>
    runCommand(['accounts', ...args], { env: { ...home.env, ...none, HOME: home.outside, TZ: 'UTC', ...env }, input });
  const json = async (...args: string[]) => JSON.parse((await cli([...args, '--json'])).stdout);
  return { home, cli, json };
}

describe('ccdispatch accounts', () => {
  it('says how to begin where there are none', async () => {
    const { cli } = openAccounts();
    expect(await cli([])).toMatchObject({
      stdout: '',
      stderr:
        'There are no accounts: agents use their own logins. Add one with: ccdispatch accounts add <name> --api-key -\n',
      exitCode: 0,
    });
    expect(await cli(['list', '--json'])).toMatchObject({ stdout: '[]\n', stderr: '', exitCode: 0 });
  });

  it('adds, shows, changes, switches and removes one, and never prints its secret', async () => {
    const { home, cli, json } = openAccounts();
    const said = [
      await cli(
        ['add', 'main', '--api-key', '-', '--priority', '9', '--model', 'opus', '--max-runs', '2'],
        `${secret}\n`,
      ),
      await cli(['add', 'ali', '--auth-token', '-', '--base-url', 'https://x.example/v1', '--group', 'team'], secret),
    ];
    expect(said[0]).toMatchObject({
      stdout: '',
      stderr: 'main is there. Try it with: ccdispatch accounts test main\n',
    });
    const list = await cli(['list']);
    expect(list.stdout).toMatchInlineSnapshot(`
      "NAME  AGENT   STATUS  PRIORITY  GROUP  TODAY  LAST USED  CREDENTIALS
      ali   claude  ready          5  team   0      -          auth_token sk-…6789 https://x.example/v1
      main  claude  ready          9  -      0      -          sk-…6789
      "
    `);
    expect((await cli(['show', 'main'])).stdout).toMatchInlineSnapshot(`
      "FIELD         VALUE
      name          main
      agent         claude
      status        ready
      credentials   sk-…6789
      priority      9
      group         -
      model         opus
      runs at once  2 at most
      last used     -
      today         0 runs, $0.00, 0 tokens in, 0 out
      in all        0 runs, $0.00, 0 tokens in, 0 out
      "
    `);
    expect(await json('show', 'ali')).toMatchObject({
      name: 'ali',
      agent: 'claude',
      status: 'ready',
      active: true,
      limited_until: null,
      credentials: { base_url: 'https://x.example/v1', secrets: { auth_token: 'sk-…6789' }, fault: null },
      today: { runs: 0 },
      total: { runs: 0 },
    });
    await cli(['edit', 'ali', '--clear', 'group', 'base-url', '--priority', '1', '--env', 'ANTHROPIC_MODEL=m']);
    await cli(['disable', 'ali']);
    expect(await json('show', 'ali')).toMatchObject({
      status: 'disabled',
      group: null,
      priority: 1,
      credentials: { base_url: null, env: { ANTHROPIC_MODEL: 'm' } },
    });
    expect((await cli(['remove', 'ali'])).stderr).toBe('ali is removed.\n');
    expect((await json('list')).map(({ name }: { name: string }) => name)).toEqual(['main']);
    expect(await cli(['show', 'ali'])).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('There is no account "ali"'),
    });
    said.push(list, await cli(['list', '--json']), await cli(['stats']), await cli(['stats', '--json']));
    expect(JSON.stringify(said)).not.toContain(secret);
    expect(filesWith(home.home, [secret])).toEqual([]);
  });

  it.each([
    [['add', 'x', '--api-key', secret], '--api-key takes a dash, not the secret itself'],
    [['add', 'x', `--auth-token=${secret}`], '--auth-token takes a dash, not the secret itself'],
    [['add', 'x', '--secret-env', `NAME=${secret}`], '--secret-env NAME= takes a dash, not the secret itself'],
    [['add', 'x', '--env', `MY_API_KEY=${secret}`], 'MY_API_KEY holds a secret, by its name'],
    [['edit', 'x', '--api-key', secret], '--api-key takes a dash, not the secret itself'],
  ])('refuses a secret among the arguments, and does not repeat it', async (args, why) => {
    const { cli, home } = openAccounts();
    const found = await cli(args);
    expect(found).toMatchObject({ stdout: '', stderr: expect.stringContaining(why), exitCode: 2 });
    expect(found.stderr).not.toContain(secret);
    expect(fs.existsSync(home.paths.accounts)).toBe(false);
  });

  it.each([
    [
      'nothing on standard input',
      ['add', 'x', '--api-key', '-'],
      '',
      'Standard input is empty, but should hold: the API key.',
    ],
    [
      'a line too few',
      ['add', 'x', '--api-key', '-', '--secret-env', 'B=-'],
      `${secret}\n`,
      'has 1 lines, but should have 2: the API key, B.',
    ],
    ['an agent that is none', ['add', 'x', '--agent', 'clawed', '--login'], '', 'There is no agent "clawed".'],
    ['no credentials', ['add', 'x'], '', 'has no credentials'],
    [
      'a folder that is none',
      ['add', 'x', '--config-dir', '/nowhere/at/all'],
      '',
      'There is no folder /nowhere/at/all',
    ],
    [
      'a priority that is none',
      ['add', 'x', '--config-dir', '/', '--priority', 'high'],
      '',
      '--priority takes a whole number',
    ],
  ])('refuses %s', async (_case, args, input, why) => {
    const { cli } = openAccounts();
    expect(await cli(args, input)).toMatchObject({ stdout: '', stderr: expect.stringContaining(why), exitCode: 2 });
  });

  it('takes several secrets, a line for each', async () => {
    const { cli, json } = openAccounts();
    const args = [
      'add',
      'aws',
      '--env',
      'CLAUDE_CODE_USE_BEDROCK=1',
      '--secret-env',
      'AWS_A=-',
      '--secret-env',
      'AWS_B=-',
    ];
    expect(await cli(args, `${secret}-a\n${secret}-b\n`)).toMatchObject({ exitCode: 0 });
    const { credentials } = await json('show', 'aws');
    expect(credentials).toMatchObject({
      env: { CLAUDE_CODE_USE_BEDROCK: '1' },
      secrets: { AWS_A: 'sk-…89-a', AWS_B: 'sk-…89-b' },
    });
    await cli(['edit', 'aws', '--clear', 'AWS_A']);
    expect((await json('show', 'aws')).credentials.secrets).toEqual({ AWS_B: 'sk-…89-b' });
  });

  it('ends with 3 for a key that others may read and for a faulty file, and says what mends them', async () => {
    const { cli, home } = openAccounts();
    await cli(['add', 'a', '--api-key', '-'], secret);
    fs.chmodSync(home.paths.key, 0o644);
    expect(await cli(['edit', 'a', '--api-key', '-'], secret)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`chmod 600 ${home.paths.key}`),
    });
    expect((await cli(['list'])).stdout).toContain('sealed');
    fs.chmodSync(home.paths.key, 0o600);
    fs.appendFileSync(home.paths.accounts, '}');
    const list = await cli(['list']);
    expect(list).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('Until it is mended the last good copy counts'),
    });
    expect(list.stdout).toContain('sk-…6789');
    expect(await cli(['disable', 'a'])).toMatchObject({ exitCode: 3 });
  });

  it('carries accounts to another home, and changes nothing with a wrong passphrase', async () => {
    const [from, to] = [openAccounts(), openAccounts({ CCDISPATCH_PASSPHRASE: 'four words of mine' })];
    await from.cli(['add', 'a', '--api-key', '-'], secret);
    const [masked, sealed] = ['masked', 'sealed'].map((name) => path.join(from.home.outside, name)) as [string, string];
    expect(await from.cli(['export', masked])).toMatchObject({ exitCode: 0 });
    expect(await from.cli(['export', masked])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(await from.cli(['export', sealed, '--secrets'], 'four words\nfive words\n')).toMatchObject({ exitCode: 2 });
    expect(fs.existsSync(sealed)).toBe(false);
    await from.cli(['export', sealed, '--secrets'], 'four words of mine\nfour words of mine\n');
    expect(fs.statSync(sealed).mode & 0o777).toBe(0o600);
    expect(await from.cli(['import', sealed, '--replace'], 'four words of his')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Nothing was imported'),
    });
    expect(await from.cli(['import', sealed], 'four words of mine')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--replace'),
    });
    expect(await to.cli(['import', sealed])).toMatchObject({ exitCode: 0, stderr: 'Imported: a.\n' });
    expect(await to.json('show', 'a')).toMatchObject({
      status: 'ready',
      credentials: { secrets: { api_key: 'sk-…6789' } },
    });
    expect(await to.cli(['import', masked, '--replace'])).toMatchObject({
      stderr: expect.stringContaining('switched off: a.'),
    });
    expect(await to.json('show', 'a')).toMatchObject({ status: 'disabled' });
    expect(await to.cli(['enable', 'a'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('has no credentials'),
    });
    expect(await to.cli(['import', path.join(to.home.outside, 'none')])).toMatchObject({ exitCode: 5 });
  });
});

describe.runIf(fs.existsSync('/usr/bin/script'))('at a terminal', () => {
  /** Runs `accounts` with a terminal of its own, types when asked, and gives what was seen there. */
  async function typeInto(
    home: TestHome,
    args: string,
    typed: string,
  ): Promise<{ seen: string; exitCode: number | null }> {
    const child = spawn(
      '/usr/bin/script',
      ['-qec', `"${process.execPath}" "${program}" accounts ${args}`, '/dev/null'],
      {
        env: { ...process.env, ...home.env, HOME: home.outside },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!seen.includes('(not shown)') && `${seen}${text}`.includes('(not shown)')) child.stdin.write(typed);
      seen += text;
    });
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { seen, exitCode };
  }

  it('a secret is asked for and not shown', async () => {
    const { home, json } = openAccounts();
    const { seen, exitCode } = await typeInto(home, 'add a --api-key -', `${secret}xx\u007f\u007f\r`);
    expect(exitCode).toBe(0);
    expect(seen).toContain('the API key (not shown): ');
    expect(seen).not.toContain('sk-ant');
    expect(await json('show', 'a')).toMatchObject({ credentials: { secrets: { api_key: 'sk-…6789' } } });
  });

  it('Ctrl-C gives it up, and changes nothing', async () => {
    const { home } = openAccounts();
    const { seen, exitCode } = await typeInto(home, 'add a --api-key -', 'sk-ant-half\u0003');
    expect([exitCode, seen]).toEqual([130, expect.stringContaining('Given up; nothing was changed.')]);
    expect(fs.existsSync(home.paths.accounts)).toBe(false);
  });
});

describe('ccdispatch accounts test', () => {
  let model: ModelServer;
  beforeAll(async () => {
    model = await startModelServer();
  });
  afterAll(() => model.close());
  const claude = () => ({ CLAUDE_BIN: claudeProgram, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' });

  it('makes one small call with the account, and leaves nothing behind', async () => {
    const { cli, home } = openAccounts(claude());
    await cli(['add', 'a', '--api-key', '-', '--base-url', model.url], secret);
    const before = model.requests.length;
    expect(await cli(['test', 'a'])).toMatchObject({ stdout: 'a: ok\n', exitCode: 0 });
    const requests = model.requests.slice(before);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.map(({ apiKey }) => apiKey)).toEqual(requests.map(() => secret));
    const projects = path.join(home.outside, '.claude/projects');
    expect(fs.readdirSync(projects, { recursive: true }).filter((name) => String(name).endsWith('.jsonl'))).toEqual([]);
    expect(fs.readdirSync(home.paths.workspaces)).toEqual([]);
    expect(filesWith(home.home, [secret])).toEqual([]);
  });

  it('says what failed, without the secret', async () => {
    const { cli } = openAccounts(claude());
    // A call without tools is answered by the model server itself: this one refuses everything.
    const refusing = http.createServer((_, response) => {
      const error = { type: 'authentication_error', message: `invalid x-api-key ${secret}` };
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'error', error }));
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void refusing.close());
    const { port } = refusing.address() as AddressInfo;
    await cli(['add', 'a', '--api-key', '-', '--base-url', `http://127.0.0.1:${port}`], secret);
    const found = await cli(['test', 'a']);
    expect(found).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^a: failed/) });
    expect(found.stdout).not.toContain(secret);
    expect(JSON.parse((await cli(['test', 'a', '--json'])).stdout)).toMatchObject({
      name: 'a',
      ok: false,
      status: 401,
    });
  });

  it('names a program that is not there, and an agent that it cannot try', async () => {
    const { cli, home } = openAccounts({ CLAUDE_BIN: '/nowhere/claude' });
    await cli(['add', 'a', '--api-key', '-'], secret);
    expect(await cli(['test', 'a'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('The program "/nowhere/claude" of the agent claude is not there'),
    });
    fs.writeFileSync(
      path.join(home.home, 'config.json'),
      JSON.stringify({ agents: { custom: { mine: { command: ['cat'] } } } }),
      { mode: 0o600 },
    );
    await cli(['add', 'm', '--agent', 'mine', '--secret-env', 'M=-'], secret);
    expect(await cli(['test', 'm'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('dispatch --agent mine'),
    });
  });
});

describe('ccdispatch accounts add --login', () => {
  /** The real program, but for the page of the service: its login writes what that would give. */
  function loginProgram(folder: string, isGiven: boolean): string {
    const file = path.join(folder, 'claude');
    const oauth = {
      accessToken: 'at-0123456789',
      refreshToken: 'rt-0123456789',
      expiresAt: 4102444800000,
      scopes: ['user:inference'],
      subscriptionType: 'max',
    };
    const give = isGiven
      ? `echo '${JSON.stringify({ claudeAiOauth: oauth })}' > "$CLAUDE_CONFIG_DIR/.credentials.json"`
      : 'exit 1';
    fs.writeFileSync(
      file,
      `#!/bin/sh\nif [ "$1 $2" = "auth login" ]; then ${give}; else exec "${claudeProgram}" "$@"; fi\n`,
      { mode: 0o755 },
    );
    return file;
  }

  it('logs in with the program of the agent, in a folder of the account', async () => {
    const { home, json, cli } = openAccounts();
    const env = {
      ...home.env,
      ...none,
      HOME: home.outside,
      CLAUDE_BIN: loginProgram(home.outside, true),
      ANTHROPIC_API_KEY: 'sk-ant-of-the-environment',
    };
    const found = await runCommand(['accounts', 'add', 'work', '--login'], { env });
    expect(found).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('work is there.') });
    expect(fs.existsSync(path.join(home.paths.accountFolders, 'work/claude/.credentials.json'))).toBe(true);
    expect(await json('show', 'work')).toMatchObject({ status: 'ready', credentials: { login: true } });
    await cli(['remove', 'work']);
    expect(fs.readdirSync(home.paths.accountFolders)).toEqual([]);
  });

  it('leaves no account where nobody logged in', async () => {
    const { home, json } = openAccounts();
    const env = {
      ...home.env,
      ...none,
      HOME: home.outside,
      CLAUDE_BIN: loginProgram(home.outside, false),
      ANTHROPIC_API_KEY: 'sk-ant-of-the-environment',
    };
    const found = await runCommand(['accounts', 'add', 'work', '--login'], { env });
    expect(found).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Nobody is logged in as work.') });
    expect(await json('list')).toEqual([]);
  });
});
