/** `/pause` and `/resume`: a task stops for now, and goes on where it stopped. */

import { CcdispatchError } from '../../errors/errors.ts';
import { renderInstant } from '../../format/instant.ts';
import { taskButton } from '../../notifications/buttons.ts';
import { waitForReset } from '../../runs/accounts/wait-for-reset.ts';
import { pauseTask, resumeTask } from '../../runs/control.ts';
import { admitResume } from '../../submit/admission.ts';
import { isEnded, type Task } from '../../tasks/record.ts';
import { answeredTaskId, controls, loadTask, spellOf } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { sayRefusal } from '../refusals.ts';
import { say } from '../say.ts';
import { plainTitle, title } from '../shown.ts';
import type { Turn } from '../turn.ts';
import { makeTask } from './make-task.ts';
import { actOnOne } from './one-task.ts';

const buttonFor = (action: 'pause' | 'resume', sign: string) => (task: Task) =>
  taskButton(`${sign} ${plainTitle(task)}`, action, task.task_id, spellOf(task));

/** Pauses a task and says so, or why not. */
export async function pauseAndSay(turn: Turn, taskId: string): Promise<void> {
  const { parts, texts } = turn;
  const task = loadTask(parts, taskId);
  if (!task) return;
  const name = title(task);
  try {
    const outcome = await pauseTask(parts.control, taskId, { reason: 'user' });
    parts.wake();
    if (outcome === 'ended-before') return await say(turn, texts.endedRetry(name));
    if (outcome === 'ending') return await say(turn, texts.cancelling(name));
    await say(turn, outcome === 'paused' ? texts.paused(name) : texts.pausing(name));
  } catch (error) {
    if (!(error instanceof CcdispatchError) || error.code !== 'usage') return await sayRefusal(turn, error);
    await say(turn, texts.cannotPause(name, task.agent));
  }
}

/** What is said of a task that goes on, or did already; `isTold`: its agent was to be told something. */
function resumedText({ texts }: Turn, status: Task['status'], name: string, isTold: boolean): string {
  if (isTold) return status === 'running' ? texts.noteNotTold(name) : texts.resumedWithNote(name);
  return status === 'paused' ? texts.resumed(name) : texts.notPaused(name);
}

/** Lets a task go on and says so, or why not. `note` is told to its agent, once, however often it is done again. */
export async function resumeAndSay(turn: Turn, taskId: string, note: string | null = null): Promise<void> {
  const { parts, texts, person } = turn;
  const task = loadTask(parts, taskId);
  if (!task || !person) return;
  const name = title(task);
  if (isEnded(task)) return await say(turn, texts.endedRetry(name));
  try {
    await admitResume({ ...parts, person, task });
    const { status } = await resumeTask(parts.control, taskId, { note, noteId: `update-${turn.asked.updateId}` });
    parts.wake();
    await say(turn, resumedText(turn, status === 'running' ? status : task.status, name, note !== null));
  } catch (error) {
    if (!(error instanceof CcdispatchError) || error.code !== 'busy') return await sayRefusal(turn, error);
    await say(turn, texts.pausingStill(name));
  }
}

/** Has a task that asked at a limit go on at the reset, and says when that is. */
export async function waitAndSay(turn: Turn, taskId: string): Promise<void> {
  const { parts, texts, person } = turn;
  const task = loadTask(parts, taskId);
  if (!task || !person) return;
  try {
    await admitResume({ ...parts, person, task });
    const resumeAt = await waitForReset(parts.control, taskId);
    parts.wake();
    await say(
      turn,
      resumeAt === null ? texts.notPaused(title(task)) : texts.waits(title(task), renderInstant(resumeAt)),
    );
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

export async function pause(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  await actOnOne(turn, rest, {
    fits: ({ status }) => status !== 'paused',
    none: turn.texts.noRunningTask,
    refusal: (task) => (isEnded(task) ? turn.texts.endedRetry(title(task)) : null),
    button: buttonFor('pause', '⏸'),
    act: (taskId) => pauseAndSay(turn, taskId),
  });
}

/** The task that is to hear the very word: whoever answers a result with `继续` says it to the agent. */
function addressee(turn: Turn<IncomingMessage>, rest: string): Task | null {
  if (rest !== '' || turn.asked.text.trimStart().startsWith('/')) return null;
  const taskId = answeredTaskId(turn);
  const task = taskId === null ? null : loadTask(turn.parts, taskId);
  return task && isEnded(task) && controls(turn, task) ? task : null;
}

/** Splits what follows the command: the task, where one is named first, and what its agent is to hear. */
function splitNote(rest: string): { named: string; note: string | null } {
  const [, named = '', note = ''] = /^(task-\S*|latest(?=\s|$))?\s*([\s\S]*)$/.exec(rest) ?? [];
  return { named, note: note.trim() || null };
}

export async function resume(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const { named, note } = splitNote(rest);
  const continued = turn.plan?.kind === 'control' ? null : addressee(turn, rest);
  if (continued) return await makeTask(turn, turn.asked.text, continued);
  await actOnOne(turn, named, {
    fits: ({ status }) => status === 'paused',
    none: turn.texts.nothingPaused,
    refusal: (task) => (isEnded(task) ? turn.texts.endedRetry(title(task)) : null),
    button: buttonFor('resume', '▶️'),
    act: (taskId) => resumeAndSay(turn, taskId, note),
  });
}
