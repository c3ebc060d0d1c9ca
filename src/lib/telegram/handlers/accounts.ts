/** `/accounts` and `/session`: what admins see of accounts in a private chat, and change there. */

import type { Tally } from '../../accounts/counters.ts';
import { anyFamily, defaultFamily, limitedFamilies } from '../../accounts/limits.ts';
import type { Account } from '../../accounts/record.ts';
import { renderCost, renderTokens } from '../../format/amount.ts';
import { renderDuration } from '../../format/duration.ts';
import { mayAdminister } from '../../users/rights.ts';
import { beginButton } from '../adding/questions.ts';
import type { BotCommand } from '../command.ts';
import type { IncomingMessage, IncomingPress } from '../incoming.ts';
import { noteRefused, renderInstant, sayRefusal } from '../refusals.ts';
import { say } from '../say.ts';
import { accountTextsOf } from '../texts-accounts.ts';
import type { Turn } from '../turn.ts';
import { type AccountVerb, accountButton, accountVerb } from './account-buttons.ts';
import { sessionCommands } from './sessions.ts';
import { tryAndSay } from './try-account.ts';

const addCommand = 'ccdispatch accounts add <name> --api-key - --priority 5';
const mostListed = 40;
const [leastPriority, mostPriority] = [0, 100];

const textsFor = ({ language }: Turn) => accountTextsOf(language);

function stateOf(turn: Turn, account: Account): string {
  const texts = textsFor(turn);
  const state = turn.parts.accounts.state(account.name);
  if (!account.active) return texts.states.disabled;
  if (state.refused_at !== null) return texts.states.refused;
  if (state.limits.length === 0) return texts.states.ready;
  return limitedFamilies(state.limits)
    .map(({ family, until }) => texts.limitedUntil(familyOf(turn, family), renderInstant(turn, until)))
    .join(', ');
}

/** The models of a limit by their name; null for all. */
function familyOf(turn: Turn, family: string): string | null {
  if (family === anyFamily) return null;
  return family === defaultFamily ? textsFor(turn).defaultModel : family;
}

/** A line for each limit of an account: which one, of which models, and until when. */
function limitLines(turn: Turn, { name }: Account): string[] {
  const texts = textsFor(turn);
  return turn.parts.accounts.state(name).limits.map(({ window, model_family, until }) => {
    const known = Object.hasOwn(texts.windows, window) ? texts.windows[window as keyof typeof texts.windows] : null;
    return texts.limit(known ?? `\`${window}\``, familyOf(turn, model_family), renderInstant(turn, until));
  });
}

const renderTokensOf = ({ input_tokens, output_tokens }: Tally) => renderTokens(input_tokens + output_tokens);

/** Counters that cannot be read are no reason to hide the rest. */
function todayOf(turn: Turn, account: Account): string[] {
  try {
    const today = turn.parts.accounts.today(account);
    return today.runs === 0
      ? []
      : [textsFor(turn).today(today.runs, renderCost(today.cost_usd), renderTokensOf(today))];
  } catch {
    return [];
  }
}

function lineOf(turn: Turn, account: Account): string {
  const texts = textsFor(turn);
  return [
    `\`${account.name}\` ${stateOf(turn, account)}`,
    account.agent,
    texts.priority(account.priority),
    ...(account.group === null ? [] : [texts.group(`\`${account.group}\``)]),
    ...(account.max_runs === null ? [] : [texts.maxRuns(account.max_runs)]),
    ...todayOf(turn, account),
  ].join(' · ');
}

async function list(turn: Turn<IncomingMessage>): Promise<void> {
  const texts = textsFor(turn);
  const all = turn.parts.accounts.list();
  const shown = all.slice(0, mostListed);
  const head = all.length === 0 ? texts.none : texts.head(all.length);
  const more = all.length > shown.length ? [turn.texts.andMore(all.length - shown.length)] : [];
  const lines = [head, ...shown.map((account) => lineOf(turn, account)), ...more];
  const buttons = [...shown.map((account) => [accountButton(account.name, 'show', account)]), [beginButton(turn)]];
  const add = `${texts.addWith}\n\`\`\`\n${addCommand}\n\`\`\``;
  await say(turn, `${lines.join('\n')}\n\n${add}`, { buttons });
}

/** One account with all that can be done with it. */
async function show(turn: Turn, account: Account): Promise<void> {
  const { buttons } = textsFor(turn);
  const { active, priority } = account;
  const to = (value: number) => String(Math.min(mostPriority, Math.max(leastPriority, value)));
  const rows = [
    [
      active ? accountButton(buttons.disable, 'disable', account) : accountButton(buttons.enable, 'enable', account),
      accountButton(buttons.reset, 'reset', account),
    ],
    [
      accountButton(`➖ ${to(priority - 1)}`, 'priority', account, to(priority - 1)),
      accountButton(`➕ ${to(priority + 1)}`, 'priority', account, to(priority + 1)),
    ],
    [accountButton(buttons.statistics, 'statistics', account), accountButton(buttons.remove, 'remove', account)],
  ];
  await say(turn, [lineOf(turn, account), ...limitLines(turn, account)].join('\n'), { buttons: rows });
}

async function sayStatistics(turn: Turn, account: Account): Promise<void> {
  const { accounts } = turn.parts;
  const lines = [accounts.today(account), accounts.total(account)].map((tally, index) =>
    textsFor(turn).statistics({
      isToday: index === 0,
      runs: tally.runs,
      completed: tally.completed,
      failed: tally.failed,
      cost: renderCost(tally.cost_usd),
      tokens: renderTokensOf(tally),
      timesLimited: tally.times_limited,
      limited: renderDuration(tally.limited_ms),
    }),
  );
  await say(turn, [`\`${account.name}\``, ...lines].join('\n'));
}

/** Does what the button says. Each may be done again: a replay, or a second press, comes to the same. */
async function act(turn: Turn, verb: AccountVerb, value: string, account: Account): Promise<void> {
  const { parts } = turn;
  const { accounts } = parts;
  const { name } = account;
  const texts = textsFor(turn);
  switch (verb) {
    case 'show':
      return await show(turn, account);
    case 'statistics':
      return await sayStatistics(turn, account);
    case 'test':
      return await tryAndSay(turn, account);
    case 'remove':
      return await say(turn, texts.askRemove(`\`${name}\``), {
        buttons: [[accountButton(texts.buttons.removeYes, 'removeYes', account)]],
      });
    case 'removeYes':
      await accounts.remove(name);
      return await say(turn, texts.removed(`\`${name}\``));
    case 'enable':
      await accounts.edit(name, { active: true });
      await accounts.forgive(name);
      break;
    case 'disable':
      await accounts.edit(name, { active: false });
      break;
    case 'reset':
      await accounts.reset(name);
      break;
    case 'priority':
      await accounts.edit(name, { priority: Math.min(mostPriority, Number(value)) });
  }
  // Somebody may have waited for it.
  parts.wake();
  await show(turn, accounts.get(name));
}

/** A press on a button of an account; `acknowledge` shows its text to whoever pressed. */
export async function pressOnAccount(
  turn: Turn<IncomingPress>,
  detail: string,
  acknowledge: (text?: string) => Promise<void>,
): Promise<void> {
  const { parts, person, texts, asked } = turn;
  if (!person || !mayAdminister(person)) {
    await acknowledge(texts.adminsOnly);
    return await noteRefused(turn, { why: 'not an admin', wanted: 'account' });
  }
  const own = textsFor(turn);
  if (asked.chat.kind !== 'private') return await acknowledge(own.privateOnly);
  const [, code = '', value = '', name = ''] = /^([a-z])(\d{0,3})-(.+)$/.exec(detail) ?? [];
  const verb = accountVerb(code);
  const account = parts.accounts.find(name);
  if (!verb || (verb === 'priority' && value === '')) return await acknowledge(texts.pressUnknown);
  if (!account) return await acknowledge(own.gone);
  await acknowledge();
  parts.log.info({ account: name, verb, by: person.id }, 'an admin pressed a button of an account');
  try {
    await act(turn, verb, value, account);
  } catch (error) {
    await sayRefusal(turn, error);
  }
}

/** The name that people know it by: for admins the accounts, for others their sessions. */
async function session(turn: Turn<IncomingMessage>, rest: string): Promise<void> {
  const { person, asked } = turn;
  if (person && mayAdminister(person) && asked.chat.kind === 'private') return await list(turn);
  await sessionCommands.find(({ name }) => name === 'sessions')?.run(turn, rest);
}

export const accountCommands: readonly BotCommand[] = [
  {
    name: 'accounts',
    words: ['账号', 'accounts'],
    who: 'admin',
    isControl: true,
    changes: true,
    argument: null,
    help: {
      en: 'accounts of agents, with buttons: add, enable, disable, reset, priority, statistics, delete (private chats)',
      zh: '智能体的账号及按钮：添加、启用、停用、清除限制、优先级、统计、删除（仅私聊）',
    },
    run: list,
  },
  {
    name: 'session',
    words: [],
    who: 'user',
    isControl: true,
    argument: null,
    help: {
      en: 'for admins in a private chat the accounts, else as /sessions',
      zh: '管理员私聊时为账号，其余同 /sessions',
    },
    run: session,
  },
];
