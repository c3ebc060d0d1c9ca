// How sessions are shown: by what their processes, turns and troubles leave on disk.

import { expect, it, onTestFinished } from 'vitest';
import { viewSessions } from '../../../../src/lib/runs/sessions/session-state.ts';
import { attachLockOf } from '../../../../src/lib/sessions/attach.ts';
import { eventsOf, inputOf } from '../../../../src/lib/sessions/process.ts';
import type { Session } from '../../../../src/lib/sessions/record.ts';
import { addTask } from '../../../support/tasks.ts';
import { newSessionId, sessionOf } from '../../../support/warm-home.ts';
import { makeRunHome } from '../run-home.ts';

const minute = 60_000;

/** A session whose process was woken once. */
function open(change: Partial<Session> = {}) {
  const home = makeRunHome();
  const session = sessionOf(home.outside, { session_id: newSessionId(), generation: 1, ...change });
  const folder = home.paths.generation(session.session_id, 1);
  home.files.makeFolder(folder);
  home.files.write(eventsOf(folder), '');
  const hold = (path: string) => {
    const lock = home.locks.tryTake(path, 'test');
    onTestFinished(() => lock?.release());
  };
  return {
    home,
    folder,
    session,
    /** As long as it lives it holds its events, and its input stands there. */
    lives: () => {
      home.files.write(inputOf(folder), '');
      hold(eventsOf(folder));
    },
    died: () => home.files.write(inputOf(folder), ''),
    attach: () => hold(attachLockOf(home.paths, session.session_id)),
    /** A turn of it began so long ago. */
    async turn(agoMs: number) {
      const started_at = new Date(home.clock.now() - agoMs).toISOString();
      const task = await addTask(home, { session_id: session.session_id, status: 'running', started_at });
      const marker = { priority: task.priority, queuedAt: home.clock.now(), user: 'local', taskId: task.task_id };
      await home.queue.add(marker);
      home.queue.claim(marker);
    },
    state: () => viewSessions(home, [session])[0]?.state,
  };
}
type Opened = ReturnType<typeof open>;

it.each<[string, Partial<Session>, (opened: Opened) => unknown, string]>([
  ['never spoken to', { generation: 0 }, () => {}, 'asleep'],
  ['put to sleep', {}, () => {}, 'asleep'],
  ['between turns', {}, ({ lives }) => lives(), 'healthy'],
  ['died between turns', {}, ({ died }) => died(), 'dead'],
  ['answered nothing twice', { empty_answers: 2 }, ({ lives }) => lives(), 'poisoned'],
  ['ended', { ended_at: '2026-11-20T07:00:00.000Z' }, ({ lives }) => lives(), 'ended'],
  ['taken to a terminal', {}, ({ attach }) => attach(), 'attached'],
  ['found stuck', { trouble: 'stuck' }, ({ died }) => died(), 'stuck'],
])('%s', async (_what, change, happens, state) => {
  const opened = open(change);
  await happens(opened);
  expect(opened.state()).toBe(state);
});

it.each<[string, number, boolean, string]>([
  ['in a turn', minute, true, 'working'],
  ['in a long turn', 31 * minute, true, 'working-long'],
  ['in a turn that began after now, by a clock that was set back', -60 * minute, true, 'working'],
  ['died in a turn', minute, false, 'dead'],
])('%s', async (_what, agoMs, isAlive, state) => {
  const opened = open();
  if (isAlive) opened.lives();
  else opened.died();
  await opened.turn(agoMs);
  expect(opened.state()).toBe(state);
});
