// Sessions in a clean-up: those that ended long ago go with what belongs to them, once their tasks are gone; of others what nobody needs.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { systemGit } from '../../../src/lib/adapters/git.ts';
import { diskTrees } from '../../../src/lib/adapters/trees.ts';
import { type CleanupParts, previewCleanup, runCleanup } from '../../../src/lib/cleanup/clean.ts';
import type { CleanupOptions } from '../../../src/lib/cleanup/plan.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { attachLockOf } from '../../../src/lib/sessions/attach.ts';
import type { Session } from '../../../src/lib/sessions/record.ts';
import { makeHome } from '../../support/home.ts';
import { addTask, aRun } from '../../support/tasks.ts';
import { sessionOf } from '../../support/warm-home.ts';

const dayMs = 24 * 3_600_000;
const agoOf = (days: number) => new Date(Date.now() - days * dayMs).toISOString();
const options: CleanupOptions = { olderThanMs: 30 * dayMs, keepFailed: false, maxBytes: null, forceWorkspaces: false };
const id = 'session-5-1700000000000';

async function openHome(change: Partial<Session>) {
  const home = makeHome();
  const transcript = join(home.outside, 'transcript.jsonl');
  writeFileSync(transcript, 'said');
  const workdir = home.paths.workspace('5', id);
  mkdirSync(workdir, { recursive: true });
  const session = sessionOf(workdir, { session_id: id, telegram_group: '5', generation: 3, ...change });
  await home.sessions.create(session);
  for (const n of [1, 2, 3]) {
    mkdirSync(join(home.paths.session(id), `gen-${n}`));
    writeFileSync(join(home.paths.session(id), `gen-${n}`, 'events.jsonl'), '{}');
  }
  const parts: CleanupParts = {
    ...{ ...home, clock: systemClock, git: systemGit, trees: diskTrees },
    outbox: createOutbox({ ...home, clock: systemClock, botId: null }),
    transcripts: (conversation) => (conversation === session.agent_session_id ? [transcript] : []),
  };
  const clean = async () => {
    const before = await previewCleanup(parts, options);
    const outcome = await runCleanup(parts, options);
    if ('busy' in outcome) throw new Error('busy');
    expect({ ...before, is_dry_run: false }).toEqual(outcome.report);
    return outcome.report;
  };
  const generations = () => readdirSync(home.paths.session(id)).filter((name) => name.startsWith('gen-'));
  return { home, transcript, workdir, clean, generations };
}

it('go with their transcripts and workspaces, long after they ended', async () => {
  const { home, transcript, workdir, clean } = await openHome({ ended_at: agoOf(31) });
  expect(await clean()).toMatchObject({
    sessions: [{ session_id: id }],
    transcripts: [transcript],
    workspaces: [{ path: workdir }],
  });
  for (const path of [home.paths.session(id), transcript, workdir]) expect(existsSync(path), path).toBe(false);
});

it.each([
  ['open ones', { ended_at: null }],
  ['those that ended not long ago', { ended_at: agoOf(29) }],
])('%s stay', async (_what, change) => {
  const { home, transcript, workdir, clean } = await openHome({ generation: 1, ...change });
  expect(await clean()).toMatchObject({ sessions: [], transcripts: [], workspaces: [] });
  for (const path of [home.paths.session(id), transcript, workdir]) expect(existsSync(path), path).toBe(true);
});

it('stay as long as a task of theirs does, or somebody works in them', async () => {
  const { home, clean } = await openHome({ ended_at: agoOf(40) });
  const lock = home.locks.tryTake(attachLockOf(home.paths, id), 'attach');
  expect((await clean()).sessions).toEqual([]);
  lock?.release();
  await addTask(home, { task_id: `task-5-${Date.now()}`, session_id: id, status: 'completed' });
  expect((await clean()).sessions).toEqual([]);
});

it('keep work that is nowhere else', async () => {
  const { home, workdir, clean } = await openHome({ ended_at: agoOf(31) });
  execFileSync('git', ['init', '--quiet'], { cwd: workdir });
  writeFileSync(join(workdir, 'draft.txt'), 'not committed');
  expect(await clean()).toMatchObject({ sessions: [{ session_id: id }], kept_workspaces: [{ path: workdir }] });
  expect(existsSync(workdir)).toBe(true);
  expect(existsSync(home.paths.session(id))).toBe(false);
});

it('of long ones the output of earlier processes goes that no task speaks of', async () => {
  const { home, generations, clean } = await openHome({});
  const task = await addTask(home, {
    task_id: `task-5-${Date.now()}`,
    session_id: id,
    status: 'completed',
    runs: [aRun(Date.now(), 'completed')],
  });
  const run = home.paths.run(task.task_id, 1);
  mkdirSync(run, { recursive: true });
  const turn = { session_id: id, generation: 2, from: 0 };
  writeFileSync(join(run, 'launch.json'), JSON.stringify({ turn }));
  expect((await clean()).generations).toEqual([join(home.paths.session(id), 'gen-1')]);
  expect(generations()).toEqual(['gen-2', 'gen-3']);
});
