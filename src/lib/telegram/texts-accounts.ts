/** What the bot says to admins about accounts, in both languages. */

import type { Language } from '../notifications/notification.ts';

export interface AccountTexts {
  head(count: number): string;
  none: string;
  /** How an account is made without its secret passing through the chat; a command follows. */
  addWith: string;
  privateOnly: string;
  states: Record<'ready' | 'disabled' | 'refused', string>;
  /** `models`: by name, null for all. */
  limitedUntil(models: string | null, time: string): string;
  /** The models of runs that name none. */
  defaultModel: string;
  /** Known quotas by the service's names; `burst` is a short rest, `unknown` a quota that was not named. */
  windows: Record<
    'five_hour' | 'seven_day' | 'seven_day_opus' | 'seven_day_sonnet' | 'overage' | 'burst' | 'unknown',
    string
  >;
  limit(window: string, models: string | null, time: string): string;
  priority(value: number): string;
  group(name: string): string;
  maxRuns(count: number): string;
  today(runs: number, cost: string, tokens: string): string;
  statistics(facts: StatisticsFacts): string;
  buttons: Record<'enable' | 'disable' | 'reset' | 'statistics' | 'remove' | 'removeYes', string>;
  askRemove(name: string): string;
  removed(name: string): string;
  gone: string;
}

/** What an account did, today or in all. */
export interface StatisticsFacts {
  isToday: boolean;
  runs: number;
  completed: number;
  failed: number;
  cost: string;
  tokens: string;
  timesLimited: number;
  limited: string;
}

const texts: Record<Language, AccountTexts> = {
  en: {
    head: (count) => `${count === 1 ? '1 account' : `${count} accounts`}:`,
    none: 'There are no accounts: agents work with their own login.',
    addWith: '➕ Add one in a shell, so that its secret does not pass through the chat:',
    privateOnly: 'Only in a private chat.',
    states: { ready: '🟢 ready', disabled: '⚪️ disabled', refused: '🔴 refused' },
    limitedUntil: (models, time) => `🟡 limited ${models === null ? '' : `for ${models} `}until ${time}`,
    defaultModel: 'the default model',
    windows: {
      five_hour: 'five-hour limit',
      seven_day: 'weekly limit',
      seven_day_opus: 'weekly limit',
      seven_day_sonnet: 'weekly limit',
      overage: 'usage credits',
      burst: 'a short rest after too many requests',
      unknown: 'a used-up quota',
    },
    limit: (window, models, time) => `• ${window}, ${models ?? 'all models'}, until ${time}`,
    priority: (value) => `priority ${value}`,
    group: (name) => `group ${name}`,
    maxRuns: (count) => `at most ${count} at once`,
    today: (runs, cost, tokens) => `today ${runs === 1 ? '1 run' : `${runs} runs`}, ${cost}, ${tokens} tokens`,
    statistics: ({ isToday, runs, completed, failed, cost, tokens, timesLimited, limited }) =>
      `${isToday ? 'Today' : 'In all'}: ${runs} runs, ${completed} completed, ${failed} failed · ${cost} · ${tokens} tokens · limited ${timesLimited}×, ${limited}`,
    buttons: {
      enable: '🟢 Enable',
      disable: '⚪️ Disable',
      reset: '🔄 Reset limits',
      statistics: '📊 Statistics',
      remove: '🗑 Delete',
      removeYes: '🗑 Delete for good',
    },
    askRemove: (name) => `Delete the account ${name}, with its secrets and counters?`,
    removed: (name) => `The account ${name} is deleted.`,
    gone: 'This account is not there any more.',
  },
  zh: {
    head: (count) => `共 ${count} 个账号：`,
    none: '没有账号：智能体使用它自己的登录。',
    addWith: '➕ 请在 shell 里添加，密钥就不会经过聊天：',
    privateOnly: '只能在私聊中使用。',
    states: { ready: '🟢 可用', disabled: '⚪️ 已停用', refused: '🔴 凭据被拒绝' },
    limitedUntil: (models, time) => `🟡 ${models === null ? '' : `${models} `}受限至 ${time}`,
    defaultModel: '默认模型',
    windows: {
      five_hour: '五小时限额',
      seven_day: '每周限额',
      seven_day_opus: '每周限额',
      seven_day_sonnet: '每周限额',
      overage: '额外用量',
      burst: '请求过多，短暂休息',
      unknown: '用尽的限额',
    },
    limit: (window, models, time) => `• ${window}，${models ?? '所有模型'}，至 ${time}`,
    priority: (value) => `优先级 ${value}`,
    group: (name) => `组 ${name}`,
    maxRuns: (count) => `同时最多 ${count} 个`,
    today: (runs, cost, tokens) => `今天 ${runs} 次运行，${cost}，${tokens} token`,
    statistics: ({ isToday, runs, completed, failed, cost, tokens, timesLimited, limited }) =>
      `${isToday ? '今天' : '累计'}：${runs} 次运行，完成 ${completed}，失败 ${failed} · ${cost} · ${tokens} token · 受限 ${timesLimited} 次，${limited}`,
    buttons: {
      enable: '🟢 启用',
      disable: '⚪️ 停用',
      reset: '🔄 清除限制',
      statistics: '📊 统计',
      remove: '🗑 删除',
      removeYes: '🗑 确认删除',
    },
    askRemove: (name) => `删除账号 ${name} 以及它的密钥和计数？`,
    removed: (name) => `账号 ${name} 已删除。`,
    gone: '这个账号已经不在了。',
  },
};

export const accountTextsOf = (language: Language): AccountTexts => texts[language];
