// The settings as the real program shows and checks them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';

const token = '123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

function homeWith(config: string | null, name = 'config.yaml') {
  const home = makeHome();
  const path = join(home.home, name);
  if (config !== null) writeFileSync(path, config);
  return { home: home.home, path, env: { ...home.env, HOME: home.outside } };
}

describe('ccdispatch config show', () => {
  it('shows every setting, without secrets', async () => {
    const { env, path } = homeWith(
      `telegram:\n  token: ${token}\n  proxy: http://me:word@proxy.example.org:1\nlimits:\n  perUser: 2\n`,
    );
    const { stdout, stderr, exitCode } = await runCommand(['config', 'show'], {
      env: { ...env, CLAUDE_TIMEOUT: '60' },
    });
    expect({ stderr, exitCode }).toEqual({ stderr: `Settings from ${path}\n`, exitCode: 0 });
    expect(stdout.replaceAll(path, 'config.yaml')).toMatchInlineSnapshot(`
      "SETTING                     VALUE                                                      FROM
      language                    auto                                                       default
      telegram.token              123456789:***                                              config.yaml
      telegram.apiUrl             https://api.telegram.org                                   default
      telegram.proxy              http://me:***@proxy.example.org:1                          config.yaml
      telegram.allowedUserIds     []                                                         default
      telegram.adminIds           []                                                         default
      telegram.messagesPerSecond  30                                                         default
      agents.default              claude                                                     default
      agents.passEnv              []                                                         default
      agents.custom               {}                                                         default
      groups                      {}                                                         default
      bot.confirmAfterSeconds     3600                                                       default
      bot.plainText               session                                                    default
      approvals.timeoutMinutes    30                                                         default
      approvals.notByRequester    false                                                      default
      profiles                    {}                                                         default
      timeouts.silenceSeconds     60                                                         CLAUDE_TIMEOUT
      timeouts.wallSeconds        null                                                       default
      timeouts.backgroundSeconds  600                                                        default
      timeouts.graceSeconds       5                                                          default
      limits.maxSessions          5                                                          default
      limits.perUser              2                                                          config.yaml
      limits.sessionsPerUser      5                                                          default
      limits.maxWarm              8                                                          default
      limits.minFreeMemoryMb      512                                                        default
      limits.maxTokensPerMinute   null                                                       default
      limits.maxFileOperations    10                                                         default
      limits.onWall               resume                                                     default
      limits.queueDepth           null                                                       default
      sessions.sleepAfterMinutes  30                                                         default
      sessions.endAfterMinutes    120                                                        default
      sessions.slashCommands      ["compact","context","cost","init","review"]               default
      repos                       {}                                                         default
      conflicts.ignore            ["*.lock","*-lock.json","*-lock.yaml","*.lockb","go.sum"]  default
      worktrees.setupMinutes      10                                                         default
      worktrees.bundleAfterDays   30                                                         default
      yolo.allowRoot              false                                                      default
      telegram.defaultChat        (not set)                                                  default
      agents.claude.bin           (not set)                                                  default
      "
    `);
  });

  it('shows the same as JSON', async () => {
    const { home, env, path } = homeWith(
      `{"telegram": {"token": "${token}"}, "limits": {"perUser": 2}}`,
      'config.json',
    );
    const { stdout } = await runCommand(['config', 'show', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({
      home,
      path,
      settings: {
        'limits.perUser': { value: 2, from: path },
        'telegram.token': { value: '123456789:***', from: path },
        'telegram.proxy': { value: null, from: 'default' },
      },
    });
    expect(stdout).not.toContain(token);
  });
});

describe('ccdispatch config path', () => {
  it('prints the file there is, also a broken one, or the one to be made', async () => {
    const broken = homeWith('{', 'config.json');
    expect(await runCommand(['config', 'path'], { env: broken.env })).toMatchObject({
      stdout: `${broken.path}\n`,
      stderr: '',
      exitCode: 0,
    });
    const none = homeWith(null);
    expect(await runCommand(['config', 'path'], { env: none.env })).toMatchObject({
      stdout: `${none.path}\n`,
      stderr: 'It is not there yet; make it with: ccdispatch init\n',
      exitCode: 0,
    });
  });
});

describe('ccdispatch config validate', () => {
  it('names all faults, with exit code 3', async () => {
    const { env, path } = homeWith(
      `language: fr\ntelegram: {token: word, x: 1}\nlimits: {perUser: 0, maxSessions: many}\n`,
    );
    const { stdout, stderr, exitCode } = await runCommand(['config', 'validate'], { env });
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
    expect(stderr.replaceAll(path, 'config.yaml')).toMatchInlineSnapshot(`
      "5 faults in the settings (config.yaml):
        - language: Invalid option: expected one of "auto"|"en"|"zh"
        - telegram.token: must be a bot token as BotFather gives it
        - telegram.x: is not a setting
        - limits.maxSessions: Invalid input: expected number, received string
        - limits.perUser: Too small: expected number to be >=1
        Mend them in: $EDITOR "$(ccdispatch config path)"
      "
    `);
    const json = await runCommand(['config', 'validate', '--json'], { env });
    expect(json.exitCode).toBe(3);
    expect(JSON.parse(json.stdout)).toMatchObject({ is_valid: false, path, faults: { length: 5 } });
  });

  it('says that all is well', async () => {
    const { env, path } = homeWith('limits: {perUser: 2}\n');
    expect(await runCommand(['config', 'validate'], { env })).toMatchObject({
      stdout: `The settings are valid (${path}).\n`,
      stderr: '',
      exitCode: 0,
    });
  });

  it('checks the file that is named, and one that cannot be read', async () => {
    const { env, path } = homeWith(`telegram:\n  token: ${token}\n bad: [x`, 'other.yaml');
    const { stderr, exitCode } = await runCommand(['config', 'validate', '--config', path], { env });
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`YAML Error in ${path}, bad indentation of a mapping entry, line 3`);
    expect(stderr).not.toContain('AAAA');
  });
});
