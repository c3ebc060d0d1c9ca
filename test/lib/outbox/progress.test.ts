/** Progress messages: one per run, edited as it goes, closed at its end; one for all where there are many. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BotFault } from '../../../src/lib/demo/bot-api-server.ts';
import { endedOf, progressOf } from '../notifications/notices.ts';
import { type OutboxHome, openOutboxHome, until } from './outbox-home.ts';
import { quickRules } from './quick-rules.ts';

const never = () => new AbortController().signal;
const task = 'task-123-1763600000000';
const texts = (messages: { text: string }[]) => messages.map(({ text }) => text);
const drop = { kind: 'drop-after' } as const;

/** The given faults for the first requests of a method, then none. */
function faults(method: string, ...list: (BotFault | null)[]) {
  return (called: string) => (called === method ? (list.shift() ?? null) : null);
}

/** A deliverer that has placed the run's progress message. */
async function withProgress(): Promise<{ home: OutboxHome; stop: () => Promise<void> }> {
  const home = await openOutboxHome();
  const deliverer = home.deliverer();
  const stop = home.start(deliverer);
  await home.progress(progressOf({ state: 'queued' }));
  await until(() => home.chat().length === 1);
  await until(() => deliverer.isIdle());
  return { home, stop };
}

/** Both messages of the run are done with. */
const isAtRest = (home: { files(): string[] }) => {
  const files = home.files().filter((name) => !name.includes('chat.'));
  return files.length === 2 && files.every((name) => name.startsWith('sent/'));
};

describe('the placeholder of a task that is on hold', () => {
  const buttonsOf = (home: OutboxHome) => {
    const markup = home.chat()[0]?.markup as { inline_keyboard: { text: string; callback_data: string }[][] } | null;
    return markup?.inline_keyboard.flat().map(({ text, callback_data }) => `${text} ${callback_data}`) ?? [];
  };

  it('has buttons to start and to cancel it, until it waits for its turn', async () => {
    const home = await openOutboxHome();
    home.start(home.deliverer({ hasButtons: true }));
    await home.progress(progressOf({ state: 'paused', waiting_for: 'hold' }));
    await until(() => home.chat().length === 1);
    expect(buttonsOf(home)).toEqual(['▶️ Go on rs:123/1763600000000:1:', '⏹ Cancel cn:123/1763600000000:1:']);
    await home.progress(progressOf({ state: 'queued' }));
    await until(() => home.chat()[0]?.edits === 1);
    expect(buttonsOf(home)).toEqual([]);
  });

  it('has none where nobody would hear them', async () => {
    const home = await openOutboxHome();
    home.start();
    await home.progress(progressOf({ state: 'paused', waiting_for: 'hold' }));
    await until(() => home.chat().length === 1);
    expect(buttonsOf(home)).toEqual([]);
  });
});

describe('the progress of a run', () => {
  it('is one message without a sound, as a reply, edited as it goes, and closed when the result is there', async () => {
    const home = await openOutboxHome();
    home.start();
    home.server.pushText('123', 'do it', { messageId: 900 });
    await home.progress(progressOf({ state: 'queued', position: 2 }), { reply_to: 900 });
    await until(() => home.chat().length === 1);
    await home.progress(progressOf({ tool: { name: 'Write', target: 'calc.py' } }), { reply_to: 900 });
    await until(() => home.chat()[0]?.edits === 1);
    await home.announce(endedOf(), { reply_to: 900 });
    await until(() => isAtRest(home));
    expect(home.chat().map(({ replyTo, history }) => ({ replyTo, history }))).toEqual([
      {
        replyTo: 900,
        history: [
          '⏳ calc — queued, number 2 in line',
          '▶️ calc — working\n🔧 Write calc.py',
          '✅ calc — done, see below',
        ],
      },
      { replyTo: 900, history: ['✅ calc\nI wrote calc.py.'] },
    ]);
    expect(home.server.requests.map(({ params }) => params.disable_notification ?? false)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    // An answer to either message leads to the task.
    expect(home.files()).toEqual([`sent/123/${task}.1.ended.json`, `sent/123/${task}.1.progress.json`]);
  });

  it('is dropped when it was not sent before the run ended', async () => {
    const home = await openOutboxHome();
    await home.progress(progressOf());
    await home.announce(endedOf());
    home.start();
    await until(() => home.files().length === 1);
    expect(texts(home.chat())).toEqual(['✅ calc\nI wrote calc.py.']);
  });

  it('is closed by a flush, too, and where the run ends without a result to tell', async () => {
    const { home, stop } = await withProgress();
    await stop();
    await home.progress(progressOf({ state: 'ended', outcome: 'cancelled' }));
    expect(home.outbox.hasDeliverable()).toBe(true);
    expect(await home.deliverer().flush(never())).toBe('empty');
    expect(texts(home.chat())).toEqual(['⏹ calc — stopped']);
    await home.progress(progressOf());
    expect(home.files()).toEqual([`sent/123/${task}.1.progress.json`]);
  });

  it('says how to see a result that Telegram does not take', async () => {
    const { home } = await withProgress();
    home.server.setFaults(faults('sendMessage', { kind: 'status', status: 400, description: 'Bad Request: NO' }));
    await home.announce(endedOf());
    await until(() => home.chat()[0]?.edits === 1);
    expect(texts(home.chat())).toEqual([
      `✅ calc — done\nTelegram did not take the answer. To see it, type: ccdispatch tasks show ${task}`,
    ]);
    expect(home.outbox.report().failed).toHaveLength(1);
  });

  it('starts anew with each run', async () => {
    const { home } = await withProgress();
    await home.announce(endedOf({ outcome: 'failed', text: '' }));
    await until(() => home.chat()[0]?.text === '❌ calc — failed, see below');
    await home.progress(progressOf({ run: 2 }));
    await until(() => home.chat().length === 3);
    expect(home.chat()[2]?.text).toBe('▶️ calc — working');
  });

  it('is sent again when somebody has deleted it', async () => {
    const { home } = await withProgress();
    const gone = { kind: 'status', status: 400, description: 'Bad Request: message to edit not found' } as const;
    home.server.setFaults(faults('editMessageText', gone));
    await home.progress(progressOf());
    await until(() => home.chat().length === 2);
    expect(texts(home.chat())).toEqual(['⏳ calc — queued', '▶️ calc — working']);
  });

  it('is redrawn from time to time while it runs, so that the time goes on', async () => {
    const home = await openOutboxHome();
    home.start(home.deliverer({ rules: { redrawMs: { private: 300, group: 300 } } }));
    await home.progress(progressOf({ started_at: new Date(Date.now() - 60_000).toISOString() }));
    const [first] = await until(() => home.chat().some(({ edits }) => edits >= 2) && home.chat());
    expect(new Set(first?.history).size).toBe(first?.history.length);
  });

  it('keeps its gap, and never stands before a result', async () => {
    const home = await openOutboxHome();
    const budget = { ...quickRules.budget, progressGapMs: { private: 300, group: 300 } };
    home.start(home.deliverer({ rules: { budget } }));
    await home.progress(progressOf());
    await until(() => home.chat().length === 1);
    await home.progress(progressOf({ tool: { name: 'A', target: null } }));
    await home.progress(progressOf({ task_id: 'task-123-2', task_name: 'other' }));
    await home.announce(endedOf({ task_id: 'task-123-3' }));
    await until(() => home.server.requests.length === 4);
    // The gap is kept where requests begin; they arrive with some jitter.
    const [placed, result, next, last] = home.server.requests;
    expect(result?.params.text).toContain('I wrote');
    expect((next?.at ?? 0) - (placed?.at ?? 0)).toBeGreaterThan(150);
    expect((last?.at ?? 0) - (next?.at ?? 0)).toBeGreaterThan(150);
  });
});

describe('many live tasks of a chat', () => {
  const many = (home: OutboxHome, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, n) =>
        home.progress(progressOf({ task_id: `task-123-${n}`, task_name: `t${n}` })),
      ),
    );

  it('share one message from the fourth on, until all have ended', async () => {
    const home = await openOutboxHome();
    await many(home, 5);
    home.start();
    await until(() => home.chat().length === 1);
    expect(home.chat()[0]?.text.split('\n').sort()).toEqual([
      '▶️ t0',
      '▶️ t1',
      '▶️ t2',
      '▶️ t3',
      '▶️ t4',
      '🗂 5 tasks at work',
    ]);
    await home.announce(endedOf({ task_id: 'task-123-0' }));
    await home.announce(endedOf({ task_id: 'task-123-1' }));
    await until(() => home.chat()[0]?.text.startsWith('🗂 3 tasks'));
    for (const n of [2, 3, 4]) await home.announce(endedOf({ task_id: `task-123-${n}` }));
    await until(() => home.chat()[0]?.text === '🏁 All of these tasks have ended, see below.');
    expect(home.chat()).toHaveLength(6);
    const left = () => home.files().filter((name) => name.startsWith('123/'));
    await until(() => left().join() === '123/chat.delivery.json');
    // Whoever answers the message later means one of those.
    const ids = [0, 1, 2, 3, 4].map((n) => `task-123-${n}`);
    const { shared } = JSON.parse(fs.readFileSync(path.join(home.paths.outbox, '123/chat.delivery.json'), 'utf8'));
    expect(shared).toEqual([{ message_id: home.chat()[0]?.messageId, task_ids: expect.arrayContaining(ids) }]);
  });

  it('keep to their message over a change of deliverers', async () => {
    const home = await openOutboxHome();
    await many(home, 4);
    const stop = home.start();
    await until(() => home.chat().length === 1);
    await stop();
    home.start();
    await home.progress(progressOf({ task_id: 'task-123-9', task_name: 't9' }));
    await until(() => home.chat()[0]?.text.includes('t9'));
    expect(home.chat()).toHaveLength(1);
  });

  it('do without it when its first sending was ambiguous', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(faults('sendMessage', drop));
    await many(home, 4);
    home.start();
    await until(() => home.chat().length === 1);
    await home.progress(progressOf({ task_id: 'task-123-9', task_name: 't9' }));
    await home.announce(endedOf({ task_id: 'task-123-0' }));
    await until(() => home.chat().length === 2);
    expect(home.server.requests).toHaveLength(2);
  });
});

describe('a result whose sending nobody saw the end of', () => {
  const told = 'The connection broke while the answer was on its way. If you do not see it here, type:';

  it('is told in the progress message, which says where to see it, and stays so', async () => {
    for (const fault of [drop, { kind: 'drop-before' }, { kind: 'html' }] as const) {
      const { home } = await withProgress();
      home.server.setFaults(faults('sendMessage', fault));
      await home.announce(endedOf());
      await until(() => isAtRest(home));
      expect(home.chat()[0]?.text).toBe(`✅ calc — done\n${told} ccdispatch tasks show ${task}`);
      expect(home.server.requests.filter(({ method }) => method === 'sendMessage')).toHaveLength(2);
    }
  });

  it('is told although the first edits fail', async () => {
    const { home } = await withProgress();
    const list = [{ kind: 'status', status: 500 }, drop, { kind: 'status', status: 429, retryAfter: 0.05 }] as const;
    const edits = faults('editMessageText', ...list);
    const sends = faults('sendMessage', drop);
    home.server.setFaults((method) => edits(method) ?? sends(method));
    await home.announce(endedOf());
    await until(() => isAtRest(home));
    expect(home.chat()[0]?.text).toContain(told);
    expect(home.chat()).toHaveLength(2);
  });

  it('goes once more, marked, where there is no progress message', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(faults('sendMessage', drop));
    await home.announce(endedOf());
    home.start();
    await until(() => home.files().length === 1);
    expect(texts(home.chat())).toEqual([
      '✅ calc\nI wrote calc.py.',
      '🔁 You may have this already: the connection broke when it was first sent.\n\n✅ calc\nI wrote calc.py.',
    ]);
  });

  it('goes once more, marked, where the progress message itself may not be there', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(faults('sendMessage', drop, drop));
    const deliverer = home.deliverer();
    home.start(deliverer);
    await home.progress(progressOf());
    await until(() => home.chat().length === 1);
    await until(() => deliverer.isIdle());
    await home.announce(endedOf());
    await until(() => home.files().length === 1);
    expect(texts(home.chat()).map((text) => text.slice(0, 6))).toEqual(['▶️ cal', '✅ calc', '🔁 You']);
    expect(home.server.requests.every(({ method }) => method === 'sendMessage')).toBe(true);
  });

  it('goes once more, marked, where the progress message was deleted', async () => {
    const { home } = await withProgress();
    const gone = { kind: 'status', status: 400, description: 'Bad Request: message to edit not found' } as const;
    const edits = faults('editMessageText', gone);
    const sends = faults('sendMessage', drop);
    home.server.setFaults((method) => edits(method) ?? sends(method));
    await home.announce(endedOf());
    await until(() => home.files().length === 1);
    expect(home.chat().at(-1)?.text).toMatch(/^🔁/);
  });

  it('of several parts goes on with the next part', async () => {
    const home = await openOutboxHome();
    home.server.setFaults(faults('sendMessage', null, drop));
    await home.announce(endedOf({ text: 'word '.repeat(2000) }));
    home.start();
    await until(() => home.files().length === 1);
    expect(texts(home.chat()).map((text) => text.match(/^🔁|\(\d\/\d\)/)?.[0])).toEqual([
      '(1/3)',
      '(2/3)',
      '🔁',
      '(3/3)',
    ]);
  });
});
