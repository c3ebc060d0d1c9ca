// What outlives its task or session is ended in the end; what is at work, of another home, or at a terminal is not.

import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../../../src/lib/adapters/log.ts';
import { sweepOrphans } from '../../../../src/lib/runs/worker/orphans.ts';
import { attachLockOf } from '../../../../src/lib/sessions/attach.ts';
import { addTask } from '../../../support/tasks.ts';
import { newSessionId, sessionOf } from '../../../support/warm-home.ts';
import { makeRunHome } from '../run-home.ts';

function startTool(env: Record<string, string>) {
  const tool = spawn('sleep', ['600'], { env: { PATH: process.env.PATH, ...env }, detached: true });
  let isGone = false;
  const gone = new Promise<void>((resolve) => tool.on('exit', () => resolve()));
  void gone.then(() => {
    isGone = true;
  });
  onTestFinished(() => void tool.kill('SIGKILL'));
  return { gone, isGone: () => isGone };
}

it('ends processes of tasks and sessions that are over or gone, and no others', async () => {
  const home = makeRunHome({ isHasty: true });
  const at = new Date(home.clock.now() - 3_600_000).toISOString();
  const now = new Date(home.clock.now()).toISOString();
  const [ended, open, gone, taken] = [newSessionId(), newSessionId(), newSessionId(), newSessionId()];
  for (const id of [ended, open, taken]) {
    await home.sessions.create(sessionOf(home.outside, { session_id: id, ended_at: id === open ? null : at }));
  }
  const lock = home.locks.tryTake(attachLockOf(home.paths, taken), 'attach');
  const over = await addTask(home, { task_id: `task-7-${process.pid}1`, status: 'completed', completed_at: at });
  const fresh = await addTask(home, { task_id: `task-7-${process.pid}2`, status: 'completed', completed_at: now });
  const running = await addTask(home, { task_id: `task-7-${process.pid}3`, status: 'running' });
  await home.files.create(`${home.paths.active}/${running.task_id}`, '');
  const ours = { CCDISPATCH_HOME: home.home };
  const ofTask = (id: string) => startTool({ ...ours, CCDISPATCH_TASK_ID: id });
  const ofSession = (id: string) => startTool({ ...ours, CCDISPATCH_SESSION_ID: id });
  const orphans = [ofTask(over.task_id), ofTask(`task-7-${process.pid}4`), ofSession(ended), ofSession(gone)];
  // A number that no task of ours has.
  const others = [
    ...[ofTask(fresh.task_id), ofTask(running.task_id), ofSession(open), ofSession(taken)],
    startTool({ CCDISPATCH_HOME: '/elsewhere', CCDISPATCH_TASK_ID: `task-7-${process.pid}49` }),
    startTool({ ...ours, CCDISPATCH_TASK_ID: 'no id' }),
  ];
  await sweepOrphans({ ...home, log: silentLog });
  await Promise.all(orphans.map((tool) => tool.gone));
  expect(others.map((tool) => tool.isGone())).toEqual(others.map(() => false));
  lock?.release();
});
