/** Brings a run that is followed to its outcome, or passes its task on to another run that goes on where it stopped. */

import { keyOf } from '../outbox/entry.ts';
import type { RunSpent } from '../tasks/record.ts';
import { concludeRun, costOf, usageOf } from './conclude.ts';
import { loadIntent } from './intent.ts';
import type { RunView, Verdict } from './judge.ts';
import { keepWork } from './landing/keep-work.ts';
import { loadLaunchRecord } from './launch.ts';
import { takeOverEntry } from './sessions/told-sessions.ts';
import { settleRun, settleUsage } from './settle.ts';
import { readEvents, type Watched } from './watched.ts';

/** A lost run is followed by another one, but not for ever. */
const maxLostRuns = 3;
const tailBytes = 2048;

/** What the run has spent up to now. Where it was cut off before it said so, its conversation may say what it cost. */
function spentBy({ parts, task, folder, agent, state }: Watched): RunSpent {
  const { cost_before: before = 0, conversation = null } = loadLaunchRecord(parts.files, folder) ?? {};
  const own = costOf(state, before);
  const noted = own === null && agent && conversation ? agent.costBefore(conversation, parts.environmentOf(task)) : 0;
  return { usage: usageOf(state), cost_usd: noted > before ? costOf({ ...state, totalCostUsd: noted }, before) : own };
}

/**
 * Ends a run without an outcome, so that another one goes on where it stopped; `isHandedOver`: under the next account. False
 * where something else was asked meanwhile.
 */
async function passOn(watched: Watched, view: RunView, isHandedOver: boolean, stillHolds: () => boolean) {
  const { parts, task, run, process } = watched;
  // Its tools may have outlived it: two runs must not work on one task.
  await process.end();
  readEvents(watched);
  const [at, spent] = [new Date(view.now).toISOString(), spentBy(watched)];
  const passedOn = await parts.tasks.hold(task.task_id, isHandedOver ? 'hand over' : 'lost', async (held) => {
    if (stillHolds()) await held.apply({ type: 'lost', run, at, isHandedOver, spent });
    return held.task.status === 'running' ? null : held.task;
  });
  if (passedOn === null) return false;
  await settleUsage(parts, passedOn);
  const entry = isHandedOver ? takeOverEntry(task) : null;
  if (entry) await parts.outbox.announce(entry, keyOf(entry.notification));
  return true;
}

/** Enough for any answer; a custom agent that prints more is cut at the front. */
const outputBytes = 4 * 1024 * 1024;

/** Settles the run, or passes its task on; true where it was lost, or handed over, and its task waits for another run. */
export async function conclude(
  watched: Watched,
  view: RunView,
  verdict: Verdict,
  note: string | null,
): Promise<boolean> {
  const { parts, task, run, agent, folder, process } = watched;
  const lostBefore = task.runs.filter(({ outcome }) => outcome === 'lost').length;
  const asked = JSON.stringify(view.intent);
  const stillHolds = () => JSON.stringify(loadIntent(parts.files, folder)) === asked;
  if (view.intent?.kind === 'takeover') return await passOn(watched, view, true, stillHolds);
  if (verdict === 'lost' && agent?.canResume && lostBefore < maxLostRuns) {
    parts.log.warn({ task_id: task.task_id, run }, 'the run was lost; the task goes on in another one');
    return await passOn(watched, view, false, stillHolds);
  }
  const stderrTail = process.errorTail(tailBytes);
  const concluded = concludeRun({
    verdict,
    note,
    state: watched.state,
    intent: view.intent,
    exit: view.exit,
    exitResult: agent?.concludeExit(view.exit, agent.canResume ? '' : process.outputTail(outputBytes)) ?? null,
    agentName: task.agent,
    workdir: task.workdir,
    costBefore: loadLaunchRecord(parts.files, folder)?.cost_before ?? 0,
    stderrTail: stderrTail && parts.redactFor(task)(stderrTail),
    elapsedMs: view.now - view.startedAt,
  });
  const kept = await keepWork(parts, task, concluded);
  const settled = await settleRun(parts, task.task_id, run, kept, !view.isAnyAlive, stillHolds);
  // Something was asked of it at the last moment: that decides.
  if (!settled) return false;
  watched.task = settled;
  watched.concludedAt = parts.clock.now();
  parts.log.info(
    { task_id: task.task_id, run, outcome: watched.task.status, reason: watched.task.reason },
    'run ended',
  );
  return false;
}
