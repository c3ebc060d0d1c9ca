/** `/register`, `/quota`, `/users`: who may do what, and how much. */

import { renderCost, renderTokens } from '../../format/amount.ts';
import { encodePress } from '../../notifications/buttons.ts';
import type { Language } from '../../notifications/notification.ts';
import type { UserChange } from '../../users/change.ts';
import type { Person } from '../../users/record.ts';
import { features as allFeatures, type Feature, mayAdminister } from '../../users/rights.ts';
import type { BotCommand } from '../command.ts';
import { liveTasks, loadTask } from '../find-tasks.ts';
import type { IncomingMessage } from '../incoming.ts';
import { botTextsOf, languageOf } from '../languages.ts';
import { renderInstant, sayRefusal } from '../refusals.ts';
import { say, sayTo } from '../say.ts';
import { plainName, shown } from '../shown.ts';
import type { BotParts, Turn } from '../turn.ts';
import { cancelButton } from './cancel.ts';

/** The language to write to somebody in who has not just written himself. */
export function languageOfPerson({ settings, chats }: Pick<BotParts, 'settings' | 'chats'>, person: Person): Language {
  return languageOf(person.language, chats.clientLanguage(person.id), settings.language);
}

/** The buttons that let somebody in, or not. */
function decisionButtons(language: Language, userId: string) {
  const { buttons } = botTextsOf(language);
  const press = (action: 'approveUser' | 'declineUser') =>
    encodePress({ action, taskId: null, run: 0, detail: userId });
  return [
    { text: buttons.approve, callback_data: press('approveUser') },
    { text: buttons.decline, callback_data: press('declineUser') },
  ];
}

/** Asks every admin, in a private chat of his, in his language. */
async function askAdmins({ parts }: Turn, name: string, userId: string): Promise<void> {
  const admins = parts.users.list().filter(mayAdminister);
  await Promise.all(
    admins.map(async (admin) => {
      const language = languageOfPerson(parts, admin);
      const question = botTextsOf(language).registerQuestion(shown(name), userId);
      await sayTo(parts, { chatId: admin.id }, question, { buttons: [decisionButtons(language, userId)] });
    }),
  );
}

async function register(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, asked, texts } = turn;
  const { id, name, languageCode } = asked.from;
  switch (await parts.users.register({ userId: id, name, languageCode, updateId: asked.updateId })) {
    case 'asked':
      await askAdmins(turn, name, id);
      return await say(turn, texts.registerAsked);
    case 'pending':
    case 'full':
      // A stranger gets one answer a day, whatever he sends.
      if (await parts.users.mayAnswerStranger(id, asked.chat)) await say(turn, texts.registerPending);
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

/** Tells somebody that he was let in, in the language of his client. Telegram refuses where he has blocked the bot. */
export async function welcomeNew({ parts }: Turn, userId: string, languageCode: string | null): Promise<void> {
  const language = languageOf(null, languageCode, parts.settings.language);
  await sayTo(parts, { chatId: userId }, botTextsOf(language).approved);
}

/** Who was switched off has nothing started any more; what runs is for the admin to end. */
async function sayRunning(turn: Turn, userId: string): Promise<void> {
  const running = liveTasks(turn.parts).filter((task) => task.user_id === userId && task.status === 'running');
  const tasks = running.flatMap(({ task_id }) => loadTask(turn.parts, task_id) ?? []);
  if (tasks.length === 0) return;
  const buttons = tasks.slice(0, 8).map((task) => [cancelButton(`⏹ ${plainName(task.task_name)}`, task)]);
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
    await say(turn, texts.registerQuestion(shown(name), user_id), { buttons: [decisionButtons(language, user_id)] });
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
