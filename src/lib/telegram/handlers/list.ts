/** `/tasks` and `/history`: what waits, runs, and ended last, as far as the person may see it. */

import { renderDuration } from '../../format/duration.ts';
import { cutText, oneLine } from '../../format/text.ts';
import type { TaskSummary } from '../../tasks/summary.ts';
import type { BotCommand } from '../command.ts';
import { endedTasks, isShown, liveTasks } from '../find-tasks.ts';
import { say, type Turn } from '../turn.ts';

const listed = 15;

const signs: Record<string, string> = {
  pending: '⏳',
  running: '🔧',
  paused: '⏸',
  completed: '✅',
  failed: '❌',
  cancelled: '⏹',
};

/** Names are people's own text: what Markdown would take for formatting is taken out. */
export function shown(name: string): string {
  return cutText(oneLine(name).replace(/[`*_[\]<>]/g, ''), 40);
}

function line(task: TaskSummary, { texts, parts }: Turn): string {
  const since = Date.parse(task.completed_at ?? task.started_at ?? task.created_at);
  const age = renderDuration(parts.clock.now() - since);
  const reason = task.reason && task.status !== 'completed' ? ` (${task.reason})` : '';
  return `${signs[task.status] ?? ''} **${shown(task.task_name)}** · ${texts.statuses[task.status] ?? task.status}${reason} · ${age}\n\`${task.task_id}\``;
}

export const listCommands: readonly BotCommand[] = [
  {
    name: 'tasks',
    words: ['任务', 'tasks'],
    who: 'user',
    isControl: true,
    argument: '',
    help: { en: 'what waits and runs', zh: '等待中和运行中的任务' },
    async run(turn) {
      const tasks = liveTasks(turn.parts).filter((task) => isShown(turn, task));
      if (tasks.length === 0) return await say(turn, turn.texts.noTasks);
      const lines = tasks.slice(0, listed).map((task) => line(task, turn));
      await say(turn, [turn.texts.tasksHead(tasks.length), ...lines].join('\n\n'));
    },
  },
  {
    name: 'history',
    words: ['历史', 'history'],
    who: 'user',
    isControl: true,
    argument: '',
    help: { en: 'what ended last', zh: '最近结束的任务' },
    async run(turn) {
      const tasks = endedTasks(turn, listed);
      if (tasks.length === 0) return await say(turn, turn.texts.noHistory);
      await say(turn, [turn.texts.historyHead, ...tasks.map((task) => line(task, turn))].join('\n\n'));
    },
  },
];
