// What people are asked and told about themselves: the words in both languages, with buttons and without, and what the buttons carry.

import { describe, expect, it } from 'vitest';
import { decodePress, noticeKeyboard, type Press, readEndForMessage } from '../../../src/lib/notifications/buttons.ts';
import type { Notice } from '../../../src/lib/notifications/notification.ts';
import { renderNotice } from '../../../src/lib/notifications/render-notice.ts';
import { noticeTexts } from '../../../src/lib/notifications/texts-notices.ts';
import { isNotification } from '../../../src/lib/outbox/parse-notification.ts';

const late: Notice = { kind: 'late', update_id: 900_000_001, age_ms: 7_230_000, command: null };
const command: Notice = { ...late, command: 'cancel' };
const registration: Notice = { kind: 'registration', user_id: '501', name: 'Eve\n<b>*x*' };
const admitted: Notice = { kind: 'admitted' };
const limit: Notice = {
  kind: 'session-limit',
  update_id: 900_000_001,
  limit: 2,
  open: [
    { session_id: 'session--1001234567890-1795156925056', name: '*web*', unused_ms: 90_000 },
    { session_id: 'session-5-1795156925057', name: 'chat', unused_ms: 7_200_000 },
  ],
};
const options: Notice = {
  kind: 'session-options',
  update_id: 900_000_001,
  session_name: 'chat',
  options: ['--repo', '--model'],
};
const all = { late, command, registration, admitted, limit, options };

function shown(language: 'en' | 'zh', hasButtons: boolean) {
  return Object.fromEntries(
    Object.entries(all).map(([name, notice]) => [name, renderNotice(notice, language, hasButtons).messages[0]?.text]),
  );
}

describe('the words', () => {
  it('in English', () =>
    expect([shown('en', true), shown('en', false)]).toMatchInlineSnapshot(`
      [
        {
          "admitted": "Welcome: you may use this bot now. /help lists what it can do.",
          "command": "You sent /cancel 2 h ago, while I was away, so I did not do it. Send it again.",
          "late": "You sent this 2 h ago, while I was away. Run it now?",
          "limit": "You may have 2 open sessions at once. Your message waits: end one of these and it begins a new one, or make it a task of its own.
      🗣 *web* · unused for 1 min 30 s
      🗣 chat · unused for 2 h",
          "options": "chat keeps what it began with, so --repo, --model cannot be given with a message to it. Is yours a task of its own, or are these a part of its words? (/new with such options begins another session.)",
          "registration": "Eve <b>*x* (501) wants to use this bot.",
        },
        {
          "admitted": "Welcome: you may use this bot now. /help lists what it can do.",
          "command": "You sent /cancel 2 h ago, while I was away, so I did not do it. Send it again.",
          "late": "You sent this 2 h ago, while I was away, so I did not run it. Send it again.",
          "limit": "You may have 2 open sessions at once. Your message waits: end one of these and it begins a new one, or make it a task of its own.
      🗣 *web* · unused for 1 min 30 s
      🗣 chat · unused for 2 h
      /end <name> ends one; then send your message again.",
          "options": "chat keeps what it began with, so --repo, --model cannot be given with a message to it. Is yours a task of its own, or are these a part of its words? (/new with such options begins another session.)
      /cad makes a task of it; in backquotes they are words.",
          "registration": "Eve <b>*x* (501) wants to use this bot.
      /users approve 501 lets them in.",
        },
      ]
    `));
  it('in Chinese', () =>
    expect([shown('zh', true), shown('zh', false)]).toMatchInlineSnapshot(`
      [
        {
          "admitted": "欢迎：你现在可以使用这个机器人了。/help 列出它能做的事。",
          "command": "你 2 小时前发了 /cancel，当时我不在线，所以没有执行。需要的话请再发一次。",
          "late": "这是你 2 小时前发的，当时我不在线。现在运行吗？",
          "limit": "你最多可以同时打开 2 个会话。你的消息在等待：结束其中一个，它就会开始新的会话；也可以把它作为独立的任务。
      🗣 *web* · 1 分钟 30 秒没有使用
      🗣 chat · 2 小时没有使用",
          "options": "chat 沿用开始时的设置，发给它的消息不能带 --repo, --model。要作为独立的任务，还是原样发给它？（/new 加上这些选项可以开始另一个会话。）",
          "registration": "Eve <b>*x*（501）想使用这个机器人。",
        },
        {
          "admitted": "欢迎：你现在可以使用这个机器人了。/help 列出它能做的事。",
          "command": "你 2 小时前发了 /cancel，当时我不在线，所以没有执行。需要的话请再发一次。",
          "late": "这是你 2 小时前发的，当时我不在线，所以没有运行。需要的话请再发一次。",
          "limit": "你最多可以同时打开 2 个会话。你的消息在等待：结束其中一个，它就会开始新的会话；也可以把它作为独立的任务。
      🗣 *web* · 1 分钟 30 秒没有使用
      🗣 chat · 2 小时没有使用
      用 /end <名字> 结束一个，然后再发一次消息。",
          "options": "chat 沿用开始时的设置，发给它的消息不能带 --repo, --model。要作为独立的任务，还是原样发给它？（/new 加上这些选项可以开始另一个会话。）
      用 /cad 把它作为任务；放在反引号里就是普通文字。",
          "registration": "Eve <b>*x*（501）想使用这个机器人。
      发送 /users approve 501 即可同意。",
        },
      ]
    `));

  it('are whole in both languages', () => {
    expect(Object.keys(noticeTexts.zh)).toEqual(Object.keys(noticeTexts.en));
    expect(JSON.stringify([noticeTexts.en.buttons, shown('en', true), shown('en', false)])).not.toMatch(
      /\p{Script=Han}/u,
    );
    for (const text of Object.values(shown('zh', false))) expect(text).toMatch(/\p{Script=Han}/u);
  });

  it('of a person count as no formatting', () =>
    expect(renderNotice(registration, 'en', true).messages[0]?.html).toContain('Eve &lt;b&gt;*x* (501)'));
});

it('the buttons say what is asked, and of whom', () => {
  const pressesOf = (notice: Notice) =>
    noticeKeyboard(notice, 'en')
      ?.inline_keyboard.flat()
      .map(({ text, callback_data }) => [text, decodePress(callback_data)]);
  const press = (action: string, detail: string) => ({ action, taskId: null, run: 0, detail });
  expect(pressesOf(late)).toEqual([
    ['▶️ Run it now', press('runOld', '900000001')],
    ['🗑 Forget it', press('dropOld', '900000001')],
  ]);
  expect(pressesOf(registration)).toEqual([
    ['✅ Let in', press('approveUser', '501')],
    ['🚫 No', press('declineUser', '501')],
  ]);
  const others = [
    ['🆕 A task of its own', press('goOn', '900000001')],
    ['🗑 Forget it', press('dropOld', '900000001')],
  ];
  expect(pressesOf(options)).toEqual([['💬 To chat, word for word', press('asWords', '900000001')], ...others]);
  const [first, second, ...rest] = pressesOf(limit) ?? [];
  expect([first?.[0], second?.[0], rest]).toEqual(['⏹ *web*', '⏹ chat', others]);
  expect([first, second].map((one) => readEndForMessage(one?.[1] as Press))).toEqual([
    { updateId: 900_000_001, sessionId: 'session--1001234567890-1795156925056' },
    { updateId: 900_000_001, sessionId: 'session-5-1795156925057' },
  ]);
  expect([pressesOf(command), pressesOf(admitted)]).toEqual([undefined, undefined]);
});

it('what lies in the outbox is known by its shape', () => {
  for (const notice of Object.values(all)) expect(isNotification(notice), notice.kind).toBe(true);
  expect(isNotification({ ...late, update_id: '1' })).toBe(false);
  expect(isNotification({ kind: 'registration', user_id: 5, name: '' })).toBe(false);
  expect(isNotification({ ...limit, open: [{ session_id: 'x', name: 'y' }] })).toBe(false);
  expect(isNotification({ ...options, options: '--repo' })).toBe(false);
});
