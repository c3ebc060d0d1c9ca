/** A person takes a session to his terminal: its process sleeps, its messages wait, and he gives it back when he is done, or asked to. */

import { join } from 'node:path';
import type { Lock } from '../../adapters/locks.ts';
import type { Programs } from '../../adapters/programs.ts';
import { fail } from '../../errors/errors.ts';
import { isoNow } from '../../format/instant.ts';
import type { Queue } from '../../queue/queue.ts';
import { askedBack, attachLockOf, forgetAsked, warnedMs } from '../../sessions/attach.ts';
import { carryFor, endSessionProcess, type SessionParts, warmAgentOf, warmRequestOf } from '../../sessions/process.ts';
import type { Session } from '../../sessions/record.ts';
import { loadUnlessBroken } from '../../tasks/load-or-null.ts';
import type { TaskStore } from '../../tasks/store.ts';

export interface AttachSessionParts extends SessionParts {
  tasks: Pick<TaskStore, 'load'>;
  queue: Pick<Queue, 'active'>;
  programs: Pick<Programs, 'lend'>;
  graceMs: number;
  /** What the person's own terminal needs to be told of. */
  terminalEnv: Record<string, string>;
  /** Says something to the person at the terminal. */
  say(text: string): void;
}

const pollMs = 500;

function isAtWork({ tasks, queue }: AttachSessionParts, sessionId: string): boolean {
  return queue.active().some((taskId) => {
    const task = loadUnlessBroken({ tasks }, taskId);
    return task?.session_id === sessionId && task.status === 'running';
  });
}

/** No further turn begins: the lock is held. The one at work is waited for. */
async function waitForTurn(parts: AttachSessionParts, { session_id: id, name }: Session): Promise<void> {
  if (!isAtWork(parts, id)) return;
  parts.say(
    `"${name}" is at work; its terminal opens when the turn has ended (end it with: ccdispatch sessions stop ${id}).\n`,
  );
  while (isAtWork(parts, id)) await parts.clock.sleep(pollMs);
}

/** Warns the person, and ends the program a little later, once somebody wants the session back, or has ended it. */
async function watchForTakeBack(parts: AttachSessionParts, id: string, ending: AbortController, over: AbortSignal) {
  const wanted = () => askedBack(parts, id)?.by ?? (parts.sessions.load(id).ended_at === null ? null : 'somebody');
  while (!over.aborted) {
    const by = wanted();
    if (by !== null) {
      parts.say(`\r\n\x07ccdispatch: ${by} takes this session back; the program ends in ${warnedMs / 1000} s.\r\n`);
      await parts.clock.sleep(warnedMs, over);
      return void ending.abort();
    }
    await parts.clock.sleep(pollMs, over);
  }
}

async function lendTerminal(parts: AttachSessionParts, id: string, lock: Lock): Promise<number | null> {
  const session = parts.sessions.load(id);
  const [agent, warm] = warmAgentOf(parts, session);
  const stuck = await carryFor(parts, session);
  if (stuck !== null) fail('busy', stuck, 'Try it again then.');
  const env = { ...parts.environmentOf(session), ...parts.terminalEnv };
  const isNew = !agent.hasConversation(session.agent_session_id, env);
  const folder = join(parts.paths.session(id), 'attached');
  const launch = warm.terminal({ ...warmRequestOf(parts, session, folder, isNew), env });
  parts.files.makeFolder(folder);
  for (const [name, text] of Object.entries(launch.files)) parts.files.write(join(folder, name), text);
  const [ending, over] = [new AbortController(), new AbortController()];
  const watching = watchForTakeBack(parts, id, ending, over.signal);
  try {
    return await parts.programs.lend(launch.command, launch.args, {
      env,
      cwd: session.workdir,
      descriptor: lock.descriptor,
      signal: ending.signal,
    });
  } finally {
    over.abort();
    await watching;
  }
}

async function workAlone(parts: AttachSessionParts, session: Session, lock: Lock): Promise<number | null> {
  const { session_id: id } = session;
  try {
    forgetAsked(parts, id);
    await waitForTurn(parts, session);
    await endSessionProcess(parts, id, parts.graceMs);
    return await lendTerminal(parts, id, lock);
  } finally {
    forgetAsked(parts, id);
    const at = isoNow(parts.clock);
    await parts.sessions.change(id, 'attach', (now) => ({ ...now, last_used_at: at }));
  }
}

function refuseEnded({ ended_at, name }: Session): void {
  if (ended_at === null) return;
  fail('usage', `The session "${name}" has ended.`, 'Begin another one with: ccdispatch sessions new');
}

/**
 * Runs the agent's own terminal program on the session's conversation, alone; gives its exit code. Throws `busy` where somebody
 * else is at it, `usage` for a session that has ended.
 */
export async function attachSession(parts: AttachSessionParts, session: Session): Promise<number | null> {
  const { session_id: id, name } = session;
  refuseEnded(session);
  const lock = parts.locks.tryTake(attachLockOf(parts.paths, id), 'attach');
  if (!lock) {
    const hint = `Take it back from there with: ccdispatch sessions detach ${id}`;
    return fail('busy', `Somebody works in the session "${name}" at a terminal already.`, hint);
  }
  try {
    // Looked at again under the lock: nobody looks after one that was over without it.
    refuseEnded(parts.sessions.load(id));
    return await workAlone(parts, session, lock);
  } finally {
    lock.release();
  }
}
