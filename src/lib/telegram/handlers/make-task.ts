/** A task from a message: a new one, or one that goes on in the conversation of another. */

import { renderTaskId } from '../../format/task-id.ts';
import { admit } from '../../submit/admission.ts';
import type { Origin } from '../../submit/draft.ts';
import { parseRequest, type TaskRequest } from '../../submit/request.ts';
import { submitAt } from '../../submit/submit.ts';
import type { Task } from '../../tasks/record.ts';
import { mayControl } from '../../users/rights.ts';
import { fetchFiles } from '../files-in.ts';
import { loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { takeOptions } from '../parse-command.ts';
import { say, sayRefusal, type Turn } from '../turn.ts';

function originOf({ asked, person, language }: Turn<IncomingMessage>): Origin {
  return {
    kind: 'telegram',
    updateId: asked.updateId,
    userId: person?.id ?? asked.from.id,
    messageId: asked.messageId,
    language,
  };
}

/** The id is fixed in the inbox before the task is made; a clash with somebody else's moves on by a millisecond. */
async function create(turn: Turn<IncomingMessage>, request: TaskRequest): Promise<Task> {
  const { parts, asked, person } = turn;
  const chatId = asked.chat.id;
  let ts = parts.clock.now();
  for (let planned = turn.plan?.kind === 'task' ? turn.plan.task_id : null; ; ts++) {
    const taskId = planned ?? renderTaskId({ chatId, ts });
    if (!planned) {
      if (parts.tasks.exists(taskId)) continue;
      await turn.fix({ kind: 'task', task_id: taskId });
    }
    planned = null;
    const admitted = person ? await admit({ ...parts, person, request, taskId }) : null;
    const task = await fetchAndSubmit(turn, request, taskId).catch(async (error) => {
      await admitted?.release();
      throw error;
    });
    if (!task) await admitted?.release();
    if (task) return task;
  }
}

async function fetchAndSubmit(turn: Turn<IncomingMessage>, request: TaskRequest, taskId: string): Promise<Task | null> {
  const prompt = await withFiles(turn, taskId, request.prompt);
  return await submitAt({ ...request, prompt }, originOf(turn), turn.parts.submit, taskId);
}

async function withFiles(turn: Turn<IncomingMessage>, taskId: string, prompt: string): Promise<string> {
  if (turn.asked.files.length === 0) return prompt;
  const paths = await fetchFiles(turn.parts, turn.asked, taskId);
  return `${prompt}\n\n${turn.texts.filesAt(paths)}`.trim();
}

/** Which task the message goes on with, where it answers one of ours. */
export function continuedTask(turn: Turn<IncomingMessage>, taskId: string | null): Task | null {
  const task = taskId === null ? null : loadTask(turn.parts, taskId);
  return task &&
    turn.person &&
    mayControl(
      turn.person,
      task,
      { ...turn.asked.chat, formerIds: turn.parts.formerIds(turn.asked.chat.id) },
      turn.parts.settings,
    )
    ? task
    : null;
}

/** Makes a task of the text; its placeholder is the answer. What is refused is said with what to do. */
export async function makeTask(turn: Turn<IncomingMessage>, text: string, continued: Task | null): Promise<void> {
  const { asked, texts, person } = turn;
  const { options, prompt } = takeOptions(text);
  const hasFiles = asked.files.length > 0;
  if (hasFiles && person && !person.features.has('files')) return await say(turn, texts.notAllowed(['files']));
  if (prompt === '' && !hasFiles) return await say(turn, texts.emptyPrompt);
  try {
    const goesOn =
      continued === null
        ? {}
        : continued.agent_session_id
          ? { session: continued.task_id }
          : { workdir: continued.workdir };
    const request = parseRequest({
      ...(continued ? { agent: continued.agent, ...(continued.profile ? { profile: continued.profile } : {}) } : {}),
      ...options,
      ...goesOn,
      group: asked.chat.id,
      ...(asked.threadId === null ? {} : { thread: asked.threadId }),
      prompt: prompt || texts.filesAt([]).split('\n')[0],
    });
    if (hasFiles) turn.aside(() => createAndWake(turn, request));
    else await createAndWake(turn, request);
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

async function createAndWake(turn: Turn<IncomingMessage>, request: TaskRequest): Promise<void> {
  try {
    await create(turn, request);
    turn.parts.wake();
  } catch (error) {
    await sayRefusal(turn, error);
  }
}
