/** Follows one run to its end: reads its events, asks the judge, and does what he says. */

import { join } from 'node:path';
import type { Child, ExitStatus, ProcessId } from '../adapters/processes.ts';
import type { Agent } from '../agents/agent.ts';
import { keyOf } from '../outbox/entry.ts';
import { latestRun, type Task } from '../tasks/record.ts';
import { type Bell, createBell } from './bell.ts';
import { concludeRun } from './conclude.ts';
import { endProcesses } from './end-processes.ts';
import { foldEvents, newRunState, type RunState } from './fold.ts';
import { loadIntent, saveIntent } from './intent.ts';
import { judgeRun, type RunLimits, type RunView, type Step, type Verdict } from './judge.ts';
import { eventsFile, type LaunchParts, loadLaunchRecord } from './launch.ts';
import { closeQuestions, type QuestionWatch, watchQuestions } from './questions.ts';
import { persist, type SettleParts, settleRun } from './settle.ts';
import { openTail, type Tail } from './tail.ts';
import { interimEntry, progressEntry } from './told.ts';
import { isWaiting, type Wait, waitsOf } from './waits.ts';

export interface SuperviseParts extends LaunchParts, SettleParts {
  limitsOf(task: Task): RunLimits;
  graceMs: number;
  /** Masks secrets of the agent's environment, and what looks like one, in error output. */
  redactFor(task: Task): (text: string) => string;
  /** Masks secrets of the agent's environment in what it says, and changes nothing else of it. */
  maskFor(task: Task): (text: string) => string;
  /** Reads the settings again where they changed: before each run, so that it goes by those of its moment. */
  refreshSettings?(): Promise<void>;
  /** Hears that the disk is full, or has room again. */
  onDiskFull(isFull: boolean): void;
  /** Hears that a run waits for a person, or does no more. */
  onWaiting?(taskId: string, isWaiting: boolean): void;
}

/** How following a run ended: all is over; the run was lost and its task waits again; or we were told to leave. */
export type Supervised = 'closed' | 'lost' | 'left';

/** A lost run is followed by another one, but not for ever. */
const maxLostRuns = 3;
const pollMs = 250;
const progressEveryMs = 2000;
const tailBytes = 2048;

/** One run being followed. */
interface Watched {
  parts: SuperviseParts;
  task: Task;
  run: number;
  folder: string;
  agent: Agent | null;
  process: ProcessId | null;
  tail: Tail;
  mask: (text: string) => string;
  bell: Bell;
  state: RunState;
  exit: ExitStatus | null;
  hasChild: boolean;
  lastOutputAt: number;
  interimAt: number | null;
  interimTold: number;
  concludedAt: number | null;
  ending: Promise<void> | null;
  isSwept: boolean;
  progressAt: number;
  questions: QuestionWatch;
  waits: readonly Wait[];
}

function openWatched(parts: SuperviseParts, task: Task, child: Child | null): Watched {
  const run = latestRun(task);
  if (!run) throw new Error(`task ${task.task_id} has no run to follow`);
  const folder = parts.paths.run(task.task_id, run.n);
  const bell = createBell(parts.clock);
  const watched: Watched = {
    parts,
    task,
    run: run.n,
    folder,
    agent: parts.agents.get(task.agent),
    process: run.pid > 0 ? { pid: run.pid, started: run.pid_started } : null,
    tail: openTail(parts.files, join(folder, eventsFile)),
    mask: parts.maskFor(task),
    bell,
    state: newRunState,
    exit: null,
    hasChild: child !== null,
    lastOutputAt: parts.clock.now(),
    interimAt: null,
    interimTold: 0,
    concludedAt: run.outcome === null ? null : parts.clock.now(),
    ending: null,
    isSwept: false,
    progressAt: 0,
    questions: watchQuestions(parts, task, run.n),
    waits: [],
  };
  child?.exited.then((exit) => {
    watched.exit = exit;
    bell.ring();
  });
  return watched;
}

function readEvents(watched: Watched): void {
  const { parts, agent, tail, mask, folder } = watched;
  const lines = tail.read();
  const modifiedAt = parts.files.stat(join(folder, eventsFile))?.modifiedAt;
  if (modifiedAt !== undefined) watched.lastOutputAt = modifiedAt;
  if (lines.length === 0 || !agent) return;
  const interims = watched.state.interimCount;
  watched.state = foldEvents(
    watched.state,
    lines.flatMap((line) => agent.parseLine(mask(line))),
  );
  if (watched.state.interimCount > interims) watched.interimAt = parts.clock.now();
}

/** Looks what the agent asked, and tells when it begins or ends to wait; trouble with that is no reason to stop. */
async function readQuestions(watched: Watched): Promise<void> {
  const { parts, task, questions, waits } = watched;
  const wasWaiting = isWaiting(waits);
  try {
    watched.waits = waitsOf(await questions.look(), watched.run);
  } catch (error) {
    parts.log.warn({ task_id: task.task_id, error: String(error) }, 'questions were not looked at');
  }
  if (isWaiting(watched.waits) === wasWaiting) return;
  watched.progressAt = 0;
  parts.onWaiting?.(task.task_id, !wasWaiting);
}

function viewOf(watched: Watched): RunView {
  const { parts, task, process, folder } = watched;
  const run = latestRun(task);
  const isHeld = () => !watched.isSwept && parts.locks.isHeld(join(folder, eventsFile));
  // Our own child is alive until we saw it exit; one that was adopted is looked for; one that cannot be named (found by
  // its lock alone) is taken for alive while something holds its output.
  const isFound = process === null ? isHeld() : parts.processes.isAlive(process);
  const isMainAlive = watched.exit === null && (watched.hasChild || isFound);
  // What was read last may have been written between reading and dying.
  if (!isMainAlive) readEvents(watched);
  const isAnyAlive = isMainAlive || isHeld();
  return {
    state: watched.state,
    intent: loadIntent(parts.files, folder),
    isMainAlive,
    isAnyAlive,
    exit: watched.exit,
    now: parts.clock.now(),
    startedAt: Date.parse(run?.started_at ?? ''),
    lastOutputAt: watched.lastOutputAt,
    interimAt: watched.interimAt,
    concludedAt: watched.concludedAt,
    interimTold: watched.interimTold,
    waits: watched.waits,
    limits: parts.limitsOf(task),
  };
}

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

function endOfFile(watched: Watched, name: string, bytes: number): string {
  const path = join(watched.folder, name);
  const size = watched.parts.files.stat(path)?.size ?? 0;
  const length = Math.min(size, bytes);
  return watched.parts.files.readRange(path, size - length, length).toString('utf8');
}

/** Enough for any answer; a custom agent that prints more is cut at the front. */
const outputBytes = 4 * 1024 * 1024;

/** Settles the run; true where it was lost and its task waits for another run. */
async function conclude(watched: Watched, view: RunView, verdict: Verdict, note: string | null): Promise<boolean> {
  const { parts, task, run, agent, folder } = watched;
  const lostBefore = task.runs.filter(({ outcome }) => outcome === 'lost').length;
  if (verdict === 'lost' && agent?.canResume && lostBefore < maxLostRuns) {
    parts.log.warn({ task_id: task.task_id, run }, 'the run was lost; the task goes on in another one');
    // Its tools may have outlived it: two runs must not work on one task.
    await endProcesses(parts, watched.process, task.task_id, parts.graceMs);
    const at = new Date(view.now).toISOString();
    await parts.tasks.apply(task.task_id, { type: 'lost', run, at });
    return true;
  }
  const stderrTail = endOfFile(watched, 'stderr.log', tailBytes);
  const concluded = concludeRun({
    verdict,
    note,
    state: watched.state,
    intent: view.intent,
    exit: view.exit,
    exitResult:
      agent?.concludeExit(
        view.exit,
        agent.canResume ? '' : watched.mask(endOfFile(watched, eventsFile, outputBytes)),
      ) ?? null,
    agentName: task.agent,
    workdir: task.workdir,
    costBefore: loadLaunchRecord(parts.files, folder)?.cost_before ?? 0,
    stderrTail: stderrTail && parts.redactFor(task)(stderrTail),
    elapsedMs: view.now - view.startedAt,
  });
  watched.task = await settleRun(parts, task.task_id, run, concluded, !view.isAnyAlive);
  watched.concludedAt = parts.clock.now();
  parts.log.info(
    { task_id: task.task_id, run, outcome: watched.task.status, reason: watched.task.reason },
    'run ended',
  );
  return false;
}

/** Begins to end the run's processes; the loop goes on reading meanwhile. */
function beginEnding(watched: Watched): void {
  const { parts, process, task } = watched;
  // Once all is swept there is nothing to signal; only the news of the exit is still on its way.
  if (watched.isSwept) return;
  watched.ending ??= endProcesses(parts, process, task.task_id, parts.graceMs).then(() => {
    watched.isSwept = true;
    watched.ending = null;
    watched.bell.ring();
  });
}

async function close(watched: Watched): Promise<void> {
  const { parts, process, task, run } = watched;
  if (!watched.isSwept) await endProcesses(parts, process, task.task_id, parts.graceMs);
  if (latestRun(task)?.ended_at) return await closeQuestions(parts, task);
  const at = new Date(parts.clock.now()).toISOString();
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

export interface FollowOptions {
  /** The run's process where we started it; else the run is adopted by its files. */
  child: Child | null;
  /** When it aborts, following stops and the agent goes on. */
  signal: AbortSignal;
  /** An agent that is at work is left to it. */
  isSettling: boolean;
}

/** Follows the task's latest run until everything of it is gone. */
export async function superviseRun(
  parts: SuperviseParts,
  task: Task,
  { child, signal, isSettling }: FollowOptions,
): Promise<Supervised> {
  const watched = openWatched(parts, task, child);
  const stopWatching = parts.files.watch(watched.folder, watched.bell.ring, pollMs);
  signal.addEventListener('abort', watched.bell.ring);
  try {
    while (!signal.aborted) {
      readEvents(watched);
      await readQuestions(watched);
      const view = viewOf(watched);
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
