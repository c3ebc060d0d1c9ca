/** `/register`, `/quota`, `/users`: who may do what, and how much. */

import { renderCost, renderTokens } from '../../format/amount.ts';
import { noticeKeyboard } from '../../notifications/buttons.ts';
import type { Language } from '../../notifications/notification.ts';
import { noticeTexts } from '../../notifications/texts-notices.ts';
import type { UserChange } from '../../users/change.ts';
import type { Person } from '../../users/record.ts';
import { features as allFeatures, type Feature, mayAdminister } from '../../users/rights.ts';
import type { BotCommand } from '../command.ts';
import { liveTasks, loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { languageOf } from '../languages.ts';
import { renderInstant, sayRefusal } from '../refusals.ts';
import { announce, say } from '../say.ts';
import { plainTitle, shown } from '../shown.ts';
import type { BotParts, Turn } from '../turn.ts';
import { cancelButton } from './cancel.ts';

/** The language to write to somebody in who has not just written himself. */
export function languageOfPerson({ settings, chats }: Pick<BotParts, 'settings' | 'chats'>, person: Person): Language {
  return languageOf(person.language, chats.clientLanguage(person.id), settings.language);
}

/** Asks every admin, in a private chat of his, in his language; says how many there are. */
async function askAdmins(turn: Turn, name: string, user_id: string): Promise<number> {
  const { parts } = turn;
  const admins = parts.users.list().filter(mayAdminister);
  for (const admin of admins) {
    const to = { id: admin.id, language: languageOfPerson(parts, admin) };
    await announce(turn, { kind: 'registration', user_id, name }, to);
  }
  return admins.length;
}

async function register(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, asked, texts } = turn;
  const { id, name, languageCode } = asked.from;
  switch (await parts.users.register({ userId: id, name, languageCode, updateId: asked.updateId })) {
    case 'asked':
      if ((await askAdmins(turn, name, id)) === 0) return await say(turn, texts.registerNoAdmin(id));
      return await say(turn, texts.registerAsked);
    case 'pending':
      if (await parts.users.mayAnswerAsking(id)) await say(turn, texts.registerPending);
      return;
    case 'full':
      if (await parts.users.mayAnswerAsking(id)) await say(turn, texts.registerFull);
      return;
    case 'disabled':
      return await say(turn, texts.disabled);
    case 'known':
      return await say(turn, texts.registerKnown);
  }
}

async function quota(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, person, texts } = turn;
  if (!person) return;
  const { tasks, cost_usd, tokens, resets_at } = parts.users.usedToday(person);
  const { daily, cost_usd: maxCost, tokens: maxTokens, concurrent } = person.quota;
  const facts = {
    used: tasks,
    daily,
    cost: renderCost(cost_usd),
    maxCost: maxCost === null ? null : renderCost(maxCost),
    tokens: renderTokens(tokens),
    maxTokens: maxTokens === null ? null : renderTokens(maxTokens),
    concurrent,
    resetsAt: renderInstant(turn, resets_at),
  };
  await say(turn, texts.quota(facts));
}

function lineOf({ texts }: Pick<Turn, 'texts'>, person: Person): string {
  const { userLine } = texts;
  const marks = [
    person.role === 'admin' ? userLine.admin : '',
    person.enabled ? '' : userLine.disabled,
    person.quota.daily === null ? '' : userLine.daily(person.quota.daily),
    [...person.features].join(' '),
  ];
  return [`\`${person.id}\` ${shown(person.name)}`.trim(), ...marks.filter(Boolean)].join(' · ');
}

const usersExample =
  '/users approve 123456789 · disable · enable · quota 123456789 10 (none) · allow 123456789 ali files · deny 123456789 yolo';

/** The change that the words ask for; null for words that make no sense. */
export function changeOf(verb: string, more: readonly string[]): UserChange | null {
  const features = more as readonly Feature[];
  const daily = more[0] === 'none' ? null : /^\d{1,6}$/.test(more[0] ?? '') ? Number(more[0]) : undefined;
  switch (verb) {
    case 'approve':
    case 'enable':
      return { enabled: true };
    case 'disable':
      return { enabled: false };
    case 'quota':
      return daily === undefined ? null : { quota: { daily } };
    case 'allow':
      return features.length > 0 ? { allow: features } : null;
    case 'deny':
      return features.length > 0 ? { deny: features } : null;
    default:
      return null;
  }
}

/** Tells somebody that he was let in, in the language of his client. */
export async function welcomeNew(turn: Turn, userId: string, languageCode: string | null): Promise<void> {
  const language = languageOf(null, languageCode, turn.parts.settings.language);
  await announce(turn, { kind: 'admitted' }, { id: userId, language });
}

/** Who was switched off has nothing started any more; what runs is for the admin to end. */
async function sayRunning(turn: Turn, userId: string): Promise<void> {
  const running = liveTasks(turn.parts).filter((task) => task.user_id === userId && task.status === 'running');
  const tasks = running.flatMap(({ task_id }) => loadTask(turn.parts, task_id) ?? []);
  if (tasks.length === 0) return;
  const buttons = tasks.slice(0, 8).map((task) => [cancelButton(`⏹ ${plainTitle(task)}`, task)]);
  await say(turn, turn.texts.userRuns(tasks.length), { buttons });
}

/** `/users <verb> <id> …` */
async function changeUser(turn: Turn<IncomingMessage>, words: readonly string[]): Promise<void> {
  const { parts, person, texts } = turn;
  const [verb = '', id = '', ...more] = words;
  const change = changeOf(verb, more);
  if (!person || !change || !/^[1-9]\d{0,19}$/.test(id)) return await say(turn, texts.usage(usersExample));
  const strange = [...(change.allow ?? []), ...(change.deny ?? [])].find((one) => !allFeatures.includes(one));
  if (strange !== undefined) return await say(turn, texts.unknownFeature(shown(strange), allFeatures.join(', ')));
  const asking = parts.users.registrations().find(({ user_id }) => user_id === id);
  const changed = await parts.users.change(id, change, person.id);
  await say(turn, texts.userChanged(lineOf(turn, changed)));
  if (asking && changed.enabled) await welcomeNew(turn, id, asking.language_code);
  if (!changed.enabled) await sayRunning(turn, id);
}

/** Everybody, and who waits to be let in, with buttons for the first of them. */
async function listUsers(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, texts, language } = turn;
  const all = parts.users.list();
  const mostListed = 40;
  const more = all.length > mostListed ? [texts.andMore(all.length - mostListed)] : [];
  const lines = all.slice(0, mostListed).map((person) => lineOf(turn, person));
  await say(turn, [texts.usersHead(all.length), ...lines, ...more].join('\n'));
  for (const { user_id, name } of parts.users.registrations().slice(0, 5)) {
    const question = { kind: 'registration', user_id, name } as const;
    const buttons = noticeKeyboard(question, language)?.inline_keyboard ?? [];
    await say(turn, noticeTexts[language].registerQuestion(shown(name), user_id), { buttons });
  }
}

async function users(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const words = rest.split(/\s+/).filter(Boolean);
  try {
    if (words.length === 0 || words[0] === 'list') await listUsers(turn);
    else await changeUser(turn, words);
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

export const peopleCommands: readonly BotCommand[] = [
  {
    name: 'quota',
    words: ['配额', 'quota'],
    who: 'user',
    isControl: true,
    argument: null,
    help: { en: 'what you have used today', zh: '你今天的用量' },
    run: quota,
  },
  {
    name: 'register',
    words: ['注册', 'register'],
    who: 'anyone',
    isControl: true,
    argument: null,
    help: { en: 'ask to be let in', zh: '申请使用' },
    run: register,
  },
  {
    name: 'users',
    words: ['用户', 'users'],
    who: 'admin',
    isControl: true,
    changes: true,
    argument: { en: '[…]', zh: '[…]' },
    help: {
      en: 'list people; /users approve, disable, enable, quota, allow, deny',
      zh: '列出用户；/users approve、disable、enable、quota、allow、deny',
    },
    run: users,
  },
];
