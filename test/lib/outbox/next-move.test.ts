/** What a chat's deliverer does next, decided over all that waits there. */

import { describe, expect, it } from 'vitest';
import type { TaskNotification, ToldAnswer } from '../../../src/lib/notifications/notification.ts';
import { type Delivery, keyOf, newChatRecord, newDelivery } from '../../../src/lib/outbox/entry.ts';
import { costOf, type Move, planMove, type Scene } from '../../../src/lib/outbox/next-move.ts';
import { standardRules } from '../../../src/lib/outbox/rules.ts';
import type { ChatView, Item, ProgressItem } from '../../../src/lib/outbox/spool.ts';
import { endedOf, progressOf, questionOf } from '../notifications/notices.ts';

const now = Date.parse('2026-11-20T10:00:00Z');
const ago = (ms: number) => new Date(now - ms).toISOString();
const from = (ms: number) => new Date(now + ms).toISOString();

function itemOf(notification: TaskNotification, delivery: Partial<Delivery> = {}): Item {
  return {
    entry: {
      schema_version: 1,
      key: keyOf(notification),
      bot_id: null,
      chat_id: '123',
      thread_id: null,
      reply_to: null,
      language: null,
      created_at: ago(1000),
      task_id: notification.task_id,
      notification,
    },
    delivery: { ...newDelivery, ...delivery },
  };
}

function liveOf(stage: ProgressItem['stage'], delivery: Partial<Delivery> = {}, id = 1): ProgressItem {
  const progress = progressOf({ task_id: `task-123-${id}` });
  return { ...itemOf(progress, delivery), progress, stage };
}

const placed = { sent: [{ part: 0, message_id: 77 }], drawn: { version: ago(1000), at: ago(1000) } };
const absent = { sent: [{ part: 0, message_id: null }] };
const ended = (delivery: Partial<Delivery> = {}) => itemOf(endedOf({ task_id: 'task-123-1' }), delivery);

function plan(view: Partial<ChatView>, changes: Partial<Scene> = {}): Move {
  const whole = { chatId: '123', record: newChatRecord, musts: [], progress: [], ...view };
  const room = {
    now,
    rules: standardRules,
    partsOf: () => 2,
    allowedAt: () => now,
    isOnlyMust: false,
    hasButtons: false,
  };
  return planMove({ view: whole, ...room, ...changes });
}

describe('what must arrive', () => {
  it('goes part by part, then is settled', () => {
    expect(plan({ musts: [ended()] })).toMatchObject({ do: 'send', part: 0, isRepeat: false });
    expect(plan({ musts: [ended({ sent: [{ part: 0, message_id: 1 }], repeats: [1] })] })).toMatchObject({
      do: 'send',
      part: 1,
      isRepeat: true,
    });
    const sent = [0, 1].map((part) => ({ part, message_id: null }));
    expect(plan({ musts: [ended({ sent })] })).toMatchObject({ do: 'settle' });
  });

  it('goes before all progress, and waits for the budget, its pause, or the chat', () => {
    const view = { musts: [ended()], progress: [liveOf('live')] };
    expect(plan(view)).toMatchObject({ do: 'send' });
    expect(plan(view, { allowedAt: () => now + 50 })).toEqual({ do: 'wait', until: now + 50, isQuiet: false });
    const pausing = { ...view, musts: [ended({ not_before: from(700) })] };
    expect(plan(pausing)).toEqual({ do: 'wait', until: now + 700, isQuiet: false });
    const record = { ...newChatRecord, cool_down: { since: ago(1), until: from(9000) } };
    expect(plan({ ...view, record })).toEqual({ do: 'wait', until: now + 9000, isQuiet: false });
  });

  it('does not wait for instants of a clock that was set back', () => {
    const record = { ...newChatRecord, cool_down: { since: from(86_400_000), until: from(86_500_000) } };
    expect(plan({ record, musts: [ended()] })).toMatchObject({ do: 'send' });
    expect(plan({ musts: [ended({ not_before: from(86_400_000) })] })).toMatchObject({ until: now + 60_000 });
  });
});

describe('an attempt that is found open', () => {
  const open = { attempt: { part: 0, at: ago(10) } };

  it('is told in the run’s progress message', () => {
    const progress = [liveOf('live', placed, 2), liveOf('awaiting', placed)];
    expect(plan({ musts: [ended(open)], progress })).toMatchObject({ do: 'tell', part: 0, messageId: 77 });
  });

  it('is repeated, marked, where that is not there, or another’s, or uncertain itself', () => {
    for (const progress of [[], [liveOf('awaiting', absent)], [liveOf('awaiting')], [liveOf('live', placed, 2)]]) {
      expect(plan({ musts: [ended(open)], progress })).toMatchObject({ do: 'mark-repeat', part: 0 });
    }
    expect(plan({ musts: [ended(open)], progress: [liveOf('awaiting', open)] })).toMatchObject({ do: 'mark-repeat' });
  });

  it('of a progress message makes that count as absent', () => {
    expect(plan({ progress: [liveOf('live', open)] })).toMatchObject({ do: 'give-up' });
    expect(plan({ progress: [liveOf('over', open)] })).toMatchObject({ do: 'drop' });
    expect(plan({ progress: [liveOf('live', absent)] })).toMatchObject({ do: 'wait', isQuiet: true });
    const status = { message_id: null, attempt_at: ago(10), drawn: null, drawn_at: null };
    expect(plan({ record: { ...newChatRecord, status }, progress: [liveOf('live')] })).toEqual({
      do: 'give-up-shared',
    });
  });
});

describe('a question', () => {
  const allowed: ToldAnswer = { answer: 'allow', scope: 'once', how: 'person', by: '7', by_name: 'Ada' };
  const sent = [0, 1].map((part) => ({ part, message_id: 40 + part }));
  const drawn = { version: ago(1000), at: ago(500), has_buttons: false };
  const question = (answer: ToldAnswer | null, delivery: Partial<Delivery> = {}) =>
    itemOf(questionOf({ answer }), delivery);

  it('is sent, and then left alone while it is open: what comes behind it goes on', () => {
    expect(plan({ musts: [question(null)] })).toMatchObject({ do: 'send', part: 0 });
    const open = question(null, { sent, drawn });
    expect(plan({ musts: [open] })).toMatchObject({ do: 'wait', isQuiet: true });
    expect(plan({ musts: [open, ended()] })).toMatchObject({ do: 'send', item: { entry: { key: ended().entry.key } } });
    const record = { ...newChatRecord, cool_down: { since: ago(1), until: from(9000) } };
    expect(plan({ record, musts: [open] })).toMatchObject({ do: 'wait', isQuiet: true });
  });

  it('gets buttons as soon as somebody hears them, and keeps them', () => {
    const bare = question(null, { sent, drawn });
    expect(plan({ musts: [bare] }, { hasButtons: true })).toMatchObject({ do: 'amend', messageId: 41 });
    const full = question(null, { sent, drawn: { ...drawn, has_buttons: true } });
    for (const hasButtons of [true, false])
      expect(plan({ musts: [full] }, { hasButtons })).toMatchObject({ do: 'wait' });
  });

  it('is changed when it is answered, and done with after that', () => {
    const stale = { ...drawn, version: ago(2000) };
    expect(plan({ musts: [question(allowed, { sent, drawn: stale })] })).toMatchObject({ do: 'amend', messageId: 41 });
    expect(plan({ musts: [question(allowed, { sent, drawn })] })).toMatchObject({ do: 'settle' });
  });

  it('that was answered before it was sent says so, unless nobody need know', () => {
    const timeout: ToldAnswer = { ...allowed, answer: 'deny', how: 'timeout', by: null, by_name: null };
    for (const answer of [allowed, timeout]) expect(plan({ musts: [question(answer)] })).toMatchObject({ do: 'send' });
    for (const how of ['void', 'rule'] as const) {
      expect(plan({ musts: [question({ ...timeout, how })] })).toMatchObject({ do: 'settle' });
      // It may be in the chat already.
      const open = { attempt: { part: 0, at: ago(10) } };
      expect(plan({ musts: [question({ ...timeout, how }, open)] })).toMatchObject({ do: 'mark-repeat' });
    }
  });
});

describe('progress', () => {
  it('is placed, edited with news, and else redrawn now and then', () => {
    expect(plan({ progress: [liveOf('live')] })).toMatchObject({ do: 'place' });
    const stale = { ...placed, drawn: { version: ago(5000), at: ago(5000) } };
    expect(plan({ progress: [liveOf('live', stale)] })).toMatchObject({ do: 'edit', messageId: 77 });
    expect(plan({ progress: [liveOf('live', placed)] })).toEqual({ do: 'wait', until: now + 29_000, isQuiet: true });
  });

  it('of a run that is over is closed, or dropped where there is no message', () => {
    expect(plan({ progress: [liveOf('over', placed)] })).toMatchObject({ do: 'close', messageId: 77 });
    expect(plan({ progress: [liveOf('over')] })).toMatchObject({ do: 'drop' });
    expect(plan({ progress: [liveOf('over', absent)] })).toMatchObject({ do: 'drop' });
  });

  it('of a live run is left alone by a flush, and while its outcome waits', () => {
    expect(plan({ progress: [liveOf('live')] }, { isOnlyMust: true })).toMatchObject({ do: 'wait', isQuiet: true });
    expect(plan({ progress: [liveOf('awaiting', placed)] })).toMatchObject({ do: 'wait', isQuiet: true });
  });

  it('of the fourth live task on goes into one message, until none is left', () => {
    const four = [1, 2, 3, 4].map((id) => liveOf('live', id === 1 ? placed : {}, id));
    expect(plan({ progress: four.slice(0, 3) })).toMatchObject({ do: 'place' });
    const share = plan({ progress: four });
    expect(share).toMatchObject({ do: 'share', items: { length: 4 } });
    const mark = share.do === 'share' ? share.mark : '';
    const shared = (drawn: string) => ({
      ...newChatRecord,
      status: { message_id: 9, attempt_at: null, drawn, drawn_at: ago(0) },
    });
    expect(plan({ record: shared(mark), progress: four })).toEqual({ do: 'wait', until: now + 30_000, isQuiet: true });
    expect(plan({ record: shared(mark), progress: four.slice(1) })).toMatchObject({ do: 'edit-shared', messageId: 9 });
    expect(plan({ record: shared(mark) })).toEqual({ do: 'close-shared', messageId: 9 });
  });
});

it('counts every request, and nothing else, against the budget', () => {
  const item = liveOf('live');
  const question = { ...item, entry: { ...item.entry, notification: { kind: 'question' } } } as unknown as Item;
  const moves: [Move, string | null][] = [
    [{ do: 'send', item, part: 0, isRepeat: false }, 'must'],
    [{ do: 'send', item: question, part: 0, isRepeat: false }, 'question'],
    [{ do: 'amend', item: question, messageId: 1 }, 'question'],
    [{ do: 'close', item, messageId: 1 }, 'must'],
    [{ do: 'close-shared', messageId: 1 }, 'must'],
    [{ do: 'close-shared', messageId: null }, null],
    [{ do: 'edit', item, messageId: 1 }, 'progress'],
    [{ do: 'place', item }, 'progress'],
    [{ do: 'drop', item }, null],
    [{ do: 'settle', item }, null],
  ];
  for (const [move, cost] of moves) expect(costOf(move)).toBe(cost);
});
