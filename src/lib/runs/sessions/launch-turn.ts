/** Starts a run of a session's task: wakes the session's process and begins a turn of it. */

import { join } from 'node:path';
import type { Agent } from '../../agents/agent.ts';
import { CcdispatchError, isDiskFull, systemCode } from '../../errors/errors.ts';
import { isoNow } from '../../format/instant.ts';
import {
  carryFor,
  endSessionProcess,
  eventsOf,
  type Generation,
  livingGeneration,
  wakeSession,
  warmAgentOf,
} from '../../sessions/process.ts';
import type { Session } from '../../sessions/record.ts';
import { readSaid, renderSaid } from '../../sessions/said.ts';
import { guardSlash } from '../../sessions/slash.ts';
import { costAt, placeTurn, talkTo } from '../../sessions/turns.ts';
import type { Task } from '../../tasks/record.ts';
import { begunText, decideInput, type RunInput } from '../input.ts';
import {
  explainSpawnError,
  type Launched,
  type LaunchParts,
  type LaunchRecord,
  loadLaunchRecord,
  refuse,
  sentLines,
} from '../launch.ts';
import { type HealParts, healSession } from './heal-session.ts';
import type { Keeper } from './keeper.ts';

export interface TurnLaunchParts extends LaunchParts, HealParts {
  /** Does what wakes a session once there is room for one more; absent where nobody looks after that. */
  waking?: Keeper['waking'];
}

interface Decided {
  input: RunInput;
  /** The agent has no such conversation yet. */
  isNew: boolean;
}

/** More of a turn's events need not be looked through: it uses its tools before it says much. */
const lookedThroughBytes = 4 * 1024 * 1024;

/** Whether the agent has used a tool in the latest run of the task: killed at once after, it has not written that down itself. */
function hasUsedTools({ files, paths }: TurnLaunchParts, task: Task, agent: Agent): boolean {
  const run = task.runs.at(-1);
  const turn = run && loadLaunchRecord(files, paths.run(task.task_id, run.n))?.turn;
  if (!turn) return false;
  const path = eventsOf(paths.generation(turn.session_id, turn.generation));
  const lines = files.readRange(path, turn.from, lookedThroughBytes).toString('utf8').split('\n');
  return lines.some((line) => agent.parseLine(line).some(({ type }) => type === 'tool'));
}

/**
 * What to say, and whether the conversation begins with it. The transcript is asked only where an earlier run of the task may
 * have said something: it grows with the session, and a warm turn is to be quick.
 */
function decide(parts: TurnLaunchParts, task: Task, session: Session, agent: Agent): Decided {
  const env = parts.sessionParts.environmentOf(session);
  const id = session.agent_session_id;
  // Whoever lives has the conversation, unless it was started by somebody who then did not live to say anything to it.
  const isKnown = task.runs.length === 0 && livingGeneration(parts.sessionParts, session) !== null;
  const isNew = !isKnown && !agent.hasConversation(id, env);
  const prompt = guardSlash(parts.tasks.prompt(task.task_id), parts.sessionParts.slashCommands?.() ?? []);
  // A new conversation in a session that had one before is told of it.
  const before = isNew ? renderSaid(readSaid(parts, session.session_id)) : '';
  const text = before === '' ? prompt : `${before}\n\n${prompt}`;
  if (task.runs.length === 0) {
    const input = { conversation: { id, isNew }, text, uuid: task.input_uuid };
    return { input: { kind: 'send', input, noteIds: [] }, isNew };
  }
  const asked = { ...task, agent_session_id: id, continues: !isNew };
  const sent = sentLines(parts, task);
  const known = hasUsedTools(parts, task, agent) ? `${text}\n\n${begunText}` : text;
  return { input: decideInput({ task: asked, agent, prompt: known, env, mayHaveRun: true, sent }), isNew };
}

/** Why a task of this session cannot run at all; null where it can. */
function fault(parts: TurnLaunchParts, session: Session | null): [reason: string, text: string] | null {
  if (!session) return ['session', 'Its session is not there any more.'];
  if (session.ended_at !== null) return ['session', `Its session "${session.name}" has ended.`];
  if (!parts.files.stat(session.workdir)?.isFolder) {
    return ['workdir', `The folder ${session.workdir} is not there any more.`];
  }
  return null;
}

function refuseTurn(parts: TurnLaunchParts, taskId: string, reason: string, text: string): Promise<Launched> {
  return parts.tasks.hold(taskId, 'launch', async (held) => {
    if (held.task.status !== 'pending') return { kind: 'moot' };
    return await refuse(parts, held, (held.task.runs.at(-1)?.n ?? 0) + 1, reason, text);
  });
}

/** The session's process; or what to tell people where it does not start. */
async function wake(
  parts: TurnLaunchParts,
  session: Session,
  agent: Agent,
  isNew: boolean,
): Promise<Generation | string> {
  const start = () => wakeSession(parts.sessionParts, session.session_id, isNew);
  try {
    const isWarm = livingGeneration(parts.sessionParts, session) !== null;
    return await (isWarm || !parts.waking ? start() : parts.waking(session.session_id, start));
  } catch (error) {
    if (!systemCode(error) || isDiskFull(error)) throw error;
    return explainSpawnError(agent, error);
  }
}

interface BeginRequest {
  task: Task;
  session: Session;
  agent: Agent;
  generation: Generation;
  sent: Extract<RunInput, { kind: 'send' }>;
}

/** Writes the turn down, then says the line: what was written down and never said is found out by whoever adopts it. */
async function begin(parts: TurnLaunchParts, request: BeginRequest): Promise<Launched> {
  const { task, session, agent, generation, sent } = request;
  const { files, paths } = parts;
  const turn = placeTurn(parts, session, generation);
  const env = parts.sessionParts.environmentOf(session);
  const costBefore =
    costAt(parts, agent, generation.folder, turn.from) ?? agent.costBefore(session.agent_session_id, env);
  const record: LaunchRecord = {
    conversation: session.agent_session_id,
    input_uuid: sent.input.uuid,
    cost_before: costBefore,
    note_ids: sent.noteIds,
    turn,
  };
  const run = await parts.tasks.hold(task.task_id, 'launch', async (held) => {
    if (held.task.status !== 'pending') return null;
    const n = (held.task.runs.at(-1)?.n ?? 0) + 1;
    const folder = paths.run(task.task_id, n);
    files.makeFolder(folder);
    files.write(join(folder, 'launch.json'), `${JSON.stringify(record)}\n`);
    files.write(join(paths.session(session.session_id), 'current'), `${task.task_id}\n`);
    // No process of its own: nobody may signal the session's to end this run.
    const started = { n, pid: 0, pid_started: '', account: session.account, started_at: isoNow(parts.clock) };
    await held.apply({ type: 'started', run: { ...started, input_uuid: sent.input.uuid } });
    return n;
  });
  if (run === null) return { kind: 'moot' };
  const isSaid = await talkTo(parts.sessionParts, session, generation.folder).say(sent.input.text, sent.input.uuid);
  // It does not read: without a process the run counts as lost, and the next one wakes another.
  if (!isSaid) await endSessionProcess(parts.sessionParts, session.session_id, parts.graceMs);
  return { kind: 'begun', run };
}

/**
 * Starts the next run of a session's task as a turn of its process. The session's lock is taken before the task's, and not
 * while that is held.
 */
export async function launchTurn(parts: TurnLaunchParts, taskId: string): Promise<Launched> {
  const task = parts.tasks.load(taskId);
  if (task.status !== 'pending') return { kind: 'moot' };
  const sessionId = task.session_id;
  const session =
    sessionId !== null && parts.sessionParts.sessions.exists(sessionId)
      ? parts.sessionParts.sessions.load(sessionId)
      : null;
  const wrong = fault(parts, session);
  if (wrong || !session) return await refuseTurn(parts, taskId, ...(wrong ?? ['session', '']));
  const healed = await healSession(parts, task, session);
  if ('fault' in healed) return await refuseTurn(parts, taskId, 'session', healed.fault);
  return await launchIn(parts, task, await withAccount(parts, taskId, healed.session));
}

/** The session under the account that its task was given: its process works with one for as long as it lives. */
async function withAccount(parts: TurnLaunchParts, taskId: string, session: Session): Promise<Session> {
  const { sessionParts, pool, graceMs } = parts;
  const account = pool?.given(taskId)?.name ?? null;
  if (account === session.account || (account === null && !pool)) return session;
  const { session_id: id } = session;
  // First the process: the record must not name an account that the one that lives does not work with.
  if (livingGeneration(sessionParts, session)) await endSessionProcess(sessionParts, id, graceMs);
  return await sessionParts.sessions.change(id, 'account', (now) => ({ ...now, account }));
}

/** Begins the turn in a session that is in order. */
async function launchIn(parts: TurnLaunchParts, task: Task, session: Session): Promise<Launched> {
  const { task_id: taskId } = task;
  try {
    const [agent] = warmAgentOf(parts, session);
    const stuck = await carryFor(parts.sessionParts, session);
    if (stuck !== null) return await refuseTurn(parts, taskId, 'conversation', stuck);
    const { input, isNew } = decide(parts, task, session, agent);
    if (input.kind === 'no-conversation') {
      const text = `${agent.name} has no conversation ${session.agent_session_id} to continue.`;
      return await refuseTurn(parts, taskId, 'conversation', text);
    }
    if (input.kind === 'answered') return await recordAnswered(parts, taskId, input.text);
    const generation = await wake(parts, session, agent, isNew);
    if (typeof generation === 'string') return await refuseTurn(parts, taskId, 'spawn', generation);
    return await begin(parts, { task, session, agent, generation, sent: input });
  } catch (error) {
    if (!(error instanceof CcdispatchError) || (error.code !== 'config' && error.code !== 'usage')) throw error;
    return await refuseTurn(parts, taskId, 'session', error.message);
  }
}

/** The conversation holds the answer: an earlier run gave it, and nobody lived to write it down. */
function recordAnswered(parts: TurnLaunchParts, taskId: string, text: string): Promise<Launched> {
  return parts.tasks.hold(taskId, 'launch', async (held) => {
    if (held.task.status !== 'pending') return { kind: 'moot' };
    const run = (held.task.runs.at(-1)?.n ?? 0) + 1;
    const started = { n: run, pid: 0, pid_started: '', account: null, started_at: isoNow(parts.clock) };
    await held.apply({ type: 'started', run: { ...started, input_uuid: null } });
    return { kind: 'answered', run, text };
  });
}
