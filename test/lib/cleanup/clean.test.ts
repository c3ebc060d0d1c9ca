// A clean-up of real homes: what goes is wholly gone, what stays is untouched.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { systemGit } from '../../../src/lib/adapters/git.ts';
import { diskTrees } from '../../../src/lib/adapters/trees.ts';
import { type CleanupParts, previewCleanup, runCleanup } from '../../../src/lib/cleanup/clean.ts';
import type { CleanupOptions } from '../../../src/lib/cleanup/plan.ts';
import { findTranscripts } from '../../../src/lib/cleanup/transcripts.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { addTask, aRun, firstTaskTs } from '../../support/tasks.ts';

const everything: CleanupOptions = { olderThanMs: 0, keepFailed: false, maxBytes: null, forceWorkspaces: false };
const conversation = (n: number) => `10000000-0000-4000-8000-00000000000${n}`;

function partsOf(home: TestHome): CleanupParts {
  const env = { HOME: home.outside };
  return {
    ...home,
    clock: systemClock,
    git: systemGit,
    trees: diskTrees,
    outbox: createOutbox({ files: home.files, paths: home.paths, clock: systemClock, botId: null }),
    transcripts: (id, profile) =>
      findTranscripts(
        {
          files: home.files,
          env,
          envPath: home.paths.env,
          profiles: { ali: { env: { CLAUDE_CONFIG_DIR: join(home.outside, 'ali') } } },
        },
        id,
        profile,
      ),
  };
}

async function clean(home: TestHome, options: Partial<CleanupOptions> = {}) {
  const outcome = await runCleanup(partsOf(home), { ...everything, ...options });
  if ('busy' in outcome) throw new Error('busy');
  return outcome.report;
}

function put(path: string, text = ''): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Makes it look untouched for two hours. */
function age(path: string): string {
  const then = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(path, then, then);
  return path;
}

const sent = (home: TestHome, taskId: string) => join(home.paths.outboxSent, '5', `${taskId}.1.ended.json`);
const transcript = (home: TestHome, n: number) =>
  join(home.outside, '.claude/projects/-some-folder', `${conversation(n)}.jsonl`);

/** Everything that one ended task leaves in the home and in the agent's folder. */
async function addEnded(home: TestHome, n: number, fields: Parameters<typeof addTask>[1] = {}) {
  const task = await addTask(home, {
    task_id: `task-5-${firstTaskTs + n}`,
    status: 'completed',
    agent_session_id: conversation(n),
    ...fields,
  });
  put(join(home.paths.run(task.task_id, 1), 'events.jsonl'), 'x'.repeat(5000));
  if (!fields.workdir) put(join(task.workdir, 'result.txt'), 'result');
  put(sent(home, task.task_id), '{}');
  put(transcript(home, n));
  return task;
}

describe('a clean-up', () => {
  it('removes ended tasks with all that belongs to them, and nothing else', async () => {
    const home = makeHome();
    const gone = await addEnded(home, 1);
    put(join(transcript(home, 1).replace('.jsonl', ''), 'subagents', 'a.jsonl'));
    const live = [
      await addTask(home, { task_id: 'task-5-2', status: 'running' }),
      await addTask(home, { task_id: 'task-5-3', status: 'pending' }),
      await addTask(home, { task_id: 'task-6-4', status: 'paused' }),
      await addEnded(home, 5, { runs: [aRun(firstTaskTs, 'completed', { ended_at: null })] }),
    ];
    const kept = {
      config: put(join(home.home, 'config.yaml')),
      foreign: put(join(home.outside, 'project', 'code.ts')),
    };
    const abroad = await addEnded(home, 6, { workdir: join(home.outside, 'project') });
    const report = await clean(home);
    expect(report).toMatchObject({ is_dry_run: false, kept_workspaces: [], markers: [], leftovers: [], failures: [] });
    expect(report.tasks.map(({ task_id }) => task_id).sort()).toEqual([gone.task_id, abroad.task_id].sort());
    expect(report.workspaces.map(({ path }) => path)).toEqual([gone.workdir]);
    expect(report.bytes).toBeGreaterThan(10_000);
    for (const { task_id } of [gone, abroad]) {
      expect([home.paths.task(task_id), sent(home, task_id)].filter(existsSync)).toEqual([]);
    }
    expect(
      [gone.workdir, transcript(home, 1), transcript(home, 1).replace('.jsonl', ''), transcript(home, 6)].filter(
        existsSync,
      ),
    ).toEqual([]);
    expect(Object.values(kept).every(existsSync)).toBe(true);
    for (const task of live) {
      expect(home.tasks.load(task.task_id)).toEqual(task);
      expect(existsSync(task.workdir)).toBe(true);
    }
    expect(existsSync(transcript(home, 5))).toBe(true);
    expect(readdirSync(home.paths.chatTasks('5')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('shows the same beforehand, and changes nothing by that', async () => {
    const home = makeHome();
    await addEnded(home, 1);
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId: 'task-5-99' });
    const tree = () => execFileSync('find', ['.'], { cwd: home.home, encoding: 'utf8' }).split('\n').sort();
    const before = tree();
    const preview = await previewCleanup(partsOf(home), everything);
    expect(tree()).toEqual(before);
    expect(preview.is_dry_run).toBe(true);
    expect(await clean(home)).toEqual({ ...preview, is_dry_run: false });
    expect(preview).toMatchObject({
      tasks: [{ why: 'age' }],
      markers: ['task-5-99'],
      transcripts: [transcript(home, 1)],
    });
  });

  it('leaves what is queued or undelivered', async () => {
    const home = makeHome();
    const tasks = [await addEnded(home, 1), await addEnded(home, 2), await addEnded(home, 3), await addEnded(home, 4)];
    const [waiting, active, undelivered, aside] = tasks.map(({ task_id }) => task_id) as [
      string,
      string,
      string,
      string,
    ];
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'u', taskId: waiting });
    put(join(home.paths.active, active));
    put(join(home.paths.outbox, '5', `${undelivered}.1.ended.json`), '{}');
    await home.queue.setAside(aside);
    expect(await clean(home)).toMatchObject({ tasks: [], workspaces: [], transcripts: [] });
    expect(tasks.every(({ workdir }) => existsSync(workdir))).toBe(true);
  });

  it('leaves a workspace and a conversation that a task which stays goes on with', async () => {
    const home = makeHome();
    const first = await addEnded(home, 1);
    const second = await addTask(home, {
      task_id: 'task-5-2',
      status: 'running',
      workdir: first.workdir,
      agent_session_id: conversation(1),
      continues: true,
    });
    expect(await clean(home)).toMatchObject({ tasks: [{ task_id: first.task_id }], workspaces: [], transcripts: [] });
    expect(existsSync(join(first.workdir, 'result.txt'))).toBe(true);
    expect(existsSync(transcript(home, 1))).toBe(true);
    // Once that one has ended too, both go: they were ours from the beginning.
    await home.tasks.remove(second.task_id);
    await addTask(home, {
      ...second,
      status: 'completed',
      completed_at: second.started_at,
      runs: [aRun(0, 'completed')],
    });
    age(first.workdir);
    expect(await clean(home)).toMatchObject({
      workspaces: [{ path: first.workdir }],
      transcripts: [transcript(home, 1)],
    });
  });

  it("leaves a person's own conversation, and finds that of a profile in its folder", async () => {
    const home = makeHome();
    await addEnded(home, 1, { continues: true, workdir: home.outside });
    await addEnded(home, 2, { profile: 'ali' });
    const own = put(join(home.outside, 'ali', 'projects', 'p', `${conversation(2)}.jsonl`));
    expect(await clean(home)).toMatchObject({ transcripts: [own] });
    expect([transcript(home, 1), transcript(home, 2), own].map(existsSync)).toEqual([true, true, false]);
  });

  it('takes the conversations that a task has left, run afresh', async () => {
    const home = makeHome();
    await addEnded(home, 1, { left_sessions: [conversation(2), conversation(3)] });
    for (const n of [2, 3, 4]) put(transcript(home, n));
    expect((await clean(home)).transcripts.sort()).toEqual([1, 2, 3].map((n) => transcript(home, n)));
    expect([2, 3, 4].map((n) => existsSync(transcript(home, n)))).toEqual([false, false, true]);
  });

  it('never builds a path from an id that is none', async () => {
    const home = makeHome();
    await addEnded(home, 1, { agent_session_id: '../../../precious', left_sessions: ['../../../precious'] });
    const precious = put(join(home.outside, 'precious.jsonl'));
    put(join(home.outside, '.claude/projects/p/q/x'));
    expect(await clean(home)).toMatchObject({ tasks: [{}], transcripts: [] });
    expect(existsSync(precious)).toBe(true);
  });

  it('removes a link in place of a workspace, not what it points to', async () => {
    const home = makeHome();
    const task = await addEnded(home, 1);
    const target = put(join(home.outside, 'code', 'main.ts'));
    renameSync(task.workdir, `${task.workdir}-moved`);
    symlinkSync(dirname(target), task.workdir);
    await clean(home);
    expect(existsSync(target)).toBe(true);
  });

  it('leaves such a link while another task works through it', async () => {
    const home = makeHome();
    const task = await addEnded(home, 1);
    await addTask(home, { task_id: 'task-5-2', status: 'paused', workdir: task.workdir });
    renameSync(task.workdir, join(home.outside, 'moved'));
    symlinkSync(join(home.outside, 'moved'), task.workdir);
    expect(await clean(home)).toMatchObject({ tasks: [{ task_id: task.task_id }], workspaces: [] });
    expect(existsSync(join(task.workdir, 'result.txt'))).toBe(true);
  });

  it('keeps a repository with work of its own until it is told not to', async () => {
    const home = makeHome();
    const task = await addEnded(home, 1);
    const repository = join(task.workdir, 'deep', 'repository');
    put(join(repository, 'code.ts'));
    execFileSync('git', ['init', '-q'], { cwd: repository });
    const kept = [{ path: task.workdir, unsaved: 'uncommitted' }];
    expect(await clean(home)).toMatchObject({
      tasks: [{ task_id: task.task_id }],
      workspaces: [],
      kept_workspaces: kept,
    });
    expect(existsSync(join(repository, 'code.ts'))).toBe(true);
    age(task.workdir);
    expect(await clean(home)).toMatchObject({ tasks: [], workspaces: [], kept_workspaces: kept });
    const forced = await clean(home, { forceWorkspaces: true });
    expect(forced).toMatchObject({ workspaces: [{ path: task.workdir }], kept_workspaces: [] });
    expect(existsSync(task.workdir)).toBe(false);
  });

  it('gets the home below a size, oldest first', async () => {
    const home = makeHome();
    const big = Buffer.alloc(400_000, 1);
    for (const n of [1, 2, 3]) {
      const task = await addEnded(home, n, { completed_at: new Date(firstTaskTs + n * 1000).toISOString() });
      writeFileSync(join(task.workdir, 'big'), big);
    }
    const olderThanMs = 100 * 365 * 86_400_000;
    expect(await clean(home, { olderThanMs, maxBytes: 10_000_000 })).toMatchObject({ tasks: [], bytes_over: 0 });
    const report = await clean(home, { olderThanMs, maxBytes: 600_000 });
    expect(report.tasks.map(({ task_id, why }) => `${task_id} ${why}`)).toEqual(
      [1, 2].map((n) => `task-5-${firstTaskTs + n} size`),
    );
    expect(diskTrees.measure(home.home).bytes).toBeLessThan(600_000);
    expect(home.tasks.ids('5')).toEqual([`task-5-${firstTaskTs + 3}`]);
  });

  it('sweeps what belongs to nothing, once it is old', async () => {
    const home = makeHome();
    await addTask(home, { task_id: 'task-5-1', status: 'running' });
    const unfinished = [
      join(home.paths.chatTasks('5'), '.tmp-task-5-7-123', 'prompt.txt'),
      join(home.home, '.tmp-1-2-users.json'),
      join(home.paths.outbox, '5', '.tmp-1-2-x.json'),
      join(home.paths.history, '.tmp-1-2-2026-11.jsonl'),
    ].map((path) => put(path));
    const tops = [dirname(unfinished[0] as string), ...unfinished.slice(1)];
    const shell = dirname(put(join(home.paths.task('task-5-8'), '.lock')));
    expect((await clean(home)).leftovers).toEqual([]);
    for (const path of [...tops, shell]) age(path);
    expect((await clean(home)).leftovers.sort()).toEqual([...tops, shell].sort());
    expect([...tops, shell].filter(existsSync)).toEqual([]);
    expect(home.tasks.exists('task-5-1')).toBe(true);
  });

  it('goes on when a record is broken, and keeps that task', async () => {
    const home = makeHome();
    const good = await addEnded(home, 1);
    const broken = await addEnded(home, 2);
    const meta = join(home.paths.task(broken.task_id), 'task-meta.json');
    writeFileSync(meta, readFileSync(meta, 'utf8').slice(0, -40));
    expect(await clean(home)).toMatchObject({
      tasks: [{ task_id: good.task_id }],
      workspaces: [{ path: good.workdir }],
    });
    expect([meta, broken.workdir].every(existsSync)).toBe(true);
  });

  it('notes what it cannot remove, and does the rest', async () => {
    const home = makeHome();
    const held = await addEnded(home, 1);
    const free = await addEnded(home, 2);
    const parts = partsOf(home);
    const tasks = {
      ...home.tasks,
      hold: (async (taskId, purpose, work) => {
        if (taskId === held.task_id) throw new Error('held by another');
        return await home.tasks.hold(taskId, purpose, work);
      }) as typeof home.tasks.hold,
    };
    const outcome = await runCleanup({ ...parts, tasks }, everything);
    expect(outcome).toMatchObject({
      report: {
        tasks: [{ task_id: free.task_id }],
        workspaces: [{ path: free.workdir }],
        failures: [{ path: home.paths.task(held.task_id), reason: 'held by another' }],
      },
    });
    expect(existsSync(held.workdir)).toBe(true);
  });

  it('leaves a task that was started anew after it had looked', async () => {
    const home = makeHome();
    const task = await addEnded(home, 1);
    const parts = partsOf(home);
    const git = {
      ...systemGit,
      // Asked while the clean-up looks around.
      unsavedWork: async () => {
        await home.tasks.apply(task.task_id, { type: 'queued', at: new Date().toISOString(), afresh: null });
        return null;
      },
    };
    mkdirSync(join(task.workdir, '.git'));
    expect(await runCleanup({ ...parts, git }, everything)).toMatchObject({ report: { tasks: [], workspaces: [] } });
    expect(home.tasks.load(task.task_id).status).toBe('pending');
    expect(existsSync(task.workdir)).toBe(true);
  });

  it('does nothing while another one is at work', async () => {
    const home = makeHome();
    await addEnded(home, 1);
    const lock = home.locks.tryTake(join(home.home, 'cleanup.lock'), 'cleanup');
    expect(await runCleanup(partsOf(home), everything)).toMatchObject({
      busy: { pid: process.pid, purpose: 'cleanup' },
    });
    lock?.release();
    expect((await clean(home)).tasks).toHaveLength(1);
  });
});
