// Events that can happen to a task, as the code around the store would make them.

import type { TaskRun } from '../../../src/lib/tasks/record.ts';
import type { Conclusion, TaskEvent } from '../../../src/lib/tasks/transition.ts';

type EventOf<Type extends TaskEvent['type']> = Extract<TaskEvent, { type: Type }>;

export const at = '2026-11-20T10:00:00.000Z';

export function aConclusion(outcome: Conclusion['outcome'], fields: Partial<Conclusion> = {}): Conclusion {
  return {
    outcome,
    reason: null,
    result: 'Said.',
    cost_usd: 0.5,
    usage: { input_tokens: 7, output_tokens: 3 },
    duration_ms: 1500,
    note: null,
    changed_files: ['a.txt'],
    agent_session_id: null,
    resume_at: null,
    ...fields,
  };
}

export function started(n: number, fields: Partial<TaskRun> = {}): EventOf<'started'> {
  const run = { n, pid: 70 + n, pid_started: '9', account: null, started_at: at, input_uuid: null, ...fields };
  return { type: 'started', run };
}

export function ended(
  run: number,
  outcome: Conclusion['outcome'],
  { isGone = false, ...fields }: Partial<Conclusion> & { isGone?: boolean } = {},
): EventOf<'ended'> {
  return { type: 'ended', run, at, isGone, conclusion: aConclusion(outcome, fields) };
}

export const gone = (run: number): EventOf<'gone'> => ({ type: 'gone', run, at });
export const lost = (run: number): EventOf<'lost'> => ({ type: 'lost', run, at });
/** Paused while it waits. */
export const paused = (reason: string, fields: Partial<EventOf<'paused'>> = {}): EventOf<'paused'> => ({
  type: 'paused',
  at,
  reason,
  result: 'Why.',
  resume_at: null,
  ...fields,
});
export const cancelled: EventOf<'cancelled'> = { type: 'cancelled', at, reason: 'user' };
export const refused = (run: number): EventOf<'refused'> => ({
  type: 'refused',
  run,
  at,
  reason: 'spawn',
  result: 'The program was not found.',
});

/** Queued again, in its conversation or in a new one. */
export function queued(conversation?: string): EventOf<'queued'> {
  const afresh = conversation ? { agent_session_id: conversation, input_uuid: `line of ${conversation}` } : null;
  return { type: 'queued', at, afresh };
}

/** Queued again, with something for its agent. */
export const noted = (id: string): EventOf<'queued'> => ({ ...queued(), note: { id, text: `The note ${id}.` } });
