/** Ends what carries the mark of a task or session of ours that is over, or gone: nobody else would look for it any more. */

import type { Log } from '../../adapters/log.ts';
import type { Processes } from '../../adapters/processes.ts';
import { type EndParts, type Mark, sessionVariable, sweepUntilGone, taskVariable } from '../../agents/end-processes.ts';
import { parseSessionId } from '../../format/session-id.ts';
import { parseTaskId } from '../../format/task-id.ts';
import type { Queue } from '../../queue/queue.ts';
import { type AttachParts, isAttached } from '../../sessions/attach.ts';
import type { SessionStore } from '../../sessions/store.ts';
import { isEnded } from '../../tasks/record.ts';
import type { TaskStore } from '../../tasks/store.ts';

export interface OrphanParts extends EndParts, AttachParts {
  tasks: Pick<TaskStore, 'exists' | 'load'>;
  sessions: Pick<SessionStore, 'exists' | 'load'>;
  queue: Pick<Queue, 'isActive'>;
  paths: AttachParts['paths'] & { home: string };
  log: Log;
}

/** Carried by all that our agents start, so that those of another home are told apart. */
const homeVariable = 'CCDISPATCH_HOME';

/** What was over a moment ago is being ended by those who saw it end. */
const restMs = 60_000;

const anything = { has: () => true };

function isLongAgo({ clock }: OrphanParts, instant: string | null): boolean {
  return instant !== null && clock.now() - Date.parse(instant) > restMs;
}

function isTaskOver(parts: OrphanParts, taskId: string): boolean {
  if (!parseTaskId(taskId) || parts.queue.isActive(taskId)) return false;
  if (!parts.tasks.exists(taskId)) return true;
  const task = parts.tasks.load(taskId);
  return isEnded(task) && isLongAgo(parts, task.completed_at);
}

function isSessionOver(parts: OrphanParts, sessionId: string): boolean {
  if (!parseSessionId(sessionId) || isAttached(parts, sessionId)) return false;
  return !parts.sessions.exists(sessionId) || isLongAgo(parts, parts.sessions.load(sessionId).ended_at);
}

/** The marks of processes of this home whose task or session is over. What cannot be read is left alone. */
function orphanMarks(parts: OrphanParts, processes: Pick<Processes, 'findByEnv'>): Mark[] {
  const isOver = { [taskVariable]: isTaskOver, [sessionVariable]: isSessionOver };
  const marked = ([taskVariable, sessionVariable] as const).map((name) => ({
    name,
    found: processes.findByEnv(name, anything),
  }));
  if (marked.every(({ found }) => found.length === 0)) return [];
  const ours = new Set(processes.findByEnv(homeVariable, new Set([parts.paths.home])).map(({ pid }) => pid));
  return marked.flatMap(({ name, found }) => {
    const values = new Set(found.filter(({ pid }) => ours.has(pid)).map(({ value }) => value));
    return [...values].flatMap((value): Mark[] => {
      try {
        return isOver[name](parts, value) ? [{ name, value }] : [];
      } catch {
        return [];
      }
    });
  });
}

/** Looks once, and ends what is orphaned. */
export async function sweepOrphans(parts: OrphanParts): Promise<void> {
  for (const mark of orphanMarks(parts, parts.processes)) {
    parts.log.warn({ [mark.name]: mark.value }, 'what was left of something that is over is ended');
    await sweepUntilGone(parts, mark);
  }
}
