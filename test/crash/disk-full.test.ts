// A disk that fills up: nothing half-made is left, a worker keeps what it knows in memory, and all goes on when there is space again.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { makeSmallDisk, type SmallDisk, whyNoSmallDisk } from '../support/crash-small-disk.ts';
import { openStage, until } from '../support/crash-stage.ts';
import { openApp, submit } from '../support/crash-worker.ts';

const reason = whyNoSmallDisk();
if (reason !== null) console.warn(`The tests of a full disk are SKIPPED: ${reason}.`);
const onSmallDisk = it.skipIf(reason !== null);

const isDiskFull = (error: unknown) => (error as { code?: string }).code === 'ENOSPC';

/** Everything that a task puts into the home, by name; the same before and after one that could not be made. */
function traces({ home }: SmallDisk): string[] {
  const { files, paths } = home;
  const folders = [paths.chatTasks('5'), paths.waiting, paths.active, paths.aside, join(paths.workspaces, '5')];
  return folders.flatMap((folder) => files.list(folder).map((name) => join(folder, name))).sort();
}

onSmallDisk('says that the disk is full, and leaves nothing half-made', async () => {
  const disk = makeSmallDisk('2m');
  const stage = await openStage({ home: disk.home });
  try {
    const before = traces(disk);
    disk.fill(0);
    const result = await stage.cli(['dispatch', '-g', '5', '--agent', 'counting', 'crash-0001 0']);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toMatch(/The disk that holds .* is full\.\n {2}Free some space/);
    expect(traces(disk)).toEqual(before);
    await until('the worker that was started ahead to leave', () => stage.find('worker').length === 0, 20_000);
    expect(traces(disk)).toEqual(before);
    disk.free();
  } finally {
    await stage.close();
  }
});

const kinds = [
  ['a task', {}],
  ['a task on hold', { hold: true }],
] as const;

onSmallDisk.each(kinds)('makes %s whole or not at all, wherever the disk fills up', async (_, options) => {
  const disk = makeSmallDisk('2m');
  const { home } = disk;
  writeFileSync(join(home.home, 'config.json'), '{"agents":{"custom":{"nothing":{"command":["true"]}}}}');
  const app = openApp({ ...home.env, PATH: process.env.PATH, HOME: home.outside }, home.outside);
  const prompt = 'word '.repeat(2000);
  let failed = 0;
  let made = 0;
  for (let pages = 0; pages < 14; pages++) {
    disk.fill(pages);
    const before = traces(disk);
    try {
      const { task_id, status } = await submit(app, { prompt, group: '5', agent: 'nothing', ...options });
      made++;
      expect(home.tasks.load(task_id).status).toBe(status);
      expect(home.tasks.prompt(task_id)).toBe(prompt);
      const noted = status === 'paused' ? home.queue.aside() : home.queue.waiting().map(({ taskId }) => taskId);
      expect(noted, `with ${pages} pages left`).toContain(task_id);
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      failed++;
      expect(traces(disk), `with ${pages} pages left`).toEqual(before);
    }
  }
  disk.free();
  // Else the disk was never, or always, too small, and nothing was shown.
  expect(Math.min(failed, made), `failed ${failed}, made ${made}`).toBeGreaterThan(1);
});

onSmallDisk('makes all tasks of a batch or none, also while a worker lives', { timeout: 60_000 }, async () => {
  const disk = makeSmallDisk('4m');
  const { home } = disk;
  const trace = join(home.outside, 'trace');
  const agents = { custom: { tracing: { command: ['/bin/sh', '-c', `cat >> '${trace}'`] } } };
  const stage = await openStage({ home, config: { agents } });
  const worker = stage.cli(['worker']);
  try {
    await until('the worker to live', () => home.locks.isHeld(home.paths.workerLock), 10_000);
    const lines = Array.from({ length: 64 }, (_, index) => JSON.stringify({ prompt: `traced ${index}` }));
    const args = ['dispatch', '--batch', '-', '--agent', 'tracing', '-g', '5'];
    // Two pages for each task, and one for its marker: this ends in the middle.
    disk.fill(100);
    const before = traces(disk);
    const result = await stage.cli(args, { input: lines.join('\n') });
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(traces(disk)).toEqual(before);
    disk.free();
    await sleep(1500);
    expect(existsSync(trace), 'nobody ran any of them').toBe(false);
    const again = await stage.cli(args, { input: lines.join('\n') });
    expect(again).toMatchObject({ exitCode: 0 });
    const run = () => (existsSync(trace) ? (readFileSync(trace, 'utf8').match(/traced/g)?.length ?? 0) : 0);
    await until('all of them to run', () => run() === 64, 30_000);
  } finally {
    disk.free();
    await stage.cli(['worker', 'stop']);
    await worker;
    await stage.close();
  }
});

/** Says its answer at once, and leaves when the file is there. */
const patient = (go: string) => ['/bin/sh', '-c', `echo the answer; while [ ! -e '${go}' ]; do sleep 0.05; done`];

onSmallDisk(
  'a worker keeps the end of a run in memory until there is space, and claims nothing meanwhile',
  {
    timeout: 90_000,
  },
  async () => {
    const disk = makeSmallDisk('4m');
    const { home } = disk;
    const go = join(home.outside, 'go');
    const agents = { custom: { patient: { command: patient(go) } } };
    const stage = await openStage({ home, config: { agents } });
    try {
      const dispatch = async (name: string, chat: string) => {
        const { stdout } = await stage.cli(['dispatch', '-g', chat, '-n', name, '--agent', 'patient', name]);
        return stdout.trim();
      };
      const statusOf = (taskId: string) => home.tasks.load(taskId).status;
      // A task that comes into the queue only when the disk is full.
      const app = openApp({ ...home.env, PATH: process.env.PATH, HOME: home.outside }, home.outside);
      const { task_id: waiting } = await submit(app, { prompt: 'waiting', group: '6', agent: 'patient' });
      const [marker = ''] = home.files.list(home.paths.waiting);
      const aside = join(home.home, marker);
      renameSync(join(home.paths.waiting, marker), aside);
      const running = await dispatch('running', '5');
      await until('the agent to work', () => statusOf(running) === 'running', 10_000);
      disk.fill(0);
      writeFileSync(go, '');
      const ofAgents = () => stage.running().filter((line) => !line.includes('ccdispatch.js'));
      await until('the agent to leave', () => ofAgents().length === 0, 10_000);
      await sleep(1500);
      renameSync(aside, join(home.paths.waiting, marker));
      await sleep(3000);
      expect(stage.find('worker').length, 'the worker lives').toBe(1);
      expect([statusOf(running), statusOf(waiting)]).toEqual(['running', 'pending']);
      expect(home.queue.active()).toEqual([running]);
      expect(stage.bot.messages('5').filter(({ text }) => text.includes('the answer'))).toEqual([]);

      disk.free();
      await until('both tasks to end', () => [running, waiting].every((id) => statusOf(id) === 'completed'), 20_000);
      const told = (chat: string) => stage.bot.messages(chat).filter(({ text }) => text.includes('the answer')).length;
      await until('both chats to be told', () => told('5') + told('6') === 2, 30_000);
      await until('the worker to leave', () => stage.running().length === 0, 20_000);
      expect([told('5'), told('6')]).toEqual([1, 1]);
      expect([home.queue.active(), home.queue.waiting()]).toEqual([[], []]);
      expect(existsSync(join(home.paths.outboxSent, '5', `${running}.1.ended.json`))).toBe(true);
    } finally {
      disk.free();
      await stage.close();
    }
  },
);
