/** `/register`, `/quota`, `/users`: who may do what, and how much. */

import { encodePress } from '../../notifications/buttons.ts';
import type { Person } from '../../users/record.ts';
import { parseFeature } from '../../users/rights.ts';
import type { BotCommand } from '../command.ts';
import type { IncomingMessage } from '../incoming.ts';
import { botTextsOf, languageOf } from '../languages.ts';
import { say, sayRefusal, type Turn } from '../turn.ts';
import { shown } from './list.ts';

/** Asks every admin, in a private chat of his, in his language. Telegram refuses where he never spoke to the bot: logged. */
async function askAdmins({ parts }: Turn, name: string, userId: string): Promise<void> {
  for (const admin of parts.users.list().filter(({ role, enabled }) => role === 'admin' && enabled)) {
    const texts = botTextsOf(languageOf(admin.language, null, parts.settings.language));
    const press = (action: 'approveUser' | 'declineUser') =>
      encodePress({ action, taskId: null, run: 0, detail: userId });
    const buttons = [
      { text: texts.buttons.approve, callback_data: press('approveUser') },
      { text: texts.buttons.decline, callback_data: press('declineUser') },
    ];
    try {
      await parts.api.sendMessage({
        chatId: admin.id,
        text: texts.registerQuestion(name, userId),
        markup: { inline_keyboard: [buttons] },
      });
    } catch (error) {
      parts.log.warn({ admin: admin.id, error: String(error) }, 'an admin could not be asked');
    }
  }
}

async function register(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, asked, texts } = turn;
  const { id, name, languageCode } = asked.from;
  switch (await parts.users.register({ userId: id, name, languageCode, updateId: asked.updateId })) {
    case 'asked':
      await askAdmins(turn, shown(name), id);
      return await say(turn, texts.registerAsked);
    case 'pending':
    case 'full':
      return await say(turn, texts.registerPending);
    case 'disabled':
      return await say(turn, texts.disabled);
    case 'known':
      return await say(turn, texts.registerKnown);
  }
}

async function quota(turn: Turn<IncomingMessage>): Promise<void> {
  const { parts, person, texts } = turn;
  if (!person) return;
  const used = parts.users.usedToday(person);
  const { daily, cost_usd: maxCostUsd, tokens: maxTokens } = person.quota;
  if (daily === null && maxCostUsd === null && maxTokens === null) return await say(turn, texts.quotaNone);
  await say(
    turn,
    texts.quota({
      used: used.tasks,
      daily,
      costUsd: used.cost_usd,
      maxCostUsd,
      tokens: used.tokens,
      maxTokens,
      resetsAt: used.resets_at,
    }),
  );
}

function lineOf(person: Person): string {
  const marks = [
    person.role === 'admin' ? 'admin' : '',
    person.enabled ? '' : '🚫',
    person.quota.daily !== null ? `${person.quota.daily}/d` : '',
    [...person.features].join(' '),
  ];
  return `\`${person.id}\` ${shown(person.name)} ${marks.filter(Boolean).join(' · ')}`;
}

const usersExample =
  '/users approve 123456789 · disable · enable · quota 123456789 10 · allow 123456789 ali files · deny 123456789 yolo';

/** `/users <verb> <id> …`; throws `usage` for words that make no sense. */
async function changeUser(turn: Turn<IncomingMessage>, words: string[]): Promise<void> {
  const { parts, person, texts } = turn;
  const [verb, id = '', ...more] = words;
  if (!person || !/^\d{1,20}$/.test(id)) return await say(turn, texts.usage(usersExample));
  const features = more.map(parseFeature);
  const changes = {
    approve: { enabled: true },
    enable: { enabled: true },
    disable: { enabled: false },
    quota: /^\d{1,6}$/.test(more[0] ?? '') ? { quota: { daily: Number(more[0]) } } : null,
    allow: more.length > 0 ? { allow: features } : null,
    deny: more.length > 0 ? { deny: features } : null,
  };
  const change = changes[verb as keyof typeof changes];
  if (!change) return await say(turn, texts.usage(usersExample));
  const changed = await parts.users.change(id, change, person.id);
  await say(turn, texts.userChanged(lineOf(changed)));
}

async function users(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const { parts, texts } = turn;
  const words = rest.split(/\s+/).filter(Boolean);
  if (words.length === 0 || words[0] === 'list') {
    const all = parts.users.list();
    return await say(turn, [texts.usersHead(all.length), ...all.slice(0, 50).map(lineOf)].join('\n'));
  }
  try {
    await changeUser(turn, words);
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
    argument: '',
    help: { en: 'what you have used today', zh: '你今天的用量' },
    run: quota,
  },
  {
    name: 'register',
    words: ['注册', 'register'],
    who: 'anyone',
    isControl: true,
    argument: '',
    help: { en: 'ask to be let in', zh: '申请使用' },
    run: register,
  },
  {
    name: 'users',
    words: ['用户', 'users'],
    who: 'admin',
    isControl: true,
    argument: '[…]',
    help: { en: 'list and change people', zh: '查看和更改用户' },
    run: users,
  },
];
