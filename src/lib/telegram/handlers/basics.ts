/** `/start`, `/help`, `/ping`, `/lang`, `/status`, `/stats`: what needs no task. */

import { computeStats } from '../../metrics/stats.ts';
import type { BotCommand } from '../command.ts';
import { isShown, liveTasks } from '../find-tasks.ts';
import { botTextsOf } from '../languages.ts';
import { say, type Turn } from '../turn.ts';
import { shown } from './list.ts';

const statsDays = 30;
const dayMs = 86_400_000;

/** Lines of help for those commands that the person may use. */
export function renderHelp(commands: readonly BotCommand[], { person, language, texts }: Turn): string {
  const isFor = (command: BotCommand) =>
    command.who === 'anyone' || (person !== null && (command.who === 'user' || person.role === 'admin'));
  const lines = commands.filter(isFor).map(({ name, argument, help, words }) => {
    const also = words.filter((word) => word !== name).join(', ');
    return `/${name}${argument ? ` ${argument.replace(/[<>]/g, (bracket) => (bracket === '<' ? '‹' : '›'))}` : ''} — ${help[language]}${also ? ` (${also})` : ''}`;
  });
  return [texts.helpHead, lines.join('\n')].join('\n\n');
}

async function status(turn: Turn): Promise<void> {
  const { parts, texts } = turn;
  const live = liveTasks(parts).filter((task) => isShown(turn, task));
  const running = parts.queue.active().length;
  const facts = {
    running,
    waiting: parts.queue.waiting().length,
    slots: parts.settings.limits.maxSessions,
    worker: parts.hasWorker(),
  };
  const lines = live
    .slice(0, 10)
    .map((task) => `${task.status === 'running' ? '🔧' : '⏳'} ${shown(task.task_name)} \`${task.task_id}\``);
  await say(turn, [texts.status(facts), ...lines].join('\n'));
}

async function stats(turn: Turn): Promise<void> {
  const { parts, texts, person } = turn;
  const since = new Date(parts.clock.now() - statsDays * dayMs).toISOString();
  const lines = parts.history.since(since).filter((line) => person?.role === 'admin' || isShown(turn, line));
  const { total: all } = computeStats(lines, null, (instant) => instant.slice(0, 10));
  await say(
    turn,
    texts.stats({
      days: statsDays,
      runs: all.runs,
      completed: all.completed,
      failed: all.failed,
      costUsd: all.cost_usd,
      tokens: all.input_tokens + all.output_tokens,
    }),
  );
}

async function setLanguage(turn: Turn, rest: string): Promise<void> {
  const { parts, person, texts } = turn;
  const wanted = /^(en|english|英文|英语)$/i.test(rest) ? 'en' : /^(zh|中文|chinese|汉语)$/i.test(rest) ? 'zh' : null;
  if (!wanted) return await say(turn, texts.languageChoose);
  if (person) await parts.users.change(person.id, { language: wanted }, person.id);
  await say({ ...turn, language: wanted }, botTextsOf(wanted).languageSet);
}

/** The table is handed in: help is made from it. */
export function basicCommands(all: () => readonly BotCommand[]): readonly BotCommand[] {
  return [
    {
      name: 'status',
      words: ['状态', 'status'],
      who: 'user',
      isControl: true,
      argument: '',
      help: { en: 'how busy it is', zh: '现在有多忙' },
      run: status,
    },
    {
      name: 'stats',
      words: ['统计', 'stats'],
      who: 'user',
      isControl: true,
      argument: '',
      help: { en: 'the last 30 days in figures', zh: '最近 30 天的数字' },
      run: stats,
    },
    {
      name: 'lang',
      words: ['语言', 'lang'],
      who: 'user',
      isControl: true,
      argument: 'en|zh',
      help: { en: 'the language I speak with you', zh: '我和你交流的语言' },
      run: setLanguage,
    },
    {
      name: 'ping',
      words: ['ping'],
      who: 'anyone',
      isControl: true,
      argument: '',
      help: { en: 'whether I am there', zh: '我在不在' },
      run: async (turn) => await say(turn, turn.texts.pong(Math.max(0, turn.parts.clock.now() - turn.asked.sentAt))),
    },
    {
      name: 'help',
      words: ['帮助', 'help'],
      who: 'anyone',
      isControl: true,
      argument: '',
      help: { en: 'this list', zh: '这个列表' },
      run: async (turn) => await say(turn, renderHelp(all(), turn)),
    },
    {
      name: 'start',
      words: ['开始'],
      who: 'anyone',
      isControl: true,
      argument: '',
      help: { en: 'how to begin', zh: '如何开始' },
      run: async (turn) =>
        await say(turn, turn.person ? turn.texts.welcome(shown(turn.asked.from.name)) : turn.texts.stranger),
    },
  ];
}
