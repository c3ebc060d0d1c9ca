/** `/cancel`, `/retry`, `/why`, `/logs`: what is done to, or asked about, one task. */

import { join } from 'node:path';
import { textsOf } from '../../notifications/languages.ts';
import { waitingText } from '../../notifications/render-progress.ts';
import { retryTask } from '../../runs/control.ts';
import { eventsFile } from '../../runs/launch.ts';
import { renderOutput } from '../../runs/story.ts';
import { type Why, whyTask } from '../../runs/waiting/why.ts';
import { admitRetry } from '../../submit/admission.ts';
import { isEnded, latestRun, type Task } from '../../tasks/record.ts';
import type { BotCommand } from '../command.ts';
import { controls, endedTasks, loadTask, spellOf } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { refuseForeign, sayRefusal } from '../refusals.ts';
import { say } from '../say.ts';
import { title } from '../shown.ts';
import { type WhyCode, whyCodes } from '../texts.ts';
import type { Turn } from '../turn.ts';
import { cancel } from './cancel.ts';
import { reasonWords, standing } from './list.ts';
import { namedOrLatest, namedTask } from './named-task.ts';
import { pause, resume } from './pause.ts';

/** Runs a task once more and says so, or says why not. */
export async function retryAndSay(turn: Turn, task: Task): Promise<void> {
  const { parts, texts, person } = turn;
  const name = title(task);
  if (!person) return;
  if (!isEnded(task)) return await say(turn, texts.notEnded(name));
  try {
    const admitted = await admitRetry({ ...parts, person, task });
    await retryTask(parts.control, task.task_id, false).catch(async (error) => {
      await admitted.release();
      throw error;
    });
    parts.wake();
    await say(turn, texts.retried(name));
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

async function retry(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  if (turn.plan?.kind === 'control') {
    const [target] = turn.plan.targets;
    const task = target ? loadTask(turn.parts, target.id) : null;
    // Where it waits or runs already, or has ended once more, the first attempt had done its work.
    if (task && isEnded(task) && spellOf(task) === target?.spell) await retryAndSay(turn, task);
    return;
  }
  const named = await namedTask(turn, rest);
  if (named === null) return;
  const latest = named === undefined ? endedTasks(turn, 1)[0] : undefined;
  const task = named ?? (latest ? loadTask(turn.parts, latest.task_id) : null);
  if (!task) return await say(turn, turn.texts.noHistory);
  if (!controls(turn, task)) return await refuseForeign(turn, task.task_id);
  await turn.fix({ kind: 'control', targets: [{ id: task.task_id, spell: spellOf(task) }] });
  await retryAndSay(turn, task);
}

const logLines = 25;
const logChars = 3500;
/** An agent's output may be long; the end of it is enough. */
const logBytes = 1024 * 1024;

/** The last lines of what the agent did. */
function storyOf({ parts: { files, paths, agents }, language }: Turn, task: Task): string[] {
  const run = latestRun(task);
  if (!run) return [];
  const agent = agents.get(task.agent);
  const path = join(paths.run(task.task_id, run.n), eventsFile);
  const from = Math.max(0, (files.stat(path)?.size ?? 0) - logBytes);
  const lines = files.readRange(path, from, logBytes).toString('utf8').split('\n');
  // The first line was cut, and the last one is not whole yet, or empty.
  const whole = lines.slice(from > 0 ? 1 : 0, agent?.canResume ? -1 : undefined);
  return whole
    .flatMap((line) => renderOutput(agent, line, task.workdir, language))
    .filter((line) => line.trim() !== '')
    .slice(-logLines);
}

/** Shows the end of a task's story as a block of code. */
export async function sayLog(turn: Turn, task: Task): Promise<void> {
  const lines = storyOf(turn, task);
  if (lines.length === 0) return await say(turn, turn.texts.noLogs);
  // A block of code ends at the first line of backquotes.
  const text = lines
    .join('\n')
    .replaceAll('```', "'''")
    .slice(-logChars)
    .replace(/^[\udc00-\udfff]/, '');
  await say(turn, `**${title(task)}**\n\`\`\`\n${text}\n\`\`\``);
}

const isWhyCode = (code: string): code is WhyCode => (whyCodes as readonly string[]).includes(code);

/** Why a task is not further than it is, in the reader's language. */
function renderWhy(turn: Turn, task: Task, why: Pick<Why, 'waits_for' | 'position' | 'after' | 'until'>) {
  const { waits_for: code, position, after, until } = why;
  const { texts, language, parts } = turn;
  const { queued, duration, dash } = textsOf(language);
  const since = (instant: string | null) => duration(Math.max(0, parts.clock.now() - Date.parse(instant ?? '')));
  if (isEnded(task)) {
    const how = `${texts.statuses[task.status]}${task.reason ? ` (${reasonWords(turn, task.reason, true)})` : ''}`;
    return texts.endedAgo(how, since(task.completed_at));
  }
  if (task.status === 'paused') return standing(turn, task);
  if (code === 'running') return texts.runsFor(since(task.started_at));
  const place = position === null ? null : queued(position);
  const isInLine = code === 'order' || code === 'next';
  const waiting =
    code === 'at' && until
      ? `at:${until}`
      : code === 'after' && after
        ? `after:${after.task_id}:${after.task_name ?? after.task_id}`
        : null;
  if (waiting !== null) return waitingText(waiting, language, parts.clock.now());
  const words = isWhyCode(code) ? texts.why[code] : isInLine ? null : reasonWords(turn, code, false);
  return [place, words].filter(Boolean).join(dash) || standing(turn, task);
}

async function why(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const task = await namedOrLatest(turn, rest);
  if (!task) return;
  const found = whyTask(task, turn.parts.why);
  if (task.status === 'pending' && !turn.parts.hasWorker()) turn.parts.wake();
  await say(turn, `**${title(task)}**: ${renderWhy(turn, task, found)}`);
}

const aboutTask = { who: 'user', isControl: true, argument: { en: '[id]', zh: '[编号]' } } as const;

export const controlCommands: readonly BotCommand[] = [
  {
    ...aboutTask,
    name: 'cancel',
    words: ['取消', 'cancel'],
    changes: true,
    help: { en: 'end a task', zh: '结束一个任务' },
    run: cancel,
  },
  {
    ...aboutTask,
    name: 'pause',
    words: ['暂停', 'pause'],
    changes: true,
    help: { en: 'stop a task for now', zh: '暂停一个任务' },
    run: pause,
  },
  {
    ...aboutTask,
    argument: { en: '[id] [note]', zh: '[编号] [附言]' },
    name: 'resume',
    words: ['继续', '恢复', 'resume'],
    changes: true,
    help: { en: 'let a paused task go on; a note is told to its agent', zh: '让已暂停的任务继续，附言会告诉智能体' },
    run: resume,
  },
  {
    ...aboutTask,
    name: 'retry',
    words: ['重试', 'retry'],
    changes: true,
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
    run: why,
  },
];
