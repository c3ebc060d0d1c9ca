// What a person at a shell sees of people, and changes about them: `users`, run as the real program.

import fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeHome, type TestHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';

function openUsers(env: Record<string, string> = {}) {
  const home = makeHome();
  const cli = (...args: string[]) => runCommand(['users', ...args], { env: { ...home.env, TZ: 'UTC', ...env } });
  return { home, cli };
}

const writeUsers = (home: TestHome, text: string) => fs.writeFileSync(home.paths.users, text);

const known = `{"users":{"123456789":{"name":"User A","enabled":true,"role":"user","quota":{"daily":10,"used":3},"allowed_features":["ali","agent-teams"]}}}`;

describe('ccdispatch users list', () => {
  it('says how to begin where nobody is known', async () => {
    const { cli } = openUsers();
    expect(await cli('list')).toMatchObject({
      stdout: '',
      stderr: 'Nobody may use the bot. Let somebody in with: ccdispatch users add <id>\n',
      exitCode: 0,
    });
    expect(await cli('--json')).toMatchObject({ stdout: '[]\n', stderr: '', exitCode: 0 });
  });

  it('shows those of the file and of the settings', async () => {
    const { home, cli } = openUsers({ TELEGRAM_ADMIN_IDS: '7', TELEGRAM_ALLOWED_USER_IDS: '8,123456789' });
    writeUsers(home, known);
    const { stdout, stderr, exitCode } = await cli();
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout).toMatchInlineSnapshot(`
      "ID         NAME    STATUS   ROLE   TODAY  QUOTA     FEATURES
      123456789  User A  enabled  user   0      10 a day  ali agent-teams
      7          -       enabled  admin  0      -         ali agent-teams repo files approve codex
      8          -       enabled  user   0      -         ali agent-teams repo files approve codex
      "
    `);
    const [person] = JSON.parse((await cli('list', '--json')).stdout);
    expect(person).toEqual({
      id: '123456789',
      name: 'User A',
      status: 'enabled',
      role: 'user',
      features: ['ali', 'agent-teams'],
      quota: { daily: 10, cost_usd: null, tokens: null, concurrent: null },
      time_zone: null,
      account_group: null,
      language: null,
      used: { tasks: 0, cost_usd: 0, tokens: 0, resets_at: expect.stringMatching(/T00:00:00.000Z$/) },
    });
  });

  it('shows the last good copy and the fault of a broken file, and ends with 3', async () => {
    const { home, cli } = openUsers();
    writeUsers(home, known);
    await cli('list');
    writeUsers(home, known.replace('"enabled"', '\n"enabeld"'));
    const { stdout, stderr, exitCode } = await cli('list');
    expect(stdout).toContain('User A');
    expect(exitCode).toBe(3);
    expect(stderr).toBe(
      `ccdispatch: ${home.paths.users}, line 2: users.123456789.enabeld: is no field, perhaps enabled is meant. Until it is mended the last good copy counts, and nothing can be changed.\n`,
    );
    const change = await cli('disable', '123456789');
    expect(change).toMatchObject({ stdout: '', exitCode: 3 });
    expect(change.stderr).toContain('perhaps enabled is meant');
  });
});

describe('ccdispatch users', () => {
  it('lets in, limits, allows, denies, keeps out, and writes it all down', async () => {
    const { home, cli } = openUsers();
    const steps = [
      ['add', '5', '--name', 'User A'],
      ['quota', '5', '--daily', '10', '--cost-usd', '2.5', '--tokens', '100000', '--concurrent', '2'],
      ['allow', '5', 'ali,files', 'yolo'],
      ['deny', '5', 'yolo'],
      ['quota', '5', '--tokens', 'none', '--time-zone', 'Asia/Shanghai'],
      ['disable', '5'],
      ['enable', '5'],
      ['add', '5', '--role', 'admin'],
      ['disable', '6'],
    ];
    const shown: string[] = [];
    for (const step of steps) {
      const { stdout, stderr, exitCode } = await cli(...step);
      expect({ stderr, exitCode }, step.join(' ')).toEqual({ stderr: '', exitCode: 0 });
      shown.push(`${step.join(' ')}\n${stdout.split('\n')[1]}`);
    }
    expect(shown.join('\n')).toMatchInlineSnapshot(`
      "add 5 --name User A
      5   User A  enabled  user  0      -      -
      quota 5 --daily 10 --cost-usd 2.5 --tokens 100000 --concurrent 2
      5   User A  enabled  user  0      10 a day, $2.50 a day, 100.0k tokens a day, 2 at once  -
      allow 5 ali,files yolo
      5   User A  enabled  user  0      10 a day, $2.50 a day, 100.0k tokens a day, 2 at once  ali files yolo
      deny 5 yolo
      5   User A  enabled  user  0      10 a day, $2.50 a day, 100.0k tokens a day, 2 at once  ali files
      quota 5 --tokens none --time-zone Asia/Shanghai
      5   User A  enabled  user  0      10 a day, $2.50 a day, 2 at once  ali files
      disable 5
      5   User A  disabled  user  0      10 a day, $2.50 a day, 2 at once  ali files
      enable 5
      5   User A  enabled  user  0      10 a day, $2.50 a day, 2 at once  ali files
      add 5 --role admin
      5   User A  enabled  admin  0      10 a day, $2.50 a day, 2 at once  ali files
      disable 6
      6   -     disabled  user  0      -      -"
    `);
    expect(JSON.parse(fs.readFileSync(home.paths.users, 'utf8'))).toEqual({
      schema_version: 1,
      users: {
        '5': {
          name: 'User A',
          enabled: true,
          role: 'admin',
          allowed_features: ['ali', 'files'],
          quota: { daily: 10, cost_usd: 2.5, concurrent: 2, used: 0 },
          time_zone: 'Asia/Shanghai',
        },
        '6': { name: '', enabled: false, role: 'user', allowed_features: [] },
      },
    });
    const audit = JSON.parse((await cli('audit', '--json')).stdout);
    expect(audit.map(({ act, by, user }: Record<string, string>) => `${by} ${act} ${user}`).reverse()).toEqual([
      'shell add 5',
      'shell quota 5',
      'shell allow 5',
      'shell deny 5',
      'shell quota 5',
      'shell disable 5',
      'shell enable 5',
      'shell role 5',
      'shell disable 6',
    ]);
    const text = (await cli('audit', '--limit', '1', '--user', '5')).stdout.replace(
      /^\d{4}-.{12}/m,
      '2026-11-20 06:00',
    );
    expect(text).toMatchInlineSnapshot(`
      "AT                BY     ACT   USER  DETAIL
      2026-11-20 06:00 shell  role  5     enabled=true role=admin
      "
    `);
  });

  it('prints the person as JSON after each change', async () => {
    const { cli } = openUsers();
    const { stdout } = await cli('add', '5', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ id: '5', status: 'enabled', role: 'user', features: [] });
  });

  it.each([
    [['approve', '5'], 5, '5 did not ask to be let in.', 'ccdispatch users add 5'],
    [['enable', '5'], 5, '5 is not known.', 'ccdispatch users add 5'],
    [['allow', '5', 'ali'], 5, '5 is not known.', 'ccdispatch users add 5'],
    [['add', '-5'], 2, '', ''],
    [['add', '@somebody'], 2, '"@somebody" is not a person\'s id.', 'a number such as 123456789'],
    [['add', '5', '--role', 'king'], 2, 'Allowed choices are user, admin', ''],
    [['allow', '5', 'yollo'], 2, '"yollo" is no feature.', 'Did you mean yolo?'],
    [['allow', '5'], 2, "missing required argument 'features'", ''],
    [['quota', '5'], 2, 'Nothing is said about the quota.', '--daily 10'],
    [['quota', '5', '--daily', '1.5'], 2, '--daily takes a whole number from 0 on, not "1.5".', ''],
    [['quota', '5', '--cost-usd', '-1'], 2, '--cost-usd takes an amount in dollars', '--cost-usd 2.50'],
    [['audit', '--limit', '0'], 2, '--limit takes a whole number', ''],
  ])('%j ends with %i', async (args, code, message, hint) => {
    const { cli, home } = openUsers();
    const { stdout, stderr, exitCode } = await cli(...args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: code });
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(fs.existsSync(home.paths.users)).toBe(false);
  });

  it('refuses a time zone that there is not', async () => {
    const { cli } = openUsers();
    await cli('add', '5');
    const { stderr, exitCode } = await cli('quota', '5', '--time-zone', 'Mars/Base');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('must be the name of a time zone');
  });

  it('tells in the chat who had asked there to be let in, in his language, and nobody else', async () => {
    const { home, cli } = openUsers();
    for (const [id, language_code] of [
      ['5', 'zh-hans'],
      ['6', 'en'],
    ]) {
      const wish = { schema_version: 1, user_id: id, name: 'Eve', language_code, update_id: 1 };
      const asked = { asked_at: new Date().toISOString(), asked_on: '2026-11-20' };
      fs.mkdirSync(home.paths.registrations, { recursive: true });
      fs.writeFileSync(`${home.paths.registrations}/${id}.json`, JSON.stringify({ ...wish, ...asked }));
    }
    expect((await cli('approve', '5')).exitCode).toBe(0);
    expect((await cli('disable', '6')).exitCode).toBe(0);
    expect((await cli('add', '7')).exitCode).toBe(0);
    expect(fs.readdirSync(home.paths.outbox)).toEqual(['5']);
    const [name] = fs.readdirSync(`${home.paths.outbox}/5`) as [string];
    expect(JSON.parse(fs.readFileSync(`${home.paths.outbox}/5/${name}`, 'utf8'))).toMatchObject({
      chat_id: '5',
      language: 'zh',
      notification: { kind: 'admitted' },
    });
  });

  it('says so where nothing was changed or refused', async () => {
    const { cli } = openUsers();
    expect(await cli('audit')).toMatchObject({ stdout: '', stderr: 'Nothing was changed or refused.\n', exitCode: 0 });
  });

  it('does not let somebody in again by "add" who was switched off', async () => {
    const { cli } = openUsers();
    await cli('disable', '5');
    for (const verb of ['add', 'approve']) {
      const { stderr, exitCode } = await cli(verb, '5');
      expect(exitCode).toBe(2);
      expect(stderr).toContain('ccdispatch users enable 5');
    }
  });
});
