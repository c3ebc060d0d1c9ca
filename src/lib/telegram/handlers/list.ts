/** `/tasks` and `/history`: what waits, runs, and ended last, as far as the person may see it. */

import { textsOf } from '../../notifications/languages.ts';
import type { TaskSummary } from '../../tasks/summary.ts';
import type { BotCommand } from '../command.ts';
import { endedTasks, isAsking, isShown, liveTasks } from '../find-tasks.ts';
import { say } from '../say.ts';
import { shown, title } from '../shown.ts';
import type { Turn } from '../turn.ts';

const listed = 15;

const signs: Record<string, string> = {
  pending: '⏳',
  running: '🔧',
  paused: '⏸',
  completed: '✅',
  failed: '❌',
  cancelled: '⏹',
};

/** Why a task is not done, or not further, in words; a code that is not known shows itself. */
export function reasonWords({ language }: Pick<Turn, 'language'>, code: string, isEnded: boolean): string {
  const { reasons, waiting } = textsOf(language);
  const known: Record<string, string> = isEnded ? reasons : { ...reasons, ...waiting };
  return Object.hasOwn(known, code) ? (known[code] as string) : shown(code);
}

const askingSign = '❓';

/** The sign of a task in lists. */
export function signOf({ parts }: Pick<Turn, 'parts'>, task: TaskSummary): string {
  return isAsking(parts, task) ? askingSign : (signs[task.status] ?? '');
}

/** Why a task stands still or has failed, in words; null where there is nothing to say. */
function standstill(turn: Turn, task: TaskSummary): string | null {
  const { texts, language, parts } = turn;
  if (isAsking(parts, task)) return texts.asks;
  const isPaused = task.status === 'paused';
  if (task.reason === null || (!isPaused && task.status !== 'failed')) return null;
  const reason = reasonWords(turn, task.reason, !isPaused);
  const resumesInMs = isPaused && task.resume_at ? Date.parse(task.resume_at) - parts.clock.now() : Number.NaN;
  const { clause, resumesIn } = textsOf(language);
  return Number.isNaN(resumesInMs) ? reason : `${reason}${clause}${resumesIn(Math.max(1000, resumesInMs))}`;
}

/** How a task stands, and why. */
export function stateOf(turn: Turn, task: TaskSummary): string {
  const why = standstill(turn, task);
  return `${turn.texts.statuses[task.status] ?? task.status}${why === null ? '' : ` (${why})`}`;
}

/** How a task stands, and since when. */
export function standing(turn: Turn, task: TaskSummary): string {
  const { language, parts } = turn;
  const since = Date.parse(task.completed_at ?? task.started_at ?? task.created_at);
  const age = textsOf(language).duration(Math.max(0, parts.clock.now() - since));
  return `${stateOf(turn, task)} · ${age}`;
}

/** `🔧 **calc** · running · 3 min`, and the id below it. */
function taskLine(turn: Turn, task: TaskSummary): string {
  return `${signOf(turn, task)} **${title(task)}** · ${standing(turn, task)}\n\`${task.task_id}\``;
}

export const listCommands: readonly BotCommand[] = [
  {
    name: 'tasks',
    words: ['任务', 'tasks'],
    who: 'user',
    isControl: true,
    argument: null,
    help: { en: 'what waits and runs', zh: '等待中和运行中的任务' },
    async run(turn) {
      const tasks = liveTasks(turn.parts).filter((task) => isShown(turn, task));
      if (tasks.length === 0) return await say(turn, turn.texts.noTasks);
      const lines = tasks.slice(0, listed).map((task) => taskLine(turn, task));
      const more = tasks.length > listed ? [turn.texts.andMore(tasks.length - listed)] : [];
      await say(turn, [turn.texts.tasksHead(tasks.length), ...lines, ...more].join('\n\n'));
    },
  },
  {
    name: 'history',
    words: ['历史', 'history'],
    who: 'user',
    isControl: true,
    argument: null,
    help: { en: 'what ended last', zh: '最近结束的任务' },
    async run(turn) {
      const tasks = endedTasks(turn, listed);
      if (tasks.length === 0) return await say(turn, turn.texts.noHistory);
      await say(turn, [turn.texts.historyHead, ...tasks.map((task) => taskLine(turn, task))].join('\n\n'));
    },
  },
];
