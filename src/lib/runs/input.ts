/** What a run sends, decided by the agent's own record of the conversation, so that nothing is done twice. */

import { randomUUID } from 'node:crypto';
import type { Agent, AgentInput } from '../agents/agent.ts';
import type { AgentNote, Task } from '../tasks/record.ts';

/** Said to an agent that was cut off in the middle of a task. */
export const continueText =
  'You were interrupted while you worked on the request above. Continue where you stopped: look at what is already done, and do not do it again.';

/** Said with a request that the agent has begun before, and that its conversation does not know of: it was killed before it wrote that down. */
export const begunText =
  'You had begun with this, and were interrupted before you could note it. Look at what is already done, and do not do it again.';

export type RunInput =
  /** `noteIds`: the notes that the line carries. */
  | { kind: 'send'; input: AgentInput; noteIds: string[] }
  /** The conversation holds the answer already. */
  | { kind: 'answered'; text: string }
  /** The conversation that the task is to continue does not exist. */
  | { kind: 'no-conversation' };

/** The uuids of all lines that were sent for this task. */
function linesOf(task: Task): Set<string> {
  return new Set([task.input_uuid, ...task.runs.flatMap((run) => run.input_uuid ?? [])]);
}

/** A line that was, or may have been, sent: its uuid, and the notes it carried. */
export interface SentLine {
  input_uuid: string;
  note_ids: readonly string[];
}

/** The notes that no line of the conversation has told the agent: what was sent may never have been read. */
function untoldNotes(task: Task, agent: Agent, env: Record<string, string>, sent: readonly SentLine[]): AgentNote[] {
  const { agent_notes: notes, agent_session_id: id } = task;
  if (!agent.canResume || id === null) return notes;
  const isRead = ({ input_uuid: uuid }: SentLine) => {
    const { state } = agent.lookUp(id, new Set([uuid]), env);
    return state === 'unfinished' || state === 'answered';
  };
  const told = new Set(
    sent.filter((line) => line.note_ids.length > 0 && isRead(line)).flatMap((line) => line.note_ids),
  );
  return notes.filter((note) => !told.has(note.id));
}

export interface InputRequest {
  task: Task;
  agent: Agent;
  prompt: string;
  env: Record<string, string>;
  /** Whether an earlier run, recorded or not, could have sent something. */
  mayHaveRun: boolean;
  /** What earlier runs sent. */
  sent: readonly SentLine[];
}

export function decideInput({ task, agent, prompt, env, mayHaveRun, sent }: InputRequest): RunInput {
  const send = (conversation: AgentInput['conversation'], text: string, uuid: string): RunInput => {
    const notes = untoldNotes(task, agent, env, sent);
    const whole = [text, ...notes.map((note) => note.text)].join('\n\n');
    return { kind: 'send', input: { conversation, text: whole, uuid }, noteIds: notes.map((note) => note.id) };
  };
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
