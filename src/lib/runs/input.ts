/** What a run sends, decided by the agent's own record of the conversation, so that nothing is done twice. */

import { randomUUID } from 'node:crypto';
import type { Agent, AgentInput } from '../agents/agent.ts';
import type { Task } from '../tasks/record.ts';

/** Said to an agent that was cut off in the middle of a task. */
export const continueText =
  'You were interrupted while you worked on the request above. Continue where you stopped: look at what is already done, and do not do it again.';

export type RunInput =
  | { kind: 'send'; input: AgentInput }
  /** The conversation holds the answer already. */
  | { kind: 'answered'; text: string }
  /** The conversation that the task is to continue does not exist. */
  | { kind: 'no-conversation' };

/** The uuids of all lines that were sent for this task. */
function linesOf(task: Task): Set<string> {
  return new Set([task.input_uuid, ...task.runs.flatMap((run) => run.input_uuid ?? [])]);
}

/** `mayHaveRun`: whether an earlier run, recorded or not, could have sent something. */
export function decideInput(
  task: Task,
  agent: Agent,
  prompt: string,
  env: Record<string, string>,
  mayHaveRun: boolean,
): RunInput {
  const send = (conversation: AgentInput['conversation'], text: string, uuid: string): RunInput => ({
    kind: 'send',
    input: { conversation, text, uuid },
  });
  const id = task.agent_session_id;
  if (!agent.canResume || id === null) return send(null, prompt, task.input_uuid);
  if (!mayHaveRun && !task.continues) return send({ id, isNew: true }, prompt, task.input_uuid);
  const record = agent.lookUp(id, linesOf(task), env);
  switch (record.state) {
    case 'no-conversation':
      return task.continues ? { kind: 'no-conversation' } : send({ id, isNew: true }, prompt, task.input_uuid);
    case 'not-seen':
      return send({ id, isNew: false }, prompt, task.input_uuid);
    case 'unfinished':
      return send({ id, isNew: false }, continueText, randomUUID());
    case 'answered':
      return { kind: 'answered', text: record.text };
  }
}
