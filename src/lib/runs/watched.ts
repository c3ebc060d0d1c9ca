/** One run while it is followed: what drives it, what is known of it so far, and how that is read. */

import type { Child } from '../adapters/processes.ts';
import type { Agent } from '../agents/agent.ts';
import type { SessionParts } from '../sessions/process.ts';
import { latestRun, type Task } from '../tasks/record.ts';
import type { RefusalParts } from './accounts/refusals.ts';
import { type Bell, createBell } from './bell.ts';
import { foldEvents, newRunState, type RunState } from './fold.ts';
import { loadIntent } from './intent.ts';
import type { RunLimits, RunView } from './judge.ts';
import type { WorkKeepingParts } from './landing/keep-work.ts';
import { type LaunchParts, loadLaunchRecord } from './launch.ts';
import { type QuestionWatch, watchQuestions } from './questions/questions.ts';
import { type Asker, createStreamQuestions, type StreamQuestions } from './questions/stream-questions.ts';
import { isWaiting, type Wait, waitsOf } from './questions/waits.ts';
import { openRunProcess, type RunProcess, type RunProcessRequest } from './run-process.ts';
import type { Keeper } from './sessions/keeper.ts';
import { openTurnProcess } from './sessions/turn-process.ts';
import type { SettleParts } from './settle.ts';
import { tokensOf } from './worker/token-rate.ts';

export interface SuperviseParts
  extends LaunchParts,
    SettleParts,
    WorkKeepingParts,
    Pick<RefusalParts, 'onWall' | 'alarm'> {
  /** What drives the processes of sessions; absent where there are none. */
  sessionParts?: SessionParts;
  /** Does what wakes a session once there is room for one more; absent where nobody looks after that. */
  waking?: Keeper['waking'];
  /** So long a person may take to answer a session's agent, in milliseconds. */
  patienceMs?(): number;
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
  /** Hears how a run stands, as often as it is looked at; not what comes after its outcome. */
  onState?(task: Task, state: RunState): void;
  /** Hears of tokens that an agent has just used. */
  onTokens?(tokens: number): void;
}

export interface FollowOptions {
  /** The run's process where we started it; else the run is adopted by its files. */
  child: Child | null;
  /** We began its turn just now. */
  isBegun?: boolean;
  /** When it aborts, following stops and the agent goes on. */
  signal: AbortSignal;
  /** An agent that is at work is left to it. */
  isSettling: boolean;
}

/** One run being followed. */
export interface Watched {
  parts: SuperviseParts;
  task: Task;
  run: number;
  folder: string;
  agent: Agent | null;
  process: RunProcess;
  bell: Bell;
  state: RunState;
  /** All that comes from now on is new. */
  isCaughtUp: boolean;
  lastOutputAt: number;
  /** Refusals of its service that something was done about. */
  refusalsSeen: number;
  interimAt: number | null;
  interimTold: number;
  concludedAt: number | null;
  ending: Promise<void> | null;
  hasEnded: boolean;
  progressAt: number;
  questions: QuestionWatch;
  waits: readonly Wait[];
  /** What it asks in its stream. */
  asked: StreamQuestions | null;
}

type ProcessRequest = Omit<RunProcessRequest, 'parts' | 'mask'> & { isBegun: boolean };

/** The process of the run's own, or its turn of a session's. */
function openProcess(parts: SuperviseParts, request: ProcessRequest): RunProcess {
  const { task, run, agent, isBegun, ring } = request;
  const mask = parts.maskFor(task);
  const record = loadLaunchRecord(parts.files, parts.paths.run(task.task_id, run.n));
  const { sessionParts, graceMs } = parts;
  const { silenceMs } = parts.limitsOf(task);
  if (!record?.turn || !sessionParts || !agent) return openRunProcess({ ...request, parts, mask });
  const turnParts = { ...sessionParts, graceMs };
  const turn = {
    place: record.turn,
    uuid: record.input_uuid,
    isBegun,
    silenceMs,
    startedAt: Date.parse(run.started_at),
  };
  return openTurnProcess({ parts: turnParts, ...turn, agent, mask, ring });
}

const defaultPatienceMs = 30 * 60_000;

function openStreamQuestions(parts: SuperviseParts, task: Task, run: number, asker: Asker): StreamQuestions {
  const asking = { ...parts, redact: parts.redactFor(task), patienceMs: parts.patienceMs ?? (() => defaultPatienceMs) };
  return createStreamQuestions(asking, task, run, asker);
}

/** Throws where the task has no run yet. */
export function openWatched(parts: SuperviseParts, task: Task, { child, isBegun = false }: FollowOptions): Watched {
  const run = latestRun(task);
  if (!run) throw new Error(`task ${task.task_id} has no run to follow`);
  const bell = createBell(parts.clock);
  const agent = parts.agents.get(task.agent);
  const folder = parts.paths.run(task.task_id, run.n);
  const process = openProcess(parts, { task, run, agent, child, isBegun, ring: bell.ring });
  return {
    parts,
    task,
    run: run.n,
    folder,
    agent,
    process,
    asked: process.asker ? openStreamQuestions(parts, task, run.n, process.asker) : null,
    bell,
    state: newRunState,
    isCaughtUp: child !== null,
    lastOutputAt: parts.clock.now(),
    refusalsSeen: 0,
    interimAt: null,
    interimTold: 0,
    concludedAt: run.outcome === null ? null : parts.clock.now(),
    ending: null,
    hasEnded: false,
    progressAt: 0,
    questions: watchQuestions(parts, task, run.n),
    waits: [],
  };
}

/** Reads what its agent has said since. */
export function readEvents(watched: Watched): void {
  const { parts, process } = watched;
  const events = process.read();
  // What an adopted run used before us was used at times that are not known.
  if (watched.isCaughtUp) parts.onTokens?.(tokensOf(events));
  watched.isCaughtUp = true;
  watched.lastOutputAt = process.lastOutputAt() ?? watched.lastOutputAt;
  const interims = watched.state.interimCount;
  watched.state = foldEvents(watched.state, events);
  if (watched.state.interimCount > interims) watched.interimAt = parts.clock.now();
}

/** Looks what the agent asked, and tells when it begins or ends to wait; trouble with that is no reason to stop. */
export async function readQuestions(watched: Watched): Promise<void> {
  const { parts, task, questions, waits } = watched;
  const wasWaiting = isWaiting(waits);
  try {
    await watched.asked?.look();
    watched.waits = waitsOf(await questions.look(), watched.run);
  } catch (error) {
    parts.log.warn({ task_id: task.task_id, error: String(error) }, 'questions were not looked at');
  }
  if (isWaiting(watched.waits) === wasWaiting) return;
  watched.progressAt = 0;
  parts.onWaiting?.(task.task_id, !wasWaiting);
}

/** What the judge is to know of it now. */
export function viewOf(watched: Watched): RunView {
  const { parts, task, process, folder } = watched;
  const run = latestRun(task);
  const limits = parts.limitsOf(task);
  const isMainAlive = process.isMainAlive();
  // What was read last may have been written between reading and dying.
  if (!isMainAlive) readEvents(watched);
  const isAnyAlive = isMainAlive || process.isAnyAlive();
  return {
    state: watched.state,
    intent: loadIntent(parts.files, folder),
    isMainAlive,
    isAnyAlive,
    exit: process.exit(),
    now: parts.clock.now(),
    startedAt: Date.parse(run?.started_at ?? ''),
    lastOutputAt: watched.lastOutputAt,
    interimAt: watched.interimAt,
    concludedAt: watched.concludedAt,
    interimTold: watched.interimTold,
    waits: watched.waits,
    // A session's agent is judged by its health, and repaired.
    limits: { ...limits, silenceMs: process.asker ? Number.POSITIVE_INFINITY : limits.silenceMs },
  };
}
