/** Which one task a command acts on: it is fixed before the command acts, and never changes after that. */

import type { Button } from '../../notifications/buttons.ts';
import type { Task } from '../../tasks/record.ts';
import type { TaskSummary } from '../../tasks/summary.ts';
import { controls, isShown, liveTasks, loadTask, spellOf } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { refuseForeign } from '../refusals.ts';
import { say } from '../say.ts';
import type { Turn } from '../turn.ts';
import { namedTask } from './named-task.ts';

/** A button for each task; more would not be looked through. */
const mostButtons = 8;
/** So long it is waited for what the same person sent just before the command. */
const earlierMs = 500;
const lookMs = 50;

/** What is done to a task. */
export interface Deed {
  /** Whether a task that nobody named may be meant. */
  fits(task: Pick<TaskSummary, 'status'>): boolean;
  /** What is said where none fits. */
  none: string;
  /** Why it is not done to this task, which was named; null where it is. */
  refusal(task: Task): string | null;
  button(task: Task): Button;
  /** Does it and says so; done once more by a replay. */
  act(taskId: string): Promise<void>;
}

/**
 * Whether the task was there when the command was sent. Messages of one chat are numbered in order; for all other tasks
 * the clocks must do, and Telegram tells times in whole seconds.
 */
function wasThere(task: TaskSummary, asked: IncomingMessage): boolean {
  if (task.telegram_group === asked.chat.id && task.message_id !== null) return task.message_id < asked.messageId;
  return Date.parse(task.created_at) < asked.sentAt + 1000;
}

/** What was sent before the command may be about to become a task. */
async function waitForEarlier({ parts, asked }: Turn<IncomingMessage>): Promise<void> {
  for (let waited = 0; waited < earlierMs && parts.hasEarlier(asked); waited += lookMs) await parts.clock.sleep(lookMs);
}

/** Tasks that a command without an id may mean: the person's own, and those of others only where he has none. */
function candidatesOf(turn: Turn<IncomingMessage>, deed: Deed): { own: TaskSummary[]; others: TaskSummary[] } {
  const all = liveTasks(turn.parts).filter(
    (task) => deed.fits(task) && wasThere(task, turn.asked) && isShown(turn, task) && controls(turn, task),
  );
  const isOwn = (task: TaskSummary) => task.user_id === turn.person?.id;
  return { own: all.filter(isOwn), others: all.filter((task) => !isOwn(task)) };
}

async function fixAndAct(turn: Turn<IncomingMessage>, task: Task, deed: Deed): Promise<void> {
  await turn.fix({ kind: 'control', targets: [{ id: task.task_id, spell: spellOf(task) }] });
  await deed.act(task.task_id);
}

/** Does again what an earlier attempt had fixed; a task that was run once more since is another matter. */
async function replay(turn: Turn, targets: readonly { id: string; spell: number }[], deed: Deed): Promise<void> {
  for (const { id, spell } of targets) {
    const task = loadTask(turn.parts, id);
    if (task && spellOf(task) === spell) await deed.act(id);
  }
}

/** Acts on the task that is named, answered, or the only one that can be meant; offers buttons where there are several. */
export async function actOnOne(turn: Turn<IncomingMessage>, rest: string, deed: Deed): Promise<void> {
  const { texts } = turn;
  if (turn.plan?.kind === 'control') return await replay(turn, turn.plan.targets, deed);
  const named = await namedTask(turn, rest);
  if (named === null) return;
  if (named) {
    if (!controls(turn, named)) return await refuseForeign(turn, named.task_id);
    const refusal = deed.refusal(named);
    return refusal === null ? await fixAndAct(turn, named, deed) : await say(turn, refusal);
  }
  await waitForEarlier(turn);
  const { own, others } = candidatesOf(turn, deed);
  const candidates = own.length > 0 ? own : others;
  const tasks = candidates.flatMap(({ task_id }) => loadTask(turn.parts, task_id) ?? []);
  const latest = rest.startsWith('latest') ? own.at(-1) : own.length === 1 ? own[0] : undefined;
  const only = tasks.find(({ task_id }) => task_id === latest?.task_id);
  if (only) return await fixAndAct(turn, only, deed);
  if (tasks.length === 0) return await say(turn, deed.none);
  // What runs comes first, then what was asked for last.
  const running = tasks.filter(({ status }) => status === 'running');
  const listed = [...running, ...tasks.filter((task) => !running.includes(task)).reverse()];
  const buttons = listed.slice(0, mostButtons).map((task) => [deed.button(task)]);
  const more = listed.length - buttons.length;
  await say(turn, more > 0 ? `${texts.whichTask} ${texts.andMore(more)}` : texts.whichTask, { buttons });
}
