/** Delivery to one chat and to many: order, formats, and every way in which Telegram can say no. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BotFault } from '../../../src/lib/demo/bot-api-server.ts';
import { endedOf, handOf, interimOf, progressOf } from '../notifications/notices.ts';
import { openOutboxHome, until } from './outbox-home.ts';
import { quickRules } from './quick-rules.ts';

const never = () => new AbortController().signal;
const task = 'task-123-1763600000000';
const texts = (messages: { text: string }[]) => messages.map(({ text }) => text);

/** The given faults for the first requests of a method, then none. */
function faults(method: string, ...list: (BotFault | null)[]) {
  return (called: string) => (called === method ? (list.shift() ?? null) : null);
}

describe('a result', () => {
  it('arrives as a reply in its topic, formatted, in the reader’s language', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf({ duration_ms: 5000 }), {
      chat_id: '-1001',
      thread_id: 7,
      reply_to: null,
      language: 'zh',
    });
    expect(await home.deliverer().flush(never())).toBe('empty');
    expect(home.chat('-1001')).toMatchObject([
      { threadId: 7, html: '✅ <b>calc</b>\nI wrote <b>calc.py</b>.\n\n⏱ 5.0 秒', replyTo: null },
    ]);
    home.server.pushText('123', 'do it', { messageId: 900 });
    await home.announce(endedOf(), { reply_to: 900 });
    await home.deliverer().flush(never());
    expect(home.chat()).toMatchObject([{ replyTo: 900 }]);
  });

  it('comes in parts, or as a beginning and a document with the whole from its file', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf({ text: 'word '.repeat(1500) }));
    const output = path.join(home.paths.home, 'task-output.txt');
    fs.writeFileSync(output, '# All of it\n');
    await home.announce(endedOf({ run: 2, text: 'beginning', output_file: output }));
    await home.announce(endedOf({ run: 3, text: 'beginning', output_file: '/no/such/file' }));
    await home.deliverer().flush(never());
    const [one, two, three, document, four, fallback] = home.chat();
    expect([one?.text.slice(0, 12), two?.text.slice(0, 12)]).toEqual(['✅ calc (1/2)', '✅ calc (2/2)']);
    expect([three?.text, four?.text].map((text) => text?.includes('in the file below'))).toEqual([true, true]);
    expect([document?.document?.name, document?.document?.bytes.toString()]).toEqual(['calc-2.md', '# All of it\n']);
    expect(fallback?.document?.bytes.toString()).toBe('beginning');
  });

  it('is sent while the deliverer runs, in the order in which things were said, chats side by side', async () => {
    const home = await openOutboxHome();
    home.start();
    home.server.setFaults((_method, params) => (params.chat_id === '5' ? { kind: 'status', status: 500 } : null));
    await home.announce(endedOf({ task_id: 'task-5-1' }), { chat_id: '5' });
    await home.announce(interimOf());
    await home.announce(interimOf({ index: 2, text: 'more' }));
    await home.announce(endedOf());
    await until(() => home.chat().length === 3);
    expect(texts(home.chat()).map((text) => text.split('\n')[1])).toEqual([
      'The tests run.',
      'more',
      'I wrote calc.py.',
    ]);
    expect(home.chat('5')).toEqual([]);
    home.server.setFaults(null);
    await until(() => home.chat('5').length === 1);
    await until(() => !home.outbox.hasDeliverable());
    expect(home.logged.filter((line) => line.includes('was delivered'))).toHaveLength(4);
  });

  it('of a session started by hand arrives, too', async () => {
    const home = await openOutboxHome();
    const entry = { chat_id: '123', thread_id: null, reply_to: null, language: null, notification: handOf() };
    await home.outbox.announce(entry, 'hand.1.Stop');
    await home.deliverer().flush(never());
    expect(texts(home.chat())).toEqual(['✅ shop — has finished\nAll done.\n\n📁 /home/ada/src/shop']);
  });

  it('is not sent again when it was announced a second time in the moment of its sending', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf());
    const entry = path.join(home.paths.outbox, '123', `${task}.1.ended.json`);
    const copy = fs.readFileSync(entry);
    await home.deliverer().flush(never());
    fs.writeFileSync(entry, copy);
    await home.deliverer().flush(never());
    expect(home.chat()).toHaveLength(1);
    expect(home.files()).toEqual([`sent/123/${task}.1.ended.json`]);
  });
});

describe('a refusal', () => {
  it('429 silences the chat for as long as Telegram asks, also for the next process', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(faults('sendMessage', { kind: 'status', status: 429, retryAfter: 0.4 }));
    await home.announce(endedOf());
    await home.announce(endedOf({ task_id: 'task-5-1' }), { chat_id: '5' });
    const stop = home.start();
    await until(() => home.server.requests.length === 2);
    await stop();
    home.start();
    await until(() => home.server.messages().length === 2);
    const [refused] = home.server.requests.filter(({ fault }) => fault !== null);
    const again = home.server.requests.filter(({ params }) => params.chat_id === refused?.params.chat_id);
    expect(again).toHaveLength(2);
    expect((again[1]?.at ?? 0) - (again[0]?.at ?? 0)).toBeGreaterThanOrEqual(400);
  });

  it('5xx is tried again, with pauses', async () => {
    const home = await openOutboxHome();
    const down = { kind: 'status', status: 502 } as const;
    home.server.setFaults(faults('sendMessage', down, down, down));
    await home.announce(endedOf());
    home.start();
    await until(() => home.chat().length === 1);
    expect(home.server.requests).toHaveLength(4);
    await until(() => home.files().length === 1);
    expect(home.files()).toEqual([`sent/123/${task}.1.ended.json`]);
  });

  it('of the format sends the same text once without any', async () => {
    const home = await openOutboxHome();
    home.server.setFaults((_method, params) =>
      params.parse_mode ? { kind: 'status', status: 400, description: "Bad Request: can't parse entities" } : null,
    );
    await home.announce(endedOf());
    await home.deliverer().flush(never());
    expect(home.chat()).toMatchObject([{ text: '✅ calc\nI wrote calc.py.', html: null }]);
    expect(home.server.requests).toHaveLength(2);
  });

  it('of the topic or of the reply sends it without', async () => {
    const home = await openOutboxHome();
    home.server.setChat('-1001', 'no-threads');
    await home.announce(endedOf(), { chat_id: '-1001', thread_id: 7 });
    home.server.setFaults((_method, params) =>
      params.reply_parameters
        ? { kind: 'status', status: 400, description: 'Bad Request: message to be replied not found' }
        : null,
    );
    await home.announce(endedOf(), { reply_to: 5 });
    await home.deliverer().flush(never());
    expect(home.chat('-1001')).toMatchObject([{ threadId: null }]);
    expect(home.chat()).toMatchObject([{ replyTo: null }]);
  });

  it('for good keeps the entry as failed, and goes on with the next', async () => {
    const home = await openOutboxHome();
    home.server.setChat('7', 'blocked');
    await home.progress(progressOf({ task_id: 'task-7-1' }), { chat_id: '7' });
    await home.announce(endedOf({ task_id: 'task-7-1' }), { chat_id: '7' });
    await home.announce(endedOf({ task_id: 'task-7-2' }), { chat_id: '7' });
    const wrong = { kind: 'status', status: 400, description: 'Bad Request: BUTTON_DATA_INVALID' } as const;
    home.server.setFaults((_method, params) => (params.chat_id === '123' ? wrong : null));
    await home.announce(endedOf());
    expect(await home.deliverer().flush(never())).toBe('empty');
    const { failed, waiting } = home.outbox.report();
    expect(waiting).toBe(0);
    expect(failed.map(({ key, delivery }) => [key, delivery.failed?.kind]).sort()).toEqual([
      [`${task}.1.ended`, 'rejected'],
      ['task-7-1.1.ended', 'blocked'],
      ['task-7-2.1.ended', 'blocked'],
    ]);
    expect(failed[0]?.delivery.failed?.description).toMatch(/^Telegram: /);
    expect(home.files().filter((name) => !name.startsWith('failed/'))).toEqual([]);
  });

  it('because a group moved follows it, for this message and all later ones', async () => {
    const home = await openOutboxHome();
    home.server.setChat('-5', { migrateTo: '-1005' });
    await home.announce(endedOf({ task_id: 'task--5-1' }), { chat_id: '-5' });
    await home.deliverer().flush(never());
    await home.announce(endedOf({ task_id: 'task--5-2' }), { chat_id: '-5' });
    await home.deliverer().flush(never());
    expect(home.chat('-1005')).toHaveLength(2);
    expect(home.server.requests.map(({ params }) => params.chat_id)).toEqual(['-5', '-1005', '-1005']);
    expect(await home.announce(endedOf({ task_id: 'task--5-1' }), { chat_id: '-5' })).toBe(false);
  });

  it('of the token stops delivery, says so, and leaves everything', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf());
    const deliverer = home.deliverer({ token: '7000000001:another_token_of_this_bot' });
    await deliverer.run(never());
    expect(deliverer.isIdle()).toBe(true);
    expect(home.logged.at(-1)).toMatch(/^error Nothing can be delivered: .*Unauthorized.*TELEGRAM_BOT_TOKEN/);
    expect(await home.deliverer().flush(never())).toBe('empty');
    expect(texts(home.chat())).toEqual(['✅ calc\nI wrote calc.py.']);
  });
});

describe('what does not parse', () => {
  it('is set aside and hides nothing else; what a newer version wrote stays', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf());
    const folder = path.join(home.paths.outbox, '123');
    const whole = fs.readFileSync(path.join(folder, `${task}.1.ended.json`), 'utf8');
    const put = (key: string, text: string) => fs.writeFileSync(path.join(folder, `${key}.json`), text);
    put('cut', whole.slice(0, 40));
    put(
      'task-123-2.1.ended',
      whole.replace(/"key":"[^"]*"/, '"key":"task-123-2.1.ended"').replace('"text":"', '"text":7,"x":"'),
    );
    put('task-123-3.1.ended', whole.replace('"schema_version":1', '"schema_version":2'));
    fs.writeFileSync(path.join(folder, '.tmp-1-0-x.json'), 'half');
    expect(await home.deliverer().flush(never())).toBe('empty');
    await until(() => home.outbox.report().broken.length === 2);
    expect(home.chat()).toHaveLength(1);
    expect(home.files()).toEqual([
      '123/.tmp-1-0-x.json',
      '123/task-123-3.1.ended.json',
      'broken/123.cut.json',
      'broken/123.task-123-2.1.ended.json',
      `sent/123/${task}.1.ended.json`,
    ]);
  });

  it('is set aside in the same way where it tells what became of an entry: that goes marked', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf());
    fs.writeFileSync(path.join(home.paths.outbox, '123', `${task}.1.ended.delivery.json`), '{"sch');
    await home.deliverer().flush(never());
    expect(texts(home.chat())).toEqual([expect.stringMatching(/^🔁 You may have this already/)]);
  });
});

describe('the deliverer', () => {
  it('leaves to another bot what is another bot’s', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf());
    expect(await home.deliverer({ token: '999:token_of_another_bot' }).flush(never())).toBe('empty');
    expect(home.server.requests).toEqual([]);
    expect(home.outbox.hasDeliverable()).toBe(true);
  });

  it('waits for its turn, and takes over when the other one leaves', async () => {
    const home = await openOutboxHome();
    const first = home.deliverer();
    const stopFirst = home.start(first);
    await home.announce(endedOf());
    await until(() => home.chat().length === 1);
    const second = home.deliverer();
    home.start(second);
    expect(await home.deliverer().flush(never())).toBe('busy');
    expect(second.isIdle()).toBe(true);
    await stopFirst();
    await home.announce(endedOf({ run: 2 }));
    await until(() => home.chat().length === 2);
  });

  it('gives the lock up when it is asked to, and comes back later', async () => {
    const home = await openOutboxHome();
    const worker = home.deliverer();
    home.start(worker);
    await home.announce(endedOf());
    await until(() => home.chat().length === 1);
    worker.yieldLock();
    const bot = home.deliverer();
    const stopBot = home.start(bot);
    await home.announce(endedOf({ run: 2 }));
    await until(() => home.chat().length === 2);
    await stopBot();
    await home.announce(endedOf({ run: 3 }));
    await until(() => home.chat().length === 3);
    expect(home.server.requests).toHaveLength(3);
  });

  it('says when nothing is left', async () => {
    const home = await openOutboxHome();
    const deliverer = home.deliverer();
    expect(deliverer.isIdle()).toBe(true);
    await home.announce(endedOf());
    expect(deliverer.isIdle()).toBe(false);
    home.server.setFaults(faults('sendMessage', { kind: 'slow', ms: 50 }));
    home.start(deliverer);
    await deliverer.waitIdle(never());
    expect(home.files()).toEqual([`sent/123/${task}.1.ended.json`]);
  });

  it('waits for a request that is under way before it stops', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(faults('sendMessage', { kind: 'slow', ms: 100 }));
    await home.announce(endedOf());
    const stop = home.start();
    await until(() => home.server.requests.length === 1);
    await stop();
    await home.deliverer().flush(never());
    expect(texts(home.chat())).toEqual(['✅ calc\nI wrote calc.py.']);
  });

  it('flushes what it can and says what is left', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(() => ({ kind: 'status', status: 500 }));
    await home.announce(endedOf());
    await home.progress(progressOf({ task_id: 'task-123-9' }));
    expect(await home.deliverer().flush(never())).toBe('left');
    home.server.setFaults(() => ({ kind: 'status', status: 429, retryAfter: 60 }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await home.deliverer().flush(never())).toBe('left');
    expect(home.server.requests).toHaveLength(2);
    home.server.setFaults(null);
    fs.rmSync(path.join(home.paths.outbox, '123', 'chat.delivery.json'));
    expect(await home.deliverer().flush(never())).toBe('empty');
    // Live progress is not a flush's business.
    expect(home.chat()).toHaveLength(1);
  });

  it('sees at once what comes into a chat that it has never seen', async () => {
    const home = await openOutboxHome();
    home.start(home.deliverer({ rules: { pollMs: 60_000 } }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await home.announce(endedOf({ task_id: 'task-77-1' }), { chat_id: '77' });
    await until(() => home.chat('77').length === 1, 3000);
    await home.announce(endedOf({ task_id: 'task-77-2' }), { chat_id: '77' });
    await until(() => home.chat('77').length === 2, 3000);
    expect(home.outbox.report().waiting).toBeLessThanOrEqual(1);
  });

  it('makes room in a chat for what others have sent there', async () => {
    const home = await openOutboxHome();
    const windowMs = 300;
    const chat = { private: { count: 2, windowMs }, group: { count: 2, windowMs } };
    const deliverer = home.deliverer({ rules: { budget: { ...quickRules.budget, chat } } });
    const began = Date.now();
    for (let answer = 1; answer <= 2; answer++) deliverer.noteSent('123');
    await home.announce(endedOf());
    home.start(deliverer);
    const [sent] = await until(() => home.chat().length === 1 && home.chat());
    expect((sent?.at ?? 0) - began).toBeGreaterThanOrEqual(windowMs);
  });

  it('finds what nobody has rung for, also in a chat that is known', async () => {
    const home = await openOutboxHome();
    await home.announce(endedOf());
    await home.announce(endedOf({ run: 2 }));
    const folder = path.join(home.paths.outbox, '123');
    const kept = path.join(home.paths.home, 'kept.json');
    fs.renameSync(path.join(folder, `${task}.2.ended.json`), kept);
    home.start(home.deliverer({ rules: { pollMs: 50 } }));
    await until(() => home.files().length === 1);
    fs.renameSync(kept, path.join(folder, `${task}.2.ended.json`));
    await until(() => home.chat().length === 2);
    await until(() => home.files().length === 2);
    expect(home.server.requests).toHaveLength(2);
  });

  it('serves many chats side by side, without a word of warning', async () => {
    const warnings: string[] = [];
    const listen = (warning: Error) => void warnings.push(String(warning));
    process.on('warning', listen);
    const home = await openOutboxHome();
    const stop = home.start();
    const chats = Array.from({ length: 40 }, (_, index) => String(index + 1));
    await Promise.all(chats.map((id) => home.announce(endedOf({ task_id: `task-${id}-1` }), { chat_id: id })));
    await until(() => home.server.messages().length === 40);
    await stop();
    process.off('warning', listen);
    expect(new Set(home.server.messages().map(({ chatId }) => chatId)).size).toBe(40);
    expect(warnings).toEqual([]);
  });
});
