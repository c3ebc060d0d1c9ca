/** The one agent process of a session: woken when a turn needs it, found again after our death, put to sleep when nothing does. */

import { join, relative } from 'node:path';
import type { Clock } from '../adapters/clock.ts';
import type { Fifos } from '../adapters/fifos.ts';
import type { Files } from '../adapters/files.ts';
import type { Locks } from '../adapters/locks.ts';
import type { Child, Processes, ProcessId } from '../adapters/processes.ts';
import type { Agent, CarryTo, WarmAgent, WarmRequest } from '../agents/agent.ts';
import { endCarriers, type Mark, sessionVariable } from '../agents/end-processes.ts';
import type { AgentSet } from '../agents/registry.ts';
import type { Paths } from '../config/paths.ts';
import { fail } from '../errors/errors.ts';
import { parseSessionId } from '../format/session-id.ts';
import { localChat } from '../format/task-id.ts';
import { isAttached } from './attach.ts';
import type { Session } from './record.ts';
import type { HeldSession, SessionStore } from './store.ts';

export interface SessionParts {
  sessions: SessionStore;
  agents: AgentSet;
  files: Files;
  fifos: Fifos;
  locks: Locks;
  processes: Processes;
  clock: Clock;
  paths: Paths;
  /** Commands of the agent's own that messages may begin with; none where it is absent. */
  slashCommands?(): readonly string[];
  /** The whole environment of the session's agent. */
  environmentOf(session: Session): Record<string, string>;
  /** Absent where conversations never are anywhere else. */
  carry?: CarryTo;
  /** Its model, or its account's; absent where no account has one. */
  modelOf?(session: Session): string | null;
}

/** A process of a session: each one has a folder, its input and its output of its own. */
export interface Generation {
  n: number;
  folder: string;
  /** Null where it lives and could not be named. */
  process: ProcessId | null;
  /** Where it was started by us just now. */
  child: Child | null;
}

export const eventsOf = (folder: string) => join(folder, 'events.jsonl');
export const inputOf = (folder: string) => join(folder, 'stdin');

export const markOf = (sessionId: string): Mark => ({ name: sessionVariable, value: sessionId });

/** Where files of messages to a session lie whose agent works in a worktree: what is in there is committed. */
export function besideWorktree(paths: Pick<Paths, 'workspace'>, { session_id: id }: Session): string {
  return paths.workspace(parseSessionId(id)?.chatId ?? localChat, id);
}

/** Folders besides its own from which the agent may read; also as they really are, for a home behind a link. */
function furtherFolders({ files, paths }: SessionParts, session: Session): string[] {
  if (session.worktree === null) return [];
  const folder = besideWorktree(paths, session);
  const root = files.realPath(paths.workspaces);
  return [...new Set([folder, ...(root === null ? [] : [join(root, relative(paths.workspaces, folder))])])];
}

/** What the session's agent is started with for this folder of ours. */
export function warmRequestOf(parts: SessionParts, session: Session, folder: string, isNew: boolean): WarmRequest {
  const { options } = session;
  return {
    chatId: session.telegram_group ?? localChat,
    worktreeId: session.worktree,
    workdir: session.workdir,
    furtherFolders: furtherFolders(parts, session),
    folder,
    conversation: { id: session.agent_session_id, isNew },
    model: parts.modelOf?.(session) ?? session.model,
    effort: options.effort,
    permissionMode: options.permission_mode,
    allowedTools: options.allowed_tools,
    yolo: options.yolo,
    env: parts.environmentOf(session),
  };
}

/** The agent of a session and how it is kept warm; throws `config` where it cannot be. */
export function warmAgentOf({ agents }: Pick<SessionParts, 'agents'>, { agent: name }: Session): [Agent, WarmAgent] {
  const agent = agents.get(name);
  if (agent?.warm) return [agent, agent.warm];
  const what = agent ? `The agent "${name}" cannot be kept between turns.` : `There is no agent "${name}".`;
  return fail('config', what, 'End the session and begin another one with an agent such as claude.');
}

/** The process that lives, or null; whoever started it. */
export function livingGeneration(parts: SessionParts, session: Session): Generation | null {
  const folder = parts.paths.generation(session.session_id, session.generation);
  if (session.generation === 0 || !parts.locks.isHeld(eventsOf(folder))) return null;
  const { pid, pid_started: started } = session;
  const process = pid !== null && started !== null ? { pid, started } : null;
  return { n: session.generation, folder, process, child: null };
}

/**
 * Before a session's conversation goes on in another process: brings its record to where that looks. Gives for people why it
 * cannot go on; null where it can.
 */
export async function carryFor(parts: SessionParts, session: Session): Promise<string | null> {
  if (!parts.carry || livingGeneration(parts, session)) return null;
  return await parts.carry(session.agent, session.agent_session_id, parts.environmentOf(session));
}

/** The process was, or was about to be, started by somebody who died before he wrote it down: it is recorded as it is found. */
async function recordFound(parts: SessionParts, held: HeldSession, n: number): Promise<Generation | null> {
  const { session } = held;
  const folder = parts.paths.generation(session.session_id, n);
  if (!parts.files.stat(eventsOf(folder))) return null;
  const carriers = parts.processes.findByEnv(sessionVariable, new Set([session.session_id]));
  const isAlive = parts.locks.isHeld(eventsOf(folder));
  const leader = isAlive ? carriers.find(({ isLeader }) => isLeader) : undefined;
  const process = leader ? parts.processes.identify(leader.pid) : null;
  await held.save({ ...session, generation: n, pid: process?.pid ?? null, pid_started: process?.started ?? null });
  return isAlive ? { n, folder, process, child: null } : null;
}

async function spawn(parts: SessionParts, held: HeldSession, n: number, isNew: boolean): Promise<Generation> {
  const { session } = held;
  const [, warm] = warmAgentOf(parts, session);
  const folder = parts.paths.generation(session.session_id, n);
  const request = warmRequestOf(parts, session, folder, isNew);
  const launch = warm.launch(request);
  // What a start that failed has left.
  parts.files.remove(folder);
  parts.files.makeFolder(folder);
  await parts.fifos.make(inputOf(folder));
  for (const [name, text] of Object.entries(launch.files)) parts.files.write(join(folder, name), text);
  try {
    const child = await parts.processes.start({
      command: launch.command,
      args: launch.args,
      cwd: session.workdir,
      env: request.env,
      stdinPath: inputOf(folder),
      stdoutPath: eventsOf(folder),
      stderrPath: join(folder, 'stderr.log'),
    });
    await held.save({ ...session, generation: n, pid: child.id.pid, pid_started: child.id.started });
    return { n, folder, process: child.id, child };
  } catch (error) {
    // Without its events file it counts as never started.
    if (!parts.locks.isHeld(eventsOf(folder))) parts.files.remove(eventsOf(folder));
    throw error;
  }
}

/**
 * The session's process, started where none lives. All under the session's lock, so that a crash in between leaves a process
 * that can be found. `isNew`: the agent has no such conversation yet. Rejects with the system's error (`ENOENT`, …).
 */
export function wakeSession(parts: SessionParts, sessionId: string, isNew: boolean): Promise<Generation> {
  return parts.sessions.hold(sessionId, 'wake', async (held) => {
    const { session } = held;
    if (session.ended_at !== null) {
      fail('usage', `The session "${session.name}" has ended.`, 'Begin another one with: ccdispatch sessions new');
    }
    if (isAttached(parts, sessionId)) {
      const hint = `It is given back when that ends, or with: ccdispatch sessions detach ${sessionId}`;
      fail('busy', `Somebody works in the session "${session.name}" at a terminal.`, hint);
    }
    const living = livingGeneration(parts, session);
    if (living) return living;
    const found = await recordFound(parts, held, session.generation + 1);
    if (found) return found;
    // What a process that died has started goes on without it: two must not work on one thing.
    if (hasRemains(parts, held.session)) await endGenerations(parts, held.session, remainsGraceMs);
    return await spawn(parts, held, held.session.generation + 1, isNew);
  });
}

const remainsGraceMs = 2000;

/** The session's latest processes, the one included that somebody was about to start when he died. */
const latestFolders = (parts: Pick<SessionParts, 'paths'>, { session_id, generation }: Session) =>
  [generation, generation + 1].filter((n) => n > 0).map((n) => parts.paths.generation(session_id, n));

/** Whether its last process was not put to sleep, but died, and nobody has cleared up after it. Only true of one that does not live. */
export function hasRemains(parts: Pick<SessionParts, 'files' | 'paths'>, session: Session): boolean {
  return latestFolders(parts, session).some((folder) => parts.files.stat(inputOf(folder)) !== null);
}

const closePollMs = 5;

/**
 * Ends the session's process and all that it started; its conversation stays, and the next turn wakes it. Returns when all is
 * gone, or at once where `unless` says, under the session's lock, that it is needed again. Terminated rather than interrupted:
 * an agent that waits for input has no turn to interrupt.
 */
export async function endSessionProcess(
  parts: SessionParts,
  sessionId: string,
  graceMs: number,
  unless: () => boolean = () => false,
): Promise<void> {
  await parts.sessions.hold(sessionId, 'sleep', async ({ session }) => {
    if (!unless()) await endGenerations(parts, session, graceMs);
  });
}

async function endGenerations(parts: SessionParts, session: Session, graceMs: number): Promise<void> {
  const { session_id: sessionId, pid, pid_started: started } = session;
  const process = pid !== null && started !== null ? { pid, started } : null;
  await endCarriers(parts, process, markOf(sessionId), ['SIGTERM'], graceMs);
  // A program of many threads looks gone when its first one is; its files are closed by the last.
  const deadline = parts.clock.now() + graceMs;
  while (livingGeneration(parts, session) && parts.clock.now() < deadline) await parts.clock.sleep(closePollMs);
  // Nobody reads it any more, and a FIFO that lies about looks like one that somebody does.
  for (const folder of latestFolders(parts, session)) parts.files.remove(inputOf(folder));
}
