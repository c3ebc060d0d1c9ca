/** A task from a message: a new one, or one that goes on in the conversation of another. */

import { TelegramFailure } from '../../errors/telegram-failure.ts';
import { renderTaskId } from '../../format/task-id.ts';
import { besideWorktree } from '../../sessions/process.ts';
import type { Session } from '../../sessions/record.ts';
import { admit } from '../../submit/admission.ts';
import type { Origin } from '../../submit/draft.ts';
import { parseRequest, type TaskRequest } from '../../submit/request.ts';
import { submitAt } from '../../submit/submit.ts';
import type { Task } from '../../tasks/record.ts';
import type { Person } from '../../users/record.ts';
import { AttachmentTooBig, fetchFiles } from '../files-in.ts';
import { endedTasks, isShown, isVisible, liveTasks, loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { type MessageOptions, takeOptions } from '../parse-command.ts';
import { mayUseFiles, refusalOfOptions, sayRefusal } from '../refusals.ts';
import { say, sayOrThrow } from '../say.ts';
import { shown } from '../shown.ts';
import type { Turn } from '../turn.ts';

type MessageTurn = Turn<IncomingMessage>;

interface Work {
  person: Person;
  request: TaskRequest;
  /** A folder that is there, of what it goes on with: files that come with the message go there. Null for one of the task's own. */
  folder: string | null;
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
  { request, person, folder }: Work,
  taskId: string,
  signal: AbortSignal | null,
): Promise<Task | null> {
  const { parts, asked, texts } = turn;
  const origin = originOf(turn, person);
  if (!signal || parts.tasks.exists(taskId)) return await submitAt(request, origin, parts.submit, taskId);
  try {
    const paths = await fetchFiles(parts, { message: asked, taskId, workdir: folder }, signal);
    const prompt = `${request.prompt}\n\n${texts.filesAt(paths)}`;
    return await submitAt({ ...request, prompt }, origin, parts.submit, taskId);
  } catch (error) {
    // Nobody else will ever look into the folder of a task that was not made.
    if (folder === null && !parts.tasks.exists(taskId))
      parts.files.remove(parts.paths.workspace(asked.chat.id, taskId));
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

/** The id of the task that the new one comes after: one that the person may see; null where there is none. */
function afterOf(turn: MessageTurn, given: string): string | null {
  if (given.toLowerCase() !== 'latest') {
    const task = loadTask(turn.parts, given);
    return task && isVisible(turn, task) ? task.task_id : null;
  }
  const live = liveTasks(turn.parts).filter((task) => isShown(turn, task));
  return (live.at(-1) ?? endedTasks(turn, 1)[0])?.task_id ?? null;
}

/** The text without its options, unless its sender said that they are words like any others. */
export function readOptions({ asked: { meant } }: MessageTurn, text: string): ReturnType<typeof takeOptions> {
  return meant === 'words' ? { options: {}, prompt: text } : takeOptions(text);
}

/** The options of a message as a request takes them; null after having said what is wrong with them. */
export async function checkOptions(
  turn: MessageTurn,
  options: MessageOptions,
  continued: Task | null,
): Promise<MessageOptions | null> {
  const { texts, plan, parts } = turn;
  const isThere = plan?.kind === 'task' && loadTask(parts, plan.task_id) !== null;
  const refusal = isThere ? null : refusalOfOptions(turn, options, continued);
  const after = options.after === undefined ? undefined : afterOf(turn, options.after);
  if (refusal !== null || after === null) {
    await say(turn, refusal ?? texts.noSuchTask(shown(options.after ?? '')));
    return null;
  }
  return {
    ...options,
    ...(options.priority ? { priority: options.priority.toLowerCase() } : {}),
    ...(after ? { after } : {}),
    ...(options.ifFailed ? { ifFailed: options.ifFailed.toLowerCase() } : {}),
  };
}

/** Makes a task of the text; its placeholder is the answer. What is refused is said with what to do. */
export async function makeTask(turn: MessageTurn, text: string, continued: Task | null): Promise<void> {
  const { asked, texts, person } = turn;
  if (!person) return;
  const { options, prompt } = readOptions(turn, text);
  const hasFiles = asked.files.length > 0;
  if (hasFiles && !(await mayUseFiles(turn))) return;
  if (prompt === '' && !hasFiles) return await say(turn, texts.emptyPrompt);
  const given = await checkOptions(turn, options, continued);
  if (given === null) return;
  try {
    const request = parseRequest(
      { ...continuing(continued, options), ...given, ...placeFor(turn), prompt: prompt || texts.filesAlone },
      turn.parts.clock.now(),
    );
    // Not into a worktree: it may have to be made again first, and what is in it is committed.
    const folder = continued?.worktree === null ? continued.workdir : null;
    await start(turn, { person, request, folder });
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

/** What a message to a session is besides its text. */
export interface MessageExtras {
  /** It goes before those that wait there. */
  isUrgent?: boolean;
  /** Checked options that concern this message alone. */
  options?: Pick<MessageOptions, 'priority' | 'at' | 'after' | 'ifFailed'>;
}

/** Makes a task of a message to a session. */
export async function makeMessage(
  turn: MessageTurn,
  text: string,
  session: Session,
  { isUrgent = false, options = {} }: MessageExtras,
): Promise<void> {
  const { texts, person, parts } = turn;
  if (!person) return;
  try {
    const request = parseRequest(
      {
        ...options,
        ...(isUrgent ? { priority: 9 } : {}),
        session: session.session_id,
        ...placeFor(turn),
        prompt: text || texts.filesAlone,
      },
      parts.clock.now(),
    );
    const folder = session.worktree === null ? session.workdir : besideWorktree(parts.paths, session);
    if (session.worktree !== null && turn.asked.files.length > 0) parts.files.makeFolder(folder);
    await start(turn, { person, request, folder });
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

const placeFor = ({ asked: { chat, threadId } }: MessageTurn) => ({
  group: chat.id,
  ...(threadId === null ? {} : { thread: threadId }),
});

/** Makes the task; where files are to be fetched first, the chat goes on meanwhile. */
async function start(turn: MessageTurn, work: Work): Promise<void> {
  if (turn.asked.files.length > 0) turn.aside((signal) => createAndWake(turn, work, signal));
  else await createAndWake(turn, work, null);
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
    // Where nobody could be told either, it is tried again: the message must not be lost.
    await sayOrThrow(turn, texts.attachmentsFailed);
  }
}
