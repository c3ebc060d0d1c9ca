/** What a session keeps of a turn that is over: when it was used, what was said, and the conversation that the agent goes on in. */

import { isoNow } from '../../format/instant.ts';
import type { SessionParts } from '../../sessions/process.ts';
import { keepSaid } from '../../sessions/said.ts';
import { latestRun, type Task } from '../../tasks/record.ts';

/** May be done again; a session that is gone keeps nothing. */
export async function noteTurn(parts: SessionParts, task: Task, prompt: string): Promise<void> {
  const { session_id: id, agent_session_id: conversation } = task;
  const run = latestRun(task);
  if (id === null || !run || !parts.sessions.exists(id)) return;
  const hasAnswered = run.outcome === 'completed';
  const answer = task.result ?? '';
  // Nothing said although the model was asked; what the agent does by itself (`/clear`) asks nobody.
  const isEmpty = hasAnswered && answer.trim() === '' && (task.usage?.output_tokens ?? 0) > 0;
  if (hasAnswered) await keepSaid(parts, id, { task_id: task.task_id, run: run.n, prompt, answer });
  await parts.sessions.change(id, 'turn', (session) => ({
    ...session,
    last_used_at: isoNow(parts.clock),
    last_task_id: task.task_id,
    // Of a run that was lost the record still names the conversation before it.
    ...(hasAnswered
      ? {
          empty_answers: isEmpty ? session.empty_answers + 1 : 0,
          agent_session_id: conversation ?? session.agent_session_id,
        }
      : {}),
  }));
}
