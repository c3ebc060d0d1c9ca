/** Telegram's updates in our own words: what counts as a message, whose it is, where, and whether it is meant for the bot. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IncomingMessage } from '../../../src/lib/telegram/incoming.ts';
import { privateChatOf, readUpdate } from '../../../src/lib/telegram/read-update.ts';

const reader = { botId: '700', botName: 'Our_bot', receivedAt: 1_763_600_999_000 };
const read = (update: object) => readUpdate({ update_id: 5, ...update }, reader);

const ada = { id: 42, is_bot: false, first_name: 'Ada', last_name: 'L', username: 'ada', language_code: 'zh-hans' };
const us = { id: 700, is_bot: true, first_name: 'ccdispatch', username: 'our_bot' };
const home = { id: 42, type: 'private', first_name: 'Ada' };
const group = { id: -1001, type: 'supergroup', title: 'Team' };
const plain = { message_id: 9, from: ada, chat: home, date: 1_763_600_000 };

function message(fields: object): IncomingMessage {
  const found = read({ message: { ...plain, ...fields } });
  if (found?.kind !== 'message') throw new Error(`${found?.kind} instead of a message`);
  return found;
}
const kindOf = (fields: object) => read({ message: { ...plain, ...fields } })?.kind ?? null;

describe('a message', () => {
  it('has all that the rest of the bot needs', () => {
    expect(message({ text: 'make a calculator' })).toMatchInlineSnapshot(`
      {
        "albumId": null,
        "chat": {
          "id": "42",
          "kind": "private",
          "title": null,
        },
        "files": [],
        "from": {
          "id": "42",
          "isPerson": true,
          "languageCode": "zh-hans",
          "name": "Ada L",
          "username": "ada",
        },
        "isAddressed": true,
        "isForwarded": false,
        "kind": "message",
        "messageId": 9,
        "partMessageIds": [],
        "partOf": [],
        "replyTo": null,
        "sentAt": 1763600000000,
        "text": "make a calculator",
        "threadId": null,
        "updateId": 5,
      }
    `);
  });

  it.each([
    ['of the greatest length', '长'.repeat(4096)],
    ['of emoji alone', '👩‍💻🎉🏳️‍🌈'],
    ['with a NUL', 'a\0b'],
    ['written from right to left', '\u202egnp.exe\u202c'],
    ['with half a character', 'a\ud83d'],
    ['of white space', ' \n '],
  ])('%s keeps its text', (_kind, text) => {
    expect(message({ text }).text).toBe(text);
    expect(message({ caption: text, photo: [{ file_id: 'p', width: 1, height: 1 }] }).text).toBe(text);
  });

  it('without text or files asks nothing', () => {
    for (const fields of [
      {},
      { text: '' },
      { sticker: { file_id: 's' } },
      { new_chat_members: [ada] },
      { left_chat_member: us },
      { pinned_message: { ...plain, text: 'x' } },
      { forum_topic_created: { name: 'x' } },
      { of_a_later_version: { text: 'x' } },
    ])
      expect(kindOf(fields)).toBe('nothing');
  });

  it('of a kind of chat that we do not know asks nothing', () => {
    for (const type of ['hologram', 'constructor'])
      expect(kindOf({ text: 'x', chat: { id: 1, type } })).toBe('nothing');
  });

  it('says whether it was forwarded', () => {
    expect(message({ text: 'x', forward_origin: { type: 'hidden_user' } }).isForwarded).toBe(true);
    expect(message({ text: 'x', forward_date: 1 }).isForwarded).toBe(true);
  });

  it('is broken without its number, chat or update', () => {
    for (const fields of [{ message_id: 'x' }, { chat: undefined }, { chat: { id: 0, type: 'private' } }, { chat: [] }])
      expect(kindOf({ text: 'x', ...fields })).toBeNull();
    for (const raw of [null, [], 'x', 7, {}, { update_id: '5', message: { ...plain, text: 'x' } }])
      expect(readUpdate(raw, reader)).toBeNull();
    expect(read({ message: null })).toBeNull();
  });
});

describe('other updates', () => {
  it('ask nothing: edits in groups, channels’ posts, reactions, and kinds of later versions', () => {
    const text = { ...plain, text: '/cancel' };
    for (const update of [
      { edited_message: { ...text, chat: { id: -5, type: 'group' } } },
      { edited_message: { ...plain, sticker: {} } },
      { edited_message: null },
      { channel_post: { ...text, chat: { id: -2, type: 'channel' } } },
      { message_reaction: { chat: home } },
      { telepathy: text },
      {},
    ])
      expect(read(update)).toEqual({ kind: 'nothing', updateId: 5 });
  });

  it('that edit a message of a private chat name the message, its new text, and when that was', () => {
    const edited = {
      ...plain,
      text: 'new',
      chat: { id: 5, type: 'private' },
      message_id: 41,
      edit_date: 1_763_600_100,
    };
    expect(read({ edited_message: edited })).toEqual({
      kind: 'edit',
      updateId: 5,
      chat: { id: '5', kind: 'private', title: null },
      threadId: null,
      from: expect.objectContaining({ isPerson: true }),
      sentAt: 1_763_600_100_000,
      messageId: 41,
      text: 'new',
    });
  });

  it.each([
    [{ message: { chat: { id: 5, type: 'private' } } }, '5'],
    [{ edited_message: { chat: { id: 5, type: 'private' } } }, '5'],
    [{ callback_query: { message: { chat: { id: 5, type: 'private' } } } }, null],
    [{ message: { chat: { id: -5, type: 'group' } } }, null],
    [{ message: 'private' }, null],
    [null, null],
  ])('of %j belong to the private chat %j', (update, chatId) => expect(privateChatOf(update)).toBe(chatId));

  it('move a group to its new id, from either side', () => {
    const moved = { kind: 'migration', updateId: 5, fromChatId: '-7', toChatId: '-1007' };
    const old = { id: -7, type: 'group', title: 'Team' };
    expect(read({ message: { ...plain, chat: old, migrate_to_chat_id: -1007 } })).toEqual(moved);
    expect(read({ message: { ...plain, chat: { ...group, id: -1007 }, migrate_from_chat_id: -7 } })).toEqual(moved);
  });
});

describe('a press', () => {
  const query = { id: 'q1', from: ada, data: 'c:1', chat_instance: 'i', message: { ...plain, chat: group, from: us } };

  it('has its button’s data, message and chat; its time is that of its coming', () => {
    expect(read({ callback_query: query })).toMatchObject({
      kind: 'press',
      pressId: 'q1',
      data: 'c:1',
      messageId: 9,
      chat: { id: '-1001', kind: 'group' },
      from: { id: '42', isPerson: true },
      threadId: null,
      sentAt: reader.receivedAt,
    });
  });

  it('knows its topic, and its message when that is too old to be shown', () => {
    const inTopic = { ...query.message, message_thread_id: 7, is_topic_message: true };
    expect(read({ callback_query: { ...query, message: inTopic } })).toMatchObject({ threadId: 7 });
    const old = { chat: group, message_id: 9, date: 0 };
    expect(read({ callback_query: { ...query, message: old } })).toMatchObject({ kind: 'press', messageId: 9 });
  });

  it('of no button of ours asks nothing', () => {
    for (const fields of [
      { message: undefined, inline_message_id: 'x' },
      { data: undefined, game_short_name: 'x' },
    ])
      expect(read({ callback_query: { ...query, ...fields } })).toEqual({ kind: 'nothing', updateId: 5 });
    expect(read({ callback_query: { ...query, id: undefined } })).toBeNull();
  });
});

describe('the sender', () => {
  const isPerson = (fields: object) => message({ text: 'x', ...fields }).from.isPerson;

  it.each([
    ['a bot', { from: { ...ada, is_bot: true } }],
    ['an anonymous admin', { chat: group, from: { id: 1087968824, first_name: 'Group' }, sender_chat: group }],
    ['an anonymous admin without his group', { chat: group, from: { id: 1087968824, first_name: 'Group' } }],
    ['a channel', { chat: group, from: { id: 136817688, first_name: 'Channel' } }],
    ['a person who speaks as a channel', { chat: group, sender_chat: { id: -5, type: 'channel', title: 'News' } }],
    ['Telegram', { from: { id: 777000, first_name: 'Telegram' } }],
    ['a linked channel’s post', { chat: group, is_automatic_forward: true }],
    ['a post in a channel', { chat: { id: -5, type: 'channel' } }],
    ['nobody', { from: undefined }],
    ['something broken', { from: { id: 'x' } }],
  ])('is no person: %s', (_who, fields) => expect(isPerson(fields)).toBe(false));

  it('has a name in one line, whatever is known of him', () => {
    const nameOf = (from: object) => message({ text: 'x', from: { id: 42, is_bot: false, ...from } }).from.name;
    expect(nameOf({ first_name: 'A\n\u202eda', last_name: 'L' })).toBe('A da L');
    expect(nameOf({ first_name: '\u200e', username: 'ada' })).toBe('ada');
    expect(nameOf({})).toBe('42');
    expect(message({ text: 'x', from: undefined, sender_chat: { id: -5, title: 'News' } }).from).toMatchObject({
      id: '-5',
      name: 'News',
    });
  });
});

describe('the topic', () => {
  const threadOf = (fields: object) => message({ text: 'x', chat: group, ...fields }).threadId;

  it('is one only where Telegram says so, and never the general one', () => {
    expect(threadOf({ message_thread_id: 7, is_topic_message: true })).toBe(7);
    expect(threadOf({ message_thread_id: 7 })).toBeNull();
    expect(threadOf({ message_thread_id: 1, is_topic_message: true })).toBeNull();
    expect(message({ text: 'x', message_thread_id: 7, is_topic_message: true }).threadId).toBe(7);
  });

  it('is not what a message in it answers', () => {
    const topic = { message_thread_id: 7, is_topic_message: true };
    const start = { message_id: 7, from: us, chat: group, date: 1, forum_topic_created: { name: 'x' } };
    const inTopic = message({ text: 'x', chat: group, ...topic, reply_to_message: start });
    expect([inTopic.replyTo, inTopic.isAddressed]).toEqual([null, false]);
    const { forum_topic_created: _, ...unnamed } = start;
    expect(message({ text: 'x', chat: group, ...topic, reply_to_message: unnamed }).replyTo).toBeNull();
  });
});

describe('in a group, what is meant for the bot', () => {
  const isAddressed = (fields: object) => message({ chat: group, ...fields }).isAddressed;
  const mention = (offset: number, length = 8) => [{ type: 'mention', offset, length }];

  it.each([
    ['a command', { text: '/status' }],
    ['a command with our name', { text: '/cad@OUR_BOT make it' }],
    ['a command as caption', { caption: '/cad look', document: { file_id: 'd' } }],
    ['a mention', { text: 'hi @our_bot!', entities: mention(3) }],
    ['a mention in other letters', { text: 'hi @OUR_bot', entities: mention(3) }],
    ['a mention after an emoji', { text: '🎉🎉 @our_bot', entities: mention(5) }],
    ['a mention in a caption', { caption: '@our_bot', caption_entities: mention(0), voice: { file_id: 'v' } }],
    [
      'a mention without a user name',
      { text: 'you', entities: [{ type: 'text_mention', offset: 0, length: 3, user: us }] },
    ],
    ['an answer to the bot', { text: 'go on', reply_to_message: { ...plain, message_id: 3, from: us, text: 'done' } }],
  ])('is %s', (_kind, fields) => expect(isAddressed(fields)).toBe(true));

  it.each([
    ['plain talk', { text: 'hello' }],
    ['another bot’s command', { text: '/status@other_bot' }],
    ['a path', { text: '/etc/hosts is broken' }],
    ['a command in the middle', { text: 'type /status' }],
    ['a mention of somebody else', { text: 'hi @our_bot2', entities: mention(3, 9) }],
    ['our name without a mention', { text: 'mail me: x@our_bot' }],
    ['a mention that lies', { text: 'hi', entities: mention(3) }],
    ['a mention of another kind of message', { text: 'x @our_bot', caption_entities: mention(2) }],
    ['an answer to somebody else', { text: 'x', reply_to_message: { ...plain, message_id: 3 } }],
    ['an answer to a message nobody can see', { text: 'x', reply_to_message: { message_id: 3, chat: group, date: 0 } }],
    ['entities that are none', { text: 'x', entities: [null, 7, { type: 'mention', offset: 'x', length: {} }] }],
  ])('is not %s', (_kind, fields) => expect(isAddressed(fields)).toBe(false));

  it('is an answer with the words that it answers', () => {
    const replied = { ...plain, message_id: 3, from: us, caption: 'the file' };
    const expected = { messageId: 3, isOurs: true, text: 'the file' };
    expect(message({ text: 'x', chat: group, reply_to_message: replied }).replyTo).toEqual(expected);
  });
});

describe('files', () => {
  it('are a photo in its largest size, whatever the order', () => {
    const photo = [
      { file_id: 'm', width: 320, height: 200, file_size: 2 },
      { file_id: 'l', width: 1280, height: 800, file_size: 3 },
      { file_id: 's', width: 90, height: 50, file_size: 1 },
    ];
    expect(message({ photo, media_group_id: 'g' })).toMatchObject({
      albumId: 'g',
      text: '',
      files: [{ fileId: 'l', kind: 'photo', name: null, mimeType: 'image/jpeg', size: 3 }],
    });
  });

  it.each([
    ['document', 'document'],
    ['voice', 'voice'],
    ['audio', 'audio'],
    ['video', 'video'],
    ['video_note', 'video'],
  ])('are a %s', (field, kind) => {
    const file = { file_id: 'f', file_name: '../x.txt', mime_type: 'text/plain', file_size: 3 };
    expect(message({ [field]: file }).files).toEqual([
      { fileId: 'f', kind, name: '../x.txt', mimeType: 'text/plain', size: 3 },
    ]);
    expect(message({ [field]: { file_id: 'f' } }).files).toEqual([
      { fileId: 'f', kind, name: null, mimeType: null, size: null },
    ]);
  });

  it('that have no id are none', () => {
    expect(kindOf({ document: { file_name: 'x' }, photo: [{ width: 1 }, null], voice: [] })).toBe('nothing');
  });
});

describe('whatever comes', () => {
  it('is read without an error', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (raw) => {
        expect([null, 'nothing']).toContain(readUpdate(raw, reader)?.kind ?? null);
        expect([null, 'nothing']).toContain(readUpdate({ update_id: 1, message: raw }, reader)?.kind ?? null);
        expect([null, 'nothing']).toContain(readUpdate({ update_id: 1, callback_query: raw }, reader)?.kind ?? null);
      }),
    );
  });

  it('is read without an error where a single field is not what it should be', () => {
    const whole = {
      update_id: 5,
      message: {
        ...plain,
        chat: group,
        text: 'hi @our_bot',
        entities: [{ type: 'mention', offset: 3, length: 8 }],
        photo: [{ file_id: 'l', width: 2, height: 2 }],
        reply_to_message: { ...plain, from: us },
      },
      callback_query: { id: 'q', from: ada, data: 'x', message: { ...plain } },
    };
    const paths = pathsOf(whole);
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), fc.boolean(), (path, value, isPress) => {
        const changed = structuredClone(isPress ? { ...whole, message: undefined } : whole);
        if (!setAt(changed, path, value)) return;
        const found = readUpdate(changed, reader);
        if (found?.kind !== 'message') return;
        expect([typeof found.text, typeof found.from.id, typeof found.chat.id]).toEqual(['string', 'string', 'string']);
        expect(found.from.name).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });
});

/** The way to every value in a tree. */
function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))].filter(
    (found) => found.length > 0,
  );
}

function setAt(root: unknown, path: string[], value: unknown): boolean {
  const folder = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], root);
  if (typeof folder !== 'object' || folder === null) return false;
  (folder as Record<string, unknown>)[path.at(-1) as string] = value;
  return true;
}
