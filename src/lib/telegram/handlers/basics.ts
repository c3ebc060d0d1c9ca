/** `/start`, `/help`, `/ping`, `/lang`, `/status`, `/stats`: what needs no task. */

import { renderCost, renderTokens } from '../../format/amount.ts';
import { computeStats } from '../../metrics/stats.ts';
import type { BotCommand } from '../command.ts';
import { isAsking, isShown, liveTasks } from '../find-tasks.ts';
import { botTextsOf } from '../languages.ts';
import { setMenuOf } from '../menus.ts';
import { plainMeaning } from '../plain-meaning.ts';
import { say } from '../say.ts';
import { shown, title } from '../shown.ts';
import type { PlainMeaning } from '../texts.ts';
import type { Turn } from '../turn.ts';
import { signOf, stateOf } from './list.ts';

const statsDays = 30;
const dayMs = 86_400_000;
const listed = 10;

/** Lines of help for those commands that the person may use. */
export function renderHelp(
  commands: readonly BotCommand[],
  { person, language, texts }: Pick<Turn, 'person' | 'language' | 'texts'>,
  plain: PlainMeaning,
): string {
  const isFor = ({ who }: BotCommand) =>
    who === 'anyone' || (person?.enabled === true && (who === 'user' || person.role === 'admin'));
  const lines = commands.filter(isFor).map(({ name, argument, help, words }) => {
    const also = words.filter((word) => word !== name).join(', ');
    const shape = argument ? ` ${shown(argument[language])}` : '';
    return `/${name}${shape} — ${help[language]}${also ? ` (${also})` : ''}`;
  });
  return [texts.helpHead, [texts.plainHelp[plain], ...lines].join('\n')].join('\n\n');
}

async function status(turn: Turn): Promise<void> {
  const { parts, texts } = turn;
  const all = liveTasks(parts);
  const live = all.filter((task) => isShown(turn, task));
  // Who waits for a person takes no place.
  const asking = all.filter((task) => isAsking(parts, task)).length;
  const facts = {
    running: parts.queue.active().length - asking,
    waiting: parts.queue.waiting().length,
    slots: parts.settings.limits.maxSessions,
    worker: parts.hasWorker(),
  };
  const lines = live.slice(0, listed).map((task) => {
    const [sign, state] = [signOf(turn, task), stateOf(turn, task)];
    // What stands still is said; of all else the sign tells.
    const more = state === texts.statuses[task.status] ? '' : ` · ${state}`;
    return `${sign} ${title(task)}${more} \`${task.task_id}\``;
  });
  const more = live.length > listed ? [texts.andMore(live.length - listed)] : [];
  await say(turn, [texts.status(facts), ...lines, ...more].join('\n'));
}

async function stats(turn: Turn): Promise<void> {
  const { parts, texts } = turn;
  const since = new Date(parts.clock.now() - statsDays * dayMs).toISOString();
  const lines = parts.history.since(since).filter((line) => isShown(turn, line));
  const { total } = computeStats(lines, null, (instant) => instant.slice(0, 10));
  const { runs, completed, failed, cost_usd, input_tokens, output_tokens } = total;
  const cost = renderCost(cost_usd);
  const tokens = renderTokens(input_tokens + output_tokens);
  await say(turn, texts.stats({ days: statsDays, runs, completed, failed, cost, tokens }));
}

async function setLanguage(turn: Turn, rest: string, all: readonly BotCommand[]): Promise<void> {
  const { parts, person, texts, asked } = turn;
  const wanted = /^(en|english|英文|英语)$/i.test(rest) ? 'en' : /^(zh|中文|chinese|汉语)$/i.test(rest) ? 'zh' : null;
  if (!wanted) return await say(turn, texts.languageChoose);
  if (!person) return;
  const changed = await parts.users.change(person.id, { language: wanted }, person.id);
  await say(turn, botTextsOf(wanted).languageSet);
  if (asked.chat.id !== person.id) return;
  await setMenuOf(parts, all, changed).catch((error) =>
    parts.log.info({ user_id: person.id, error: String(error) }, 'the menu of a private chat was not set'),
  );
}

/** The table is handed in: help is made from it. */
export function basicCommands(all: () => readonly BotCommand[]): readonly BotCommand[] {
  return [
    {
      name: 'status',
      words: ['状态', 'status'],
      who: 'user',
      isControl: true,
      argument: null,
      help: { en: 'how busy it is', zh: '现在有多忙' },
      run: status,
    },
    {
      name: 'stats',
      words: ['统计', 'stats'],
      who: 'user',
      isControl: true,
      argument: null,
      help: { en: 'the last 30 days in figures', zh: '最近 30 天的数字' },
      run: stats,
    },
    {
      name: 'lang',
      words: ['语言', 'lang'],
      who: 'user',
      isControl: true,
      changes: true,
      argument: { en: 'en|zh', zh: 'zh|en' },
      help: { en: 'the language I speak with you', zh: '我和你交流的语言' },
      run: (turn, rest) => setLanguage(turn, rest, all()),
    },
    {
      name: 'ping',
      words: ['ping'],
      who: 'user',
      isControl: true,
      argument: null,
      help: { en: 'whether I am there', zh: '我在不在' },
      run: async (turn) => await say(turn, turn.texts.pong(Math.max(0, turn.parts.clock.now() - turn.asked.sentAt))),
    },
    {
      name: 'help',
      words: ['帮助', 'help'],
      who: 'user',
      isControl: true,
      argument: null,
      help: { en: 'this list', zh: '这个列表' },
      run: async (turn) => await say(turn, renderHelp(all(), turn, plainMeaning(turn.parts))),
    },
    {
      name: 'start',
      words: ['开始'],
      who: 'user',
      isControl: true,
      argument: null,
      help: { en: 'how to begin', zh: '如何开始' },
      run: async (turn) => await say(turn, turn.texts.welcome[plainMeaning(turn.parts)](shown(turn.asked.from.name))),
    },
  ];
}
