// Answers of the moment: sent in a few attempts, in another place where the first is gone, and never twice on a broken connection.

import { describe, expect, it } from 'vitest';
import { sayTo } from '../../../src/lib/telegram/say.ts';
import { openBotStage } from '../../support/bot-stage.ts';

const group = { id: '-70', kind: 'group' as const, title: 'Group' };
const targets = (stage: ReturnType<typeof openBotStage>) =>
  stage.calls.flatMap(({ method, request }) =>
    method === 'sendMessage' ? [[request.chatId, request.threadId, request.replyTo]] : [],
  );

describe('an answer', () => {
  it('is a reply in the chat and topic', async () => {
    const stage = openBotStage();
    await stage.says('/ping', { chat: group, threadId: 4, messageId: 12 });
    expect(targets(stage)).toEqual([['-70', 4, 12]]);
  });

  it.each([
    ['waits as long as Telegram asks', { kind: 'rate', retryAfterMs: 2000 }, [4, 12], ['-70', 4, 12]],
    ['is tried again where it was not taken', { kind: 'refused' }, [4, 12], ['-70', 4, 12]],
    ['leaves a topic out that is gone', { kind: 'thread-gone' }, [4, 12], ['-70', null, 12]],
    ['leaves a message out that is gone', { kind: 'reply-gone' }, [4, 12], ['-70', 4, null]],
    ['follows a group to its new id', { kind: 'migrated', chatId: '-10070' }, [4, 12], ['-10070', null, null]],
  ] as const)('%s', async (_what, reason, [threadId, messageId], second) => {
    const stage = openBotStage();
    stage.fails('sendMessage', reason);
    await stage.says('/ping', { chat: group, threadId, messageId });
    expect(targets(stage)).toEqual([['-70', threadId, messageId], second]);
  });

  it('goes without its format where that is not understood', async () => {
    const stage = openBotStage();
    stage.fails('sendMessage', { kind: 'unparsable' });
    await stage.says('/start');
    const [first, second] = stage.calls.map(({ request }) => request);
    expect([first?.html, second?.html]).toEqual([expect.any(String), undefined]);
    expect(second?.text).toMatch(/^Hello Ada\./);
  });

  it.each([
    { kind: 'ambiguous' },
    { kind: 'blocked' },
    { kind: 'rejected' },
    // A request before that time would only lengthen it.
    { kind: 'rate', retryAfterMs: 30_000 },
  ] as const)('is given up at once after: $kind', async (reason) => {
    const stage = openBotStage();
    stage.fails('sendMessage', reason);
    await stage.says('/ping');
    expect(targets(stage)).toHaveLength(1);
  });

  it('is given up after three attempts', async () => {
    const stage = openBotStage();
    stage.fails('sendMessage', ...Array.from({ length: 9 }, () => ({ kind: 'refused' }) as const));
    await stage.says('/ping');
    expect(targets(stage)).toHaveLength(3);
  });

  it('is cut where it is too long, never inside a character', async () => {
    const stage = openBotStage();
    await sayTo(stage.parts, { chatId: '5' }, `**a**${'👩‍👩‍👧‍👦'.repeat(1000)}`);
    const [text = ''] = stage.sentSince(0);
    expect(text.length).toBeGreaterThan(3900);
    expect(text.length).toBeLessThanOrEqual(4096);
    expect(text.replaceAll('👩‍👩‍👧‍👦', '')).toBe('a');
    await sayTo(stage.parts, { chatId: '5' }, ' \n ');
    expect(stage.calls).toHaveLength(1);
  });

  it('shows names of people as they are: nothing in them is formatting', async () => {
    const stage = openBotStage();
    const name = '**<b>x</b>_y_`z`[l](http://e) # 1. \u202eq';
    const [text] = await stage.says('/start', {
      from: { id: '5', name, username: null, languageCode: 'en', isPerson: true },
    });
    expect(text).toMatch(/^Hello \*\*<b>x<\/b>_y_`z`\[l\]\(http:\/\/e\) # 1\. q\./);
  });
});
