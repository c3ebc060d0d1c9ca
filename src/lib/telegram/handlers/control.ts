/** `/cancel`, `/retry`, `/why`, `/logs`: what is done to, or asked about, one task. */

import { join } from 'node:path';
import { type Button, taskButton } from '../../notifications/buttons.ts';
import { cancelTask, retryTask } from '../../runs/control.ts';
import { eventsFile } from '../../runs/launch.ts';
import { renderEvent } from '../../runs/story.ts';
import { openTail } from '../../runs/tail.ts';
import { whyTask } from '../../runs/why.ts';
import { admitRetry } from '../../submit/admission.ts';
import { isEnded, latestRun, type Task } from '../../tasks/record.ts';
import { mayControl } from '../../users/rights.ts';
import type { BotCommand } from '../command.ts';
import { endedTasks, isVisible, liveTasks, loadTask, taskIdIn, taskOfMessage } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { say, sayRefusal, type Turn } from '../turn.ts';
import { shown } from './list.ts';

export function controls(turn: Turn, task: Pick<Task, 'user_id' | 'telegram_group'>): boolean {
  const { parts, asked, person } = turn;
  return (
    person !== null &&
    mayControl(person, task, { ...asked.chat, formerIds: parts.formerIds(asked.chat.id) }, parts.settings)
  );
}

/** The task that is named, or answered to; null after having said what is wrong, undefined where none was named. */
async function namedTask(turn: Turn<IncomingMessage>, rest: string): Promise<Task | null | undefined> {
  const { parts, asked, texts } = turn;
  const chatIds = [asked.chat.id, ...parts.formerIds(asked.chat.id)];
  const answered = asked.replyTo?.isOurs
    ? (taskOfMessage(parts, chatIds, asked.replyTo.messageId) ?? taskIdIn(asked.replyTo.text))
    : null;
  const given = rest.split(/\s+/)[0] || answered;
  if (!given) return undefined;
  const task = loadTask(parts, given);
  if (task && isVisible(turn, task)) return task;
  await say(turn, texts.noSuchTask(shown(given)));
  return null;
}

/** Ends a task and says so. */
export async function cancelAndSay(turn: Turn, taskId: string): Promise<void> {
  const { parts, texts } = turn;
  const task = loadTask(parts, taskId);
  if (!task) return;
  const outcome = await cancelTask(parts.control, taskId, null);
  parts.wake();
  const name = shown(task.task_name);
  await say(
    turn,
    outcome === 'cancelled'
      ? texts.cancelled(name)
      : outcome === 'ending'
        ? texts.cancelling(name)
        : texts.hadEnded(name),
  );
}

/**
 * Which tasks a `/cancel` means is fixed before it acts. Without an id it never means a task that was made after it was
 * sent; with several there are buttons to choose.
 */
async function cancel(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const { parts, asked, texts } = turn;
  if (turn.plan?.kind === 'control') {
    for (const taskId of turn.plan.targets) await cancelAndSay(turn, taskId);
    return;
  }
  const named = await namedTask(turn, rest);
  if (named === null) return;
  if (named) {
    if (!controls(turn, named)) return await say(turn, texts.notYours);
    await turn.fix({ kind: 'control', targets: [named.task_id] });
    return await cancelAndSay(turn, named.task_id);
  }
  const candidates = liveTasks(parts).filter(
    (task) => Date.parse(task.created_at) < asked.sentAt + 1000 && isVisible(turn, task) && controls(turn, task),
  );
  const [only, ...others] = candidates;
  if (!only) return await say(turn, texts.noRunningTask);
  if (others.length > 0) {
    const buttons = candidates
      .slice(0, 8)
      .map((task): Button[] => [taskButton(`⏹ ${shown(task.task_name)}`, 'cancel', task.task_id, 0)]);
    return await say(turn, texts.whichTask, { buttons });
  }
  await turn.fix({ kind: 'control', targets: [only.task_id] });
  await cancelAndSay(turn, only.task_id);
}

/** Runs a task once more and says so, or says why not. */
export async function retryAndSay(turn: Turn, task: Task): Promise<void> {
  const { parts, texts, person } = turn;
  const name = shown(task.task_name);
  if (!isEnded(task)) return await say(turn, texts.notEnded(name));
  try {
    const admitted = person ? await admitRetry({ ...parts, person, task }) : null;
    await retryTask(parts.control, task.task_id, false).catch(async (error) => {
      await admitted?.release();
      throw error;
    });
    parts.wake();
    await say(turn, texts.retried(name));
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

async function retry(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const named = await namedTask(turn, rest);
  if (named === null) return;
  const latest = named === undefined ? endedTasks(turn, 1)[0] : undefined;
  const task = named ?? (latest ? loadTask(turn.parts, latest.task_id) : null);
  if (!task) return await say(turn, turn.texts.noHistory);
  if (!controls(turn, task)) return await say(turn, turn.texts.notYours);
  // A replay finds it waiting or running already.
  const isReplay = turn.plan?.kind === 'control' && !isEnded(task);
  if (isReplay) return;
  await turn.fix({ kind: 'control', targets: [task.task_id] });
  await retryAndSay(turn, task);
}

const logLines = 25;

/** The last lines of what the agent did. */
export function storyOf(turn: Turn, task: Task): string[] {
  const { parts } = turn;
  const run = latestRun(task);
  const agent = parts.agents.get(task.agent);
  if (!run) return [];
  const lines = openTail(parts.files, join(parts.paths.run(task.task_id, run.n), eventsFile)).read();
  const told = agent?.canResume
    ? lines.flatMap((one) => agent.parseLine(one)).flatMap((event) => renderEvent(event, task.workdir))
    : lines;
  return told.slice(-logLines);
}

/** Shows the end of a task's story as a block of code. */
export async function sayLog(turn: Turn, task: Task): Promise<void> {
  const lines = storyOf(turn, task);
  if (lines.length === 0) return await say(turn, turn.texts.noLogs);
  const text = lines.join('\n').replaceAll('```', "'''").slice(-3500);
  await say(turn, `**${shown(task.task_name)}**\n\`\`\`\n${text}\n\`\`\``);
}

/** The named task, else the latest that runs, else the latest that ended. */
async function namedOrLatest(turn: Turn<IncomingMessage>, rest: string): Promise<Task | null> {
  const named = await namedTask(turn, rest);
  if (named !== undefined) return named;
  const latest =
    liveTasks(turn.parts)
      .filter((task) => isVisible(turn, task))
      .at(-1) ?? endedTasks(turn, 1)[0];
  const task = latest ? loadTask(turn.parts, latest.task_id) : null;
  if (!task) await say(turn, turn.texts.noTasks);
  return task;
}

const aboutTask = { who: 'user', isControl: true, argument: '[id]' } as const;

export const controlCommands: readonly BotCommand[] = [
  {
    ...aboutTask,
    name: 'cancel',
    words: ['取消', 'cancel'],
    help: { en: 'end a task', zh: '结束一个任务' },
    run: cancel,
  },
  {
    ...aboutTask,
    name: 'retry',
    words: ['重试', 'retry'],
    help: { en: 'run an ended task once more', zh: '再运行一次已结束的任务' },
    run: retry,
  },
  {
    ...aboutTask,
    name: 'logs',
    words: ['日志', 'logs'],
    help: { en: 'what the agent did', zh: '智能体做了什么' },
    async run(turn, rest) {
      const task = await namedOrLatest(turn, rest);
      if (task) await sayLog(turn, task);
    },
  },
  {
    ...aboutTask,
    name: 'why',
    words: ['原因', 'why'],
    help: { en: 'what a task waits for', zh: '任务在等什么' },
    async run(turn, rest) {
      const task = await namedOrLatest(turn, rest);
      if (task) await say(turn, `**${shown(task.task_name)}**: ${whyTask(task, turn.parts.why).text}`);
    },
  },
];
