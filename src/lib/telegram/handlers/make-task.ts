/** A task from a message: a new one, or one that goes on in the conversation of another. */

import { TelegramFailure } from '../../errors/telegram-failure.ts';
import { renderTaskId } from '../../format/task-id.ts';
import { admit } from '../../submit/admission.ts';
import type { Origin } from '../../submit/draft.ts';
import { parseRequest, type TaskRequest } from '../../submit/request.ts';
import { submitAt } from '../../submit/submit.ts';
import type { Task } from '../../tasks/record.ts';
import type { Person } from '../../users/record.ts';
import { AttachmentTooBig, fetchFiles } from '../files-in.ts';
import { loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { type MessageOptions, takeOptions } from '../parse-command.ts';
import { mayUseFiles, refusalOfOptions, sayRefusal } from '../refusals.ts';
import { say } from '../say.ts';
import type { Turn } from '../turn.ts';

type MessageTurn = Turn<IncomingMessage>;

interface Work {
  person: Person;
  request: TaskRequest;
  /** The task in whose conversation and folder it goes on. */
  continued: Task | null;
}

function originOf({ asked, language }: MessageTurn, person: Person): Origin {
  return { kind: 'telegram', updateId: asked.updateId, userId: person.id, messageId: asked.messageId, language };
}

/** The id is fixed in the inbox before the task is made; one that is somebody else's already is passed over. */
async function create(turn: MessageTurn, work: Work, signal: AbortSignal | null): Promise<Task> {
  const { parts, asked } = turn;
  const { person, request } = work;
  for (let planned = turn.plan?.kind === 'task' ? turn.plan.task_id : null; ; ) {
    const taskId = planned ?? renderTaskId({ chatId: asked.chat.id, ts: parts.nextTs() });
    if (!planned) {
      if (parts.tasks.exists(taskId)) continue;
      await turn.fix({ kind: 'task', task_id: taskId });
    }
    planned = null;
    const admitted = await admit({ ...parts, person, request, taskId });
    const task = await fetchAndSubmit(turn, work, taskId, signal).catch(async (error) => {
      await admitted.release();
      throw error;
    });
    if (task) return task;
    await admitted.release();
  }
}

async function fetchAndSubmit(
  turn: MessageTurn,
  { request, person, continued }: Work,
  taskId: string,
  signal: AbortSignal | null,
): Promise<Task | null> {
  const { parts, asked, texts } = turn;
  const origin = originOf(turn, person);
  if (!signal || parts.tasks.exists(taskId)) return await submitAt(request, origin, parts.submit, taskId);
  try {
    const paths = await fetchFiles(parts, { message: asked, taskId, workdir: continued?.workdir ?? null }, signal);
    const prompt = `${request.prompt}\n\n${texts.filesAt(paths)}`;
    return await submitAt({ ...request, prompt }, origin, parts.submit, taskId);
  } catch (error) {
    // Nobody else will ever look into the folder of a task that was not made.
    if (!continued && !parts.tasks.exists(taskId)) parts.files.remove(parts.paths.workspace(asked.chat.id, taskId));
    throw error;
  }
}

/** How the request names what it goes on with; the person's own options count first. */
function continuing(continued: Task | null, { ali, model }: MessageOptions): Record<string, unknown> {
  if (!continued) return {};
  const { agent, profile, task_id, workdir, agent_session_id } = continued;
  const isSameService = !ali || profile === 'ali';
  return {
    agent,
    ...(profile && isSameService ? { profile } : {}),
    ...(continued.model && isSameService && !model ? { model: continued.model } : {}),
    ...(agent_session_id === null ? { workdir } : { session: task_id }),
  };
}

/** Makes a task of the text; its placeholder is the answer. What is refused is said with what to do. */
export async function makeTask(turn: MessageTurn, text: string, continued: Task | null): Promise<void> {
  const { asked, texts, person } = turn;
  if (!person) return;
  const { options, prompt } = takeOptions(text);
  const hasFiles = asked.files.length > 0;
  if (hasFiles && !(await mayUseFiles(turn))) return;
  if (prompt === '' && !hasFiles) return await say(turn, texts.emptyPrompt);
  const isThere = turn.plan?.kind === 'task' && loadTask(turn.parts, turn.plan.task_id) !== null;
  const refusal = isThere ? null : refusalOfOptions(turn, options, continued);
  if (refusal !== null) return await say(turn, refusal);
  try {
    const request = parseRequest({
      ...continuing(continued, options),
      ...options,
      ...(options.priority ? { priority: options.priority.toLowerCase() } : {}),
      group: asked.chat.id,
      ...(asked.threadId === null ? {} : { thread: asked.threadId }),
      prompt: prompt || texts.filesAlone,
    });
    const work = { person, request, continued };
    if (hasFiles) turn.aside((signal) => createAndWake(turn, work, signal));
    else await createAndWake(turn, work, null);
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

/** `signal` is given where files are to be fetched; it aborts when the bot stops. */
async function createAndWake(turn: MessageTurn, work: Work, signal: AbortSignal | null): Promise<void> {
  const { texts, parts } = turn;
  try {
    const { task_id } = await create(turn, work, signal);
    parts.log.info({ task_id, update_id: turn.asked.updateId, user_id: work.person.id }, 'a message became a task');
    parts.wake();
  } catch (error) {
    // The next start begins again.
    if (signal?.aborted) throw error;
    if (error instanceof AttachmentTooBig) return await say(turn, texts.attachmentTooBig(error.fileName, error.size));
    if (!(error instanceof TelegramFailure)) return await sayRefusal(turn, error);
    parts.log.warn({ chat_id: turn.asked.chat.id, error: String(error) }, 'files of a message could not be fetched');
    await say(turn, texts.attachmentsFailed);
  }
}
