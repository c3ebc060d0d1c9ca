// Each check of the doctor, over real homes in every state that it must tell apart.

import { chmodSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { systemDisk } from '../../../src/lib/adapters/disk.ts';
import { systemPrograms } from '../../../src/lib/adapters/programs.ts';
import { type ConfigFile, configSchema } from '../../../src/lib/config/schema.ts';
import { checkAgents } from '../../../src/lib/doctor/check-agents.ts';
import { checkHome, type HomeCheck } from '../../../src/lib/doctor/check-home.ts';
import { checkOutbox } from '../../../src/lib/doctor/check-outbox.ts';
import { checkRecords } from '../../../src/lib/doctor/check-records.ts';
import { checkNode, checkUser } from '../../../src/lib/doctor/check-system.ts';
import { checkTelegram } from '../../../src/lib/doctor/check-telegram.ts';
import { checkLocks, checkQueue } from '../../../src/lib/doctor/check-work.ts';
import type { Finding } from '../../../src/lib/doctor/finding.ts';
import { TelegramFailure } from '../../../src/lib/errors/telegram-failure.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { addTask } from '../../support/tasks.ts';

/** `level: what`, without the hints. */
const said = (findings: Finding | Finding[]) => [findings].flat().map(({ level, what }) => `${level}: ${what}`);
const faultsOf = (findings: Finding | Finding[]) => [findings].flat().filter(({ level }) => level !== 'ok');

function put(path: string, text = '', mode = 0o600): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('Node', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
    ['20.18.3', 'error'],
    ['18.20.8', 'error'],
  ])('%s is %s', (version, level) => expect(checkNode(version).level).toBe(level));
});

describe('the user', () => {
  it('is warned as root, and otherwise not mentioned', () => {
    expect(checkUser(1000, false)).toEqual([]);
    expect(checkUser(null, false)).toEqual([]);
    expect(said(checkUser(0, false))).toEqual(['warning: Agents run as root. --yolo is refused for root.']);
    expect(said(checkUser(0, true))[0]).toContain('may do everything');
  });
});

describe('agents', () => {
  const check = (home: TestHome, config: ConfigFile = {}) =>
    checkAgents({
      programs: systemPrograms,
      settings: configSchema.parse(config),
      env: { PATH: `${home.outside}:${process.env.PATH}`, SECRET: 'word' },
      timeoutMs: 5000,
    });
  const add = (home: TestHome, name: string, script: string) =>
    put(join(home.outside, name), `#!/bin/sh\n${script}\n`, 0o755);

  it('say their version, and see no more of the environment than they need', async () => {
    const home = makeHome();
    const file = add(home, 'claude', 'echo "2.1.0 (Claude Code) $1 [$SECRET]"');
    expect(said(await check(home))).toEqual([`ok: Agent claude: 2.1.0 (Claude Code) --version [] (${file})`]);
  });

  it('that do not run are errors', async () => {
    const home = makeHome();
    const file = add(home, 'claude', 'echo broken >&2; exit 1');
    expect(said(await check(home))).toEqual([`error: The agent claude does not run (${file}): broken`]);
    const bin = '/no/such/claude';
    expect(said(await check(home, { agents: { claude: { bin } } }))[0]).toBe(
      `error: The agent claude is not there: no program "${bin}".`,
    );
  });

  it('of the settings are looked for, not started', async () => {
    const home = makeHome();
    const trap = put(join(home.outside, 'sprung'));
    rmSync(trap);
    const mine = add(home, 'mine', `touch ${trap}`);
    const custom = { mine: { command: ['mine', '--now'] }, other: { command: ['no-such-program'] } };
    const found = await check(home, { agents: { default: 'mine', claude: { bin: '/no/such' }, custom } });
    expect(said(found)).toEqual([
      'warning: The agent claude is not there: no program "/no/such".',
      `ok: Agent mine: ${mine}`,
      'error: The agent other is not there: no program "no-such-program".',
    ]);
    expect(home.files.stat(trap)).toBe(null);
  });

  it('that are the default but do not exist are named', async () => {
    const home = makeHome();
    add(home, 'claude', 'echo 1');
    expect(said(await check(home, { agents: { default: 'ghost' } }))[1]).toBe(
      'error: The default agent "ghost" is none.',
    );
  });
});

describe('the home', () => {
  const check = (home: TestHome, changed: Partial<HomeCheck> = {}) =>
    checkHome({
      ...home,
      disk: systemDisk,
      machine: { freeMemory: () => 0, freeDisk: () => 5 * 1024 ** 3 },
      configPath: null,
      uid: process.getuid?.() ?? null,
      ...changed,
    });

  it('is fine when it is ours alone and can be written', async () => {
    const home = makeHome();
    expect(said(await check(home))).toEqual([`ok: Home: ${home.home}`, 'ok: 5.0 GB of disk space are free']);
    expect(home.files.list(home.home)).toEqual([]);
  });

  it('that is not there yet is no error', async () => {
    const home = makeHome();
    home.files.remove(home.home);
    expect(said(await check(home))).toEqual([`warning: There is no home at ${home.home} yet.`]);
    put(home.home);
    expect(said(await check(home))).toEqual([`error: ${home.home} is not a folder.`]);
  });

  it('of another user is an error, and not written to', async () => {
    const home = makeHome();
    const [finding] = await check(home, { uid: 4242 });
    expect(finding).toMatchObject({ level: 'error', hint: expect.stringContaining('CCDISPATCH_HOME') });
    expect(finding?.what).toContain('belongs to another user');
  });

  it('that cannot be written is an error', async () => {
    const home = makeHome();
    const files = {
      ...home.files,
      replace: async () => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      },
    };
    expect(said(await check(home, { files }))[1]).toMatch(/^error: The home cannot be written: The disk .* is full\.$/);
  });

  it.each([
    [50, 'error'],
    [500, 'warning'],
    [1500, 'ok'],
  ])('with %i MB of disk space free is %s', async (megabytes, level) => {
    const machine = { freeMemory: () => 0, freeDisk: () => megabytes * 1024 ** 2 };
    const found = await check(makeHome(), { machine });
    expect(found.find(({ what }) => what.includes('disk space'))?.level).toBe(level);
  });

  it('that others can look into is a warning, as are files with keys', async () => {
    const home = makeHome();
    chmodSync(home.home, 0o755);
    const configPath = put(join(home.home, 'config.yaml'), '', 0o644);
    put(home.paths.env, '', 0o640);
    expect(faultsOf(await check(home, { configPath })).map(({ hint }) => hint)).toEqual([
      `chmod 700 ${home.home}`,
      `chmod 600 ${configPath}`,
      `chmod 600 ${home.paths.env}`,
    ]);
  });

  it('on a network file system is a warning', async () => {
    const disk = { ...systemDisk, networkKind: () => 'nfs' };
    expect(said(faultsOf(await check(makeHome(), { disk })))[0]).toContain('network file system (nfs)');
  });
});

describe('records', () => {
  it('are all read; each broken one is named with its file', async () => {
    const home = makeHome();
    await addTask(home, { task_id: 'task-5-1', status: 'completed' });
    const cut = join(home.paths.task('task-5-2'), 'task-meta.json');
    put(cut, '{"schema_version": 1, "task_');
    const aside = put(join(home.paths.task('task--6-3'), 'task-meta.json.broken'));
    put(join(home.paths.task('task-local-4'), 'prompt.txt'));
    expect(said(checkRecords(home)).sort()).toEqual([
      `error: ${cut} is not readable as JSON.`,
      `error: A broken record was set aside: ${aside}`,
      'ok: 4 task records looked at',
      `warning: ${home.paths.task('task-local-4')} holds no record.`,
    ]);
    expect(home.files.read(cut)).not.toBe(null);
  });

  it('of tasks that nobody cares for are named', async () => {
    const home = makeHome();
    await addTask(home, { task_id: 'task-5-1', status: 'running' });
    await addTask(home, { task_id: 'task-5-2', status: 'pending' });
    await addTask(home, { task_id: 'task-5-3', status: 'paused' });
    await addTask(home, { task_id: 'task-5-4', status: 'pending' });
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId: 'task-5-4' });
    put(join(home.paths.active, 'task-5-1'));
    expect(said(faultsOf(checkRecords(home)))).toEqual(['warning: task-5-2 is pending, but in no queue.']);
  });
});

describe('the queue', () => {
  const check = (home: TestHome) =>
    checkQueue({ ...home, version: '1', agents: { claude: 'claude' }, env: { PATH: '/bin' } });

  it('is fine when empty, and when a worker lives', async () => {
    const home = makeHome();
    expect(said(check(home))).toEqual(['ok: Queue: 0 tasks waiting, 0 running; a worker starts when needed']);
    const { task_id: taskId } = await addTask(home);
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId });
    expect(check(home)).toEqual([
      {
        level: 'warning',
        what: 'Queue: 1 task waiting, 0 running, but no worker lives.',
        hint: 'ccdispatch worker --exit-when-idle',
      },
    ]);
    const lock = home.locks.tryTake(home.paths.workerLock, 'worker');
    expect(said(check(home))).toEqual(['ok: Queue: 1 task waiting, 0 running; a worker lives']);
    lock?.describe({ version: '0', agents: { claude: '/old/claude' } });
    expect(said(check(home))[1]).toBe('warning: The living worker differs from this shell in: version, agent claude.');
    lock?.release();
  });

  it('shows markers and claims without a task', async () => {
    const home = makeHome();
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId: 'task-5-1' });
    put(join(home.paths.active, 'task-5-2'));
    expect(said(faultsOf(check(home))).slice(1)).toEqual([
      'warning: Queue markers without a task: task-5-1',
      'warning: Claims on tasks that are gone: task-5-2',
    ]);
  });
});

it('locks show who holds them, and free ones do not', () => {
  const home = makeHome();
  home.locks.tryTake(join(home.home, 'cleanup.lock'), 'cleanup')?.release();
  const lock = home.locks.tryTake(home.paths.outboxLock('123'), 'deliver');
  expect(said(checkLocks(home))).toEqual([
    expect.stringMatching(new RegExp(`^ok: outbox-123.lock is held by process ${process.pid} \\(deliver\\) since 2`)),
  ]);
  lock?.release();
  expect(checkLocks(home)).toEqual([]);
});

describe('the outbox', () => {
  const entry = {
    chat_id: '5',
    thread_id: null,
    reply_to: null,
    language: null,
    notification: { kind: 'hand', event: 'Stop', folder: '/', text: 'x' },
  } as const;

  function check(home: TestHome, { hasToken = true, isDelivered = true } = {}) {
    const outbox = createOutbox({ ...home, clock: systemClock, botId: hasToken ? '123' : null });
    return { outbox, found: () => checkOutbox({ ...home, clock: systemClock, outbox, hasToken, isDelivered }) };
  }

  it('is fine when empty or on its way', async () => {
    const { outbox, found } = check(makeHome());
    expect(said(found())).toEqual(['ok: Outbox: nothing waits']);
    await outbox.announce(entry, 'hand.1');
    expect(said(found())[0]).toMatch(/^ok: Outbox: 1 message to be delivered, the oldest for/);
  });

  it('without a token, or anybody who delivers, is not', async () => {
    const home = makeHome();
    const { outbox, found } = check(home, { hasToken: false });
    await outbox.announce(entry, 'hand.1');
    expect(found()[0]).toMatchObject({ level: 'error', hint: expect.stringContaining('TELEGRAM_BOT_TOKEN') });
    expect(check(home, { isDelivered: false }).found()[0]).toMatchObject({
      level: 'warning',
      hint: 'ccdispatch worker --exit-when-idle',
    });
  });

  it('that waits for long is a warning', async () => {
    const home = makeHome();
    const { outbox, found } = check(home);
    await outbox.announce(entry, 'hand.1');
    const then = new Date(Date.now() - 3_600_000);
    utimesSync(join(home.paths.outbox, '5', 'hand.1.json'), then, then);
    expect(said(found())).toEqual(['warning: Outbox: 1 message to be delivered, the oldest for 1 h.']);
  });

  it('shows what can never arrive, is broken, or of another bot', async () => {
    const home = makeHome();
    const foreign = createOutbox({ ...home, clock: systemClock, botId: '999' });
    await foreign.announce(entry, 'hand.1');
    const failed = {
      schema_version: 1,
      key: 'task-5-1.1.ended',
      chat_id: '5',
      task_id: 'task-5-1',
      settled_at: '2026-11-20T10:00:00Z',
      delivery: { schema_version: 1, failed: { kind: 'blocked', description: 'bot was blocked by the user', at: '' } },
    };
    put(join(home.paths.outbox, 'failed', '5', 'task-5-1.1.ended.json'), JSON.stringify(failed));
    put(join(home.paths.outbox, 'broken', 'x.json'));
    expect(said(faultsOf(check(home).found()))).toEqual([
      'warning: 1 message can only be delivered by another bot.',
      'warning: A message to chat 5 could not be delivered: bot was blocked by the user',
      'warning: 1 broken file in the outbox: x.json',
    ]);
  });
});

describe('Telegram', () => {
  const failing = (failure: Error) => checkTelegram({ getMe: () => Promise.reject(failure) });

  it('is not needed, or says who our bot is', async () => {
    expect(await checkTelegram(null)).toMatchObject({ level: 'ok' });
    expect(said(await checkTelegram({ getMe: async () => ({ id: 7, username: 'my_bot' }) }))).toEqual([
      'ok: Telegram: @my_bot (7)',
    ]);
  });

  it('tells a wrong token from a network in the way', async () => {
    const token = await failing(new TelegramFailure({ kind: 'token' }, 'Unauthorized'));
    expect(token).toMatchObject({ level: 'error', hint: expect.stringContaining('@BotFather') });
    const network = await failing(new TelegramFailure({ kind: 'refused' }, 'ECONNREFUSED'));
    expect(network).toMatchObject({ level: 'error', hint: expect.stringContaining('TELEGRAM_PROXY') });
  });
});
