/** Questions in a chat: before all else, changed once they are answered, whoever was killed or away meanwhile. */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodePress } from '../../../src/lib/notifications/buttons.ts';
import type { ToldAnswer } from '../../../src/lib/notifications/notification.ts';
import { keyOf } from '../../../src/lib/outbox/entry.ts';
import { endedOf, interimOf, progressOf, questionOf } from '../notifications/notices.ts';
import { type OutboxHome, openOutboxHome, until } from './outbox-home.ts';

const never = () => new AbortController().signal;
const allowed: ToldAnswer = { answer: 'allow', scope: 'once', how: 'person', by: '7', by_name: 'Ada' };
const voided: ToldAnswer = { answer: 'deny', scope: 'once', how: 'void', by: null, by_name: null };
const key = keyOf(questionOf());
const answer = (home: OutboxHome, given = allowed) => home.outbox.answered('123', key, given);
const heads = (home: OutboxHome) => home.chat().map(({ text }) => text.split('\n')[0]);

describe('a question', () => {
  it('goes before what was said earlier', async () => {
    const home = await openOutboxHome();
    await home.announce(interimOf());
    await home.announce(endedOf({ run: 2 }));
    await home.announce(questionOf());
    expect(await home.deliverer().flush(never())).toBe('empty');
    expect(heads(home)).toEqual(['❓ calc — may it use Bash?', '💬 calc — so far', '✅ calc']);
  });

  it('stays without a word until it is answered, and is changed then', async () => {
    const home = await openOutboxHome();
    const deliverer = home.deliverer({ hasButtons: true });
    home.start(deliverer);
    await home.announce(questionOf());
    expect(home.outbox.isUnderWay('123', key)).toBe(true);
    await until(() => home.chat().length === 1 && !home.outbox.isUnderWay('123', key));
    expect(await until(() => deliverer.isIdle())).toBe(true);
    expect(home.outbox.pendingTaskIds()).toEqual(new Set([questionOf().task_id]));
    const [shown] = home.chat();
    const markup = shown?.markup as { inline_keyboard: { callback_data: string }[][] } | undefined;
    const buttons = markup?.inline_keyboard.flat() ?? [];
    expect(buttons.map(({ callback_data }) => decodePress(callback_data)?.action)).toEqual([
      'allow',
      'deny',
      'allowTask',
    ]);

    await answer(home);
    await answer(home, { ...allowed, answer: 'deny' });
    await until(() => !home.outbox.hasDeliverable() && home.files().length === 1);
    expect(home.chat()).toMatchObject([{ messageId: shown?.messageId, edits: 1, markup: null }]);
    expect(heads(home)).toEqual(['👍 calc — Bash: allowed once by Ada']);
    expect(home.files()).toEqual([`sent/123/${key}.json`]);
    await answer(home);
    await home.announce(questionOf());
    expect(home.files()).toEqual([`sent/123/${key}.json`]);
  });

  it('is answered while nobody delivers, and changed by whoever comes next', async () => {
    const home = await openOutboxHome();
    await home.announce(questionOf());
    await home.deliverer().flush(never());
    expect(heads(home)).toEqual(['❓ calc — may it use Bash?']);
    await answer(home, { ...allowed, how: 'timeout', answer: 'deny' });
    expect(home.outbox.hasDeliverable()).toBe(true);
    expect(await home.deliverer().flush(never())).toBe('empty');
    expect(heads(home)).toEqual(['⌛ calc — Bash: timed out, nobody answered within 30 min']);
  });

  it('gets its buttons when somebody comes who hears them', async () => {
    const home = await openOutboxHome();
    await home.announce(questionOf());
    await home.deliverer().flush(never());
    expect(home.chat()[0]?.markup).toBeNull();
    expect(home.chat()[0]?.text).toContain('ccdispatch approvals allow mi7x2k3pa8f2');
    home.start(home.deliverer({ hasButtons: true }));
    await until(() => home.chat()[0]?.markup);
    expect(home.chat()).toHaveLength(1);
    expect(home.chat()[0]?.text).not.toContain('ccdispatch approvals');
  });

  it('comes with the whole as a file before it', async () => {
    const home = await openOutboxHome();
    const file = path.join(home.paths.home, 'whole.txt');
    fs.writeFileSync(file, 'tool: Write\n');
    await home.announce(questionOf({ input_file: file }));
    home.start(home.deliverer({ hasButtons: true }));
    await until(() => home.chat().length === 2);
    expect(home.chat()[0]?.document?.bytes.toString()).toBe('tool: Write\n');
    expect([home.chat()[0]?.markup, home.chat()[1]?.markup === null]).toEqual([null, false]);
    await answer(home);
    await until(() => home.chat()[1]?.text.startsWith('👍'));
    expect(home.chat()[0]?.edits).toBe(0);
  });

  it('that nobody need answer any more is not sent at all; one that timed out is', async () => {
    const home = await openOutboxHome();
    await home.announce(questionOf());
    await answer(home, voided);
    await home.announce(questionOf({ approval_id: 'other' }));
    await home.outbox.answered('123', keyOf(questionOf({ approval_id: 'other' })), { ...voided, how: 'timeout' });
    expect(await home.deliverer({ hasButtons: true }).flush(never())).toBe('empty');
    expect(heads(home)).toEqual(['⌛ calc — Bash: timed out, nobody answered within 30 min']);
    expect(home.chat()[0]?.markup).toBeNull();
    expect(home.files()).toHaveLength(2);
  });

  it('lets progress go on while it is open', async () => {
    const home = await openOutboxHome();
    home.start();
    await home.announce(questionOf());
    await home.progress(progressOf({ waiting_for: 'approval' }));
    await until(() => home.chat().length === 2);
    expect(heads(home)[1]).toBe('❓ calc — waiting for your answer');
    await home.announce(endedOf());
    await until(() => home.chat().length === 3);
    expect(heads(home)[2]).toBe('✅ calc');
  });
});

describe('trouble', () => {
  it('with the connection asks once more, and says so; the answer goes to the message that is known', async () => {
    const home = await openOutboxHome();
    let left = 1;
    home.server.setFaults((method) => (method === 'sendMessage' && left-- > 0 ? { kind: 'drop-after' } : null));
    home.start(home.deliverer({ hasButtons: true }));
    await home.announce(questionOf());
    await until(() => home.chat().length === 2 && !home.outbox.isUnderWay('123', key));
    expect(heads(home)).toEqual([
      '❓ calc — may it use Bash?',
      '🔁 You may have this already: the connection broke when it was first sent.',
    ]);
    await answer(home);
    await until(() => home.files().length === 1);
    const [first, second] = home.chat();
    expect(first?.edits).toBe(0);
    // Where both stand there, the first one looks as if it was still open.
    expect(second?.text).toMatch(/^🔁 You may have this already: .*\n\n👍 calc — Bash: allowed once by Ada/);
  });

  it('with an edit is gone through until the answer is there', async () => {
    const home = await openOutboxHome();
    home.start(home.deliverer({ hasButtons: true }));
    await home.announce(questionOf());
    await until(() => home.chat().length === 1 && !home.outbox.isUnderWay('123', key));
    let left = 3;
    home.server.setFaults((method) =>
      method === 'editMessageText' && left-- > 0 ? { kind: 'status', status: 502 } : null,
    );
    await answer(home);
    await until(() => home.files().length === 1);
    expect(heads(home)).toEqual(['👍 calc — Bash: allowed once by Ada']);
  });

  it('with a message that somebody deleted ends there once it is answered', async () => {
    const home = await openOutboxHome();
    home.start(home.deliverer({ hasButtons: true }));
    await home.announce(questionOf());
    await until(() => home.chat().length === 1 && !home.outbox.isUnderWay('123', key));
    home.server.setFaults((method) =>
      method === 'editMessageText'
        ? { kind: 'status', status: 400, description: 'Bad Request: message to edit not found' }
        : null,
    );
    await answer(home);
    await until(() => home.files().length === 1);
    expect(home.chat()).toHaveLength(1);
  });
});
