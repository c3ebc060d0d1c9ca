// The doctor as the real program, on a healthy home and on one where much is wrong.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/adapters/clock.ts';
import { startBotApiServer } from '../../src/lib/demo/bot-api-server.ts';
import { createOutbox } from '../../src/lib/outbox/store.ts';
import { makeHome } from '../support/home.ts';
import { runCommand } from '../support/run-command.ts';
import { addTask } from '../support/tasks.ts';

/** A home with an agent's program of the test's own on PATH. */
function homeWithAgent() {
  const home = makeHome();
  const file = join(home.outside, 'claude');
  writeFileSync(file, '#!/bin/sh\necho "2.1.328 (Claude Code)"\n');
  chmodSync(file, 0o755);
  return { ...home, env: { ...home.env, PATH: `${home.outside}:${process.env.PATH}`, HOME: home.outside } };
}

interface Report {
  errors: number;
  warnings: number;
  findings: { level: string; what: string; hint: string | null }[];
}

/** The part of what is said that does not depend on this machine. */
function withoutMachine(text: string, home: { home: string; outside: string }): string {
  return text
    .replaceAll(home.home, '~/.ccdispatch')
    .replaceAll(home.outside, '~')
    .replace(/Node [\d.]+/, 'Node #')
    .replace(/git version.*/, 'git #')
    .replace(/[\d.]+ [kMGT]B of disk/, '# GB of disk')
    .replace(/warning {2}Agents run as root.*\n.*\n/, '')
    .replace(/^(All is well|1 warning)\.$/m, 'All is well.');
}

describe('ccdispatch doctor', () => {
  it('says that all is well', async () => {
    const home = homeWithAgent();
    const { stdout, stderr, exitCode } = await runCommand(['doctor'], { env: home.env });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(withoutMachine(stdout, home)).toMatchInlineSnapshot(`
      "ok       Node #
      ok       Home: ~/.ccdispatch
      ok       # GB of disk space are free
      ok       Settings: defaults and environment
      ok       Agent claude: 2.1.328 (Claude Code) (~/claude)
      ok       git #
      ok       Queue: 0 tasks waiting, 0 running; a worker starts when needed
      ok       0 task records looked at
      ok       Outbox: nothing waits
      ok       Users of the bot: 0
      ok       Telegram: no bot token; results stay in the task folders
      All is well.
      "
    `);
  });

  it('knows that a bot delivers without any worker', async () => {
    const home = homeWithAgent();
    const server = await startBotApiServer();
    const env = { ...home.env, TELEGRAM_BOT_TOKEN: server.token, TELEGRAM_API_URL: server.url };
    const botId = server.token.split(':')[0] as string;
    const outbox = createOutbox({ ...home, clock: systemClock, botId });
    const place = { chat_id: '5', thread_id: null, reply_to: null, language: null };
    await outbox.announce(
      { ...place, notification: { kind: 'hand', event: 'Stop', folder: '/w', text: 'x' } },
      'hand.1',
    );
    const outboxOf = async () => {
      const { findings } = JSON.parse((await runCommand(['doctor', '--json'], { env })).stdout) as Report;
      return findings.find(({ what }) => what.startsWith('Outbox'));
    };
    const lock = home.locks.tryTake(home.paths.outboxLock(botId), 'delivery');
    try {
      expect(await outboxOf()).toMatchObject({
        level: 'ok',
        what: expect.stringContaining('1 message to be delivered'),
      });
      lock?.release();
      expect(await outboxOf()).toMatchObject({ level: 'warning', what: expect.stringContaining('nobody delivers') });
    } finally {
      lock?.release();
      await server.close();
    }
  });

  it('asks Telegram who the bot is', async () => {
    const home = homeWithAgent();
    const server = await startBotApiServer();
    try {
      const env = { ...home.env, TELEGRAM_BOT_TOKEN: server.token, TELEGRAM_API_URL: server.url };
      const good = await runCommand(['doctor', '--json'], { env });
      expect(good.exitCode).toBe(0);
      expect((JSON.parse(good.stdout) as Report).findings.at(-1)).toMatchObject({
        level: 'ok',
        what: expect.stringMatching(/^Telegram: @\w+ \(\d+\)$/),
      });
      const wrong = server.token.replace(/.$/, 'x');
      const bad = await runCommand(['doctor', '--json'], { env: { ...env, TELEGRAM_BOT_TOKEN: wrong } });
      expect(bad.exitCode).toBe(1);
      expect((JSON.parse(bad.stdout) as Report).findings.at(-1)).toMatchObject({
        level: 'error',
        hint: expect.stringContaining('@BotFather'),
      });
      for (const token of [server.token, wrong])
        expect(good.stdout + bad.stdout + bad.stderr).not.toContain(token.split(':')[1]);
    } finally {
      await server.close();
    }
  });

  it('finds everything that is wrong at once, each with a way to mend it', async () => {
    const home = homeWithAgent();
    writeFileSync(join(home.home, 'config.yaml'), 'limits: {perUser: 0}\nlanguage: fr\n', { mode: 0o600 });
    chmodSync(home.home, 0o755);
    const { task_id: taskId } = await addTask(home);
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId });
    mkdirSync(join(home.paths.tasks, '5', 'task-5-1'), { recursive: true });
    writeFileSync(join(home.paths.tasks, '5', 'task-5-1', 'task-meta.json'), '{');
    const { stdout, exitCode } = await runCommand(['doctor', '--json'], { env: home.env });
    expect(exitCode).toBe(1);
    const report = JSON.parse(stdout) as Report;
    const faults = report.findings.filter(({ level, what }) => level !== 'ok' && !what.includes('root'));
    expect(faults.map(({ what }) => what)).toEqual([
      expect.stringContaining('Others on this machine may use'),
      expect.stringContaining('language'),
      expect.stringContaining('limits.perUser'),
      expect.stringContaining('no worker lives'),
      expect.stringContaining('not readable as JSON'),
    ]);
    expect(faults.filter(({ hint }) => !hint)).toEqual([]);
    expect(report.errors).toBe(3);
  });
});
