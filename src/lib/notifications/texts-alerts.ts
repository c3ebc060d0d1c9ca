/** Every sentence that admins get unasked about the installation, in both languages. */

import { renderDuration } from '../format/duration.ts';
import type { AlertCode, Language } from './notification.ts';

interface AlertText {
  /** What is wrong; `amount` as the code means it. */
  raised(subject: string, amount: number): string;
  over(subject: string): string;
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`;
const hours = (ms: number) => Math.round(ms / 3_600_000);
const minutes = (ms: number) => Math.round(ms / 60_000);

export const alertTexts: Record<Language, Record<AlertCode, AlertText>> = {
  en: {
    few_accounts: {
      raised: (_, left) => `Accounts: ${left === 0 ? 'none is' : 'only one is'} available.`,
      over: () => 'Accounts: two or more are available again.',
    },
    account_refused: {
      raised: (name) => `Account ${name}: its credentials were refused twice; it is not used any more.`,
      over: (name) => `Account ${name}: its credentials count as good again.`,
    },
    account_limited: {
      raised: (name, ms) => `Account ${name}: limited for ${hours(ms)} hours; /accounts says for which models.`,
      over: (name) => `Account ${name}: its long limit is over.`,
    },
    tasks_failing: {
      raised: (_, percent) => `Tasks: ${percent} % of those that ended in the last hour have failed.`,
      over: () => 'Tasks: fewer fail again.',
    },
    disk_low: {
      raised: (_, bytes) => `Disk: only ${megabytes(bytes)} are free.`,
      over: () => 'Disk: there is enough room again.',
    },
    outbox_stuck: {
      raised: (_, ms) => `Outbox: a message has been waiting to be sent for ${renderDuration(ms)}.`,
      over: () => 'Outbox: messages are sent again.',
    },
    bot_stuck: {
      raised: (_, ms) => `Bot: what somebody wrote has been waiting for ${renderDuration(ms)}.`,
      over: () => 'Bot: what people write is answered again.',
    },
  },
  zh: {
    few_accounts: {
      raised: (_, left) => (left === 0 ? '账号：没有可用的账号。' : '账号：只剩一个可用。'),
      over: () => '账号：可用的账号已恢复到两个以上。',
    },
    account_refused: {
      raised: (name) => `账号 ${name}：凭据两次被拒绝，不再使用。`,
      over: (name) => `账号 ${name}：凭据已恢复有效。`,
    },
    account_limited: {
      raised: (name, ms) => `账号 ${name}：受限 ${hours(ms)} 小时；用 /accounts 查看是哪些模型。`,
      over: (name) => `账号 ${name}：长时间的限制已结束。`,
    },
    tasks_failing: {
      raised: (_, percent) => `任务：最近一小时结束的任务中有 ${percent} % 失败。`,
      over: () => '任务：失败的比例已恢复正常。',
    },
    disk_low: {
      raised: (_, bytes) => `磁盘：只剩 ${megabytes(bytes)} 可用空间。`,
      over: () => '磁盘：空间已恢复充足。',
    },
    outbox_stuck: {
      raised: (_, ms) => `发件箱：有消息已等待发送 ${minutes(ms)} 分钟。`,
      over: () => '发件箱：消息已恢复发送。',
    },
    bot_stuck: {
      raised: (_, ms) => `机器人：有人发来的消息已等待处理 ${minutes(ms)} 分钟。`,
      over: () => '机器人：已恢复处理消息。',
    },
  },
};
