/** Follows one run to its end: reads its events, asks the judge, and does what he says. */

import { persist } from '../errors/persist.ts';
import { isoNow } from '../format/instant.ts';
import { keyOf } from '../outbox/entry.ts';
import { latestRun, type Task } from '../tasks/record.ts';
import { intentUpon, isAnswered } from './accounts/refusals.ts';
import { conclude } from './conclude-watched.ts';
import { saveIntent } from './intent.ts';
import { judgeRun, type RunView, type Step } from './judge.ts';
import { closeQuestions } from './questions/questions.ts';
import { isWaiting } from './questions/waits.ts';
import { interimEntry, progressEntry } from './told.ts';
import {
  type FollowOptions,
  openWatched,
  readEvents,
  readQuestions,
  type SuperviseParts,
  viewOf,
  type Watched,
} from './watched.ts';

/** How following a run ended: all is over; the run was lost, or handed over, and its task waits again; or we were told to leave. */
export type Supervised = 'closed' | 'lost' | 'left';

const pollMs = 250;
const progressEveryMs = 2000;

async function tellInterim(watched: Watched): Promise<void> {
  const entry = interimEntry(watched.task, watched.state);
  if (entry) await watched.parts.outbox.announce(entry, keyOf(entry.notification));
  watched.interimTold = watched.state.interimCount;
}

/** Tells how the run gets on, not too often; a progress message that cannot be written is no reason to stop. */
async function tellProgress(watched: Watched): Promise<void> {
  const { parts, task, state } = watched;
  if (watched.concludedAt !== null || parts.clock.now() < watched.progressAt + progressEveryMs) return;
  watched.progressAt = parts.clock.now();
  const entry = progressEntry(task, state, isWaiting(watched.waits) ? 'approval' : null);
  try {
    if (entry) await parts.outbox.progress(entry);
  } catch (error) {
    parts.log.warn({ task_id: task.task_id, error: String(error) }, 'progress was not written');
  }
}

/** Sees to what the service refused since we looked last; true where the run is to end for it. */
async function seeToRefusals(watched: Watched, view: RunView, isSettling: boolean): Promise<boolean> {
  const { parts, task } = watched;
  const { refused, refusals } = view.state;
  if (view.intent || view.concludedAt !== null) return false;
  if (isAnswered(view.state)) await parts.pool?.noteAnswer(task);
  if (refused === null || refusals === watched.refusalsSeen || (isSettling && view.isMainAlive)) return false;
  const intent = await intentUpon(parts, task, refused);
  watched.refusalsSeen = refusals;
  if (intent) await saveIntent(parts.files, watched.folder, { ...intent, at: new Date(view.now).toISOString() });
  return intent !== null;
}

/** Begins to end the run's processes; the loop goes on reading meanwhile. */
function beginEnding(watched: Watched): void {
  // There is nothing more to signal; only the news of the exit is still on its way.
  if (watched.hasEnded) return;
  watched.ending ??= watched.process.end().then(() => {
    watched.hasEnded = true;
    watched.ending = null;
    watched.bell.ring();
  });
}

async function close(watched: Watched): Promise<void> {
  const { parts, process, task, run } = watched;
  await process.end();
  if (latestRun(task)?.ended_at) return await closeQuestions(parts, task);
  const at = isoNow(parts.clock);
  const { task: closed } = await parts.tasks.apply(task.task_id, { type: 'gone', run, at });
  await closeQuestions(parts, closed);
}

/** Does one step; says how following ended, or null to go on. */
async function act(watched: Watched, view: RunView, step: Step): Promise<Supervised | null> {
  switch (step.do) {
    case 'tell-interim':
      await tellInterim(watched);
      return null;
    case 'conclude':
      return (await conclude(watched, view, step.by, step.note)) ? 'lost' : null;
    case 'intend':
      await saveIntent(watched.parts.files, watched.folder, { ...step.intent, at: new Date(view.now).toISOString() });
      return null;
    case 'end':
      beginEnding(watched);
      await watched.bell.wait(pollMs);
      return null;
    case 'close':
      await close(watched);
      return 'closed';
    case 'wait':
      await tellProgress(watched);
      await watched.bell.wait(Math.max(1, Math.min(pollMs, (step.until ?? Number.POSITIVE_INFINITY) - view.now)));
      return null;
  }
}

/** Follows the task's latest run until everything of it is gone. */
export async function superviseRun(parts: SuperviseParts, task: Task, options: FollowOptions): Promise<Supervised> {
  const { signal, isSettling } = options;
  const watched = openWatched(parts, task, options);
  const stopWatching = parts.files.watch(watched.process.folder, watched.bell.ring, pollMs);
  signal.addEventListener('abort', watched.bell.ring);
  try {
    while (!signal.aborted) {
      readEvents(watched);
      if (watched.concludedAt === null) parts.onState?.(watched.task, watched.state);
      await readQuestions(watched);
      const view = viewOf(watched);
      if (await persist(parts, signal, () => seeToRefusals(watched, view, isSettling))) continue;
      const step = judgeRun(view);
      if (isSettling && step.do === 'wait' && view.concludedAt === null) return 'left';
      const ended = await persist(parts, signal, () => act(watched, view, step));
      if (ended) return ended;
    }
    return 'left';
  } finally {
    stopWatching();
    signal.removeEventListener('abort', watched.bell.ring);
    if (isWaiting(watched.waits)) parts.onWaiting?.(task.task_id, false);
  }
}
