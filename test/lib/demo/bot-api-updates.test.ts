/** How updates wait, are confirmed and are refused to a second receiver. */
import { Api } from 'node-telegram-bot-api';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type BotApiServer, startBotApiServer } from '../../../src/lib/demo/bot-api-server.ts';

let server: BotApiServer;
let api: Api;

beforeEach(async () => {
  server = await startBotApiServer();
  api = new Api(server.token, { apiRoot: server.url, maxRetries: 0 });
});

afterEach(() => server.close());

async function textsFrom(params: Parameters<Api['getUpdates']>[0]): Promise<unknown[]> {
  return (await api.getUpdates(params)).map((update) => ('message' in update ? update.message?.text : undefined));
}

function untilPolling(count: number): Promise<void> {
  return vi.waitFor(() => expect(server.requests).toHaveLength(count), 20_000);
}

test('updates stay until an offset above them comes', async () => {
  const first = server.pushText(5, 'one');
  expect(server.pushText(5, 'two')).toBe(first + 1);
  expect(await textsFrom({})).toEqual(['one', 'two']);
  expect(await textsFrom({ limit: 1 })).toEqual(['one']);
  expect(await textsFrom({ offset: first + 1 })).toEqual(['two']);
  expect(await textsFrom({})).toEqual(['two']);
  expect(await textsFrom({ offset: first + 2 })).toEqual([]);
  expect(await textsFrom({})).toEqual([]);
});

test('a negative offset keeps the newest only', async () => {
  for (const text of ['one', 'two', 'three']) server.pushText(5, text);
  expect(await textsFrom({ offset: -2 })).toEqual(['two', 'three']);
  expect(await textsFrom({})).toEqual(['two', 'three']);
});

test('a long poll is answered as soon as something comes', async () => {
  const polled = textsFrom({ timeout: 50 });
  await untilPolling(1);
  server.pushText(5, 'now');
  expect(await polled).toEqual(['now']);
});

test('a long poll without updates ends empty', async () => {
  expect(await textsFrom({ timeout: 1 })).toEqual([]);
});

test('a second poller sends the first one away with 409', async () => {
  const first = api.getUpdates({ timeout: 50 }).catch((error: unknown) => error);
  await untilPolling(1);
  const second = textsFrom({ timeout: 50 });
  expect(await first).toMatchObject({ errorCode: 409, description: expect.stringContaining('other getUpdates') });
  server.pushText(5, 'for the second');
  expect(await second).toEqual(['for the second']);
});

test('a poller that left is no conflict, and loses nothing', async () => {
  const controller = new AbortController();
  const left = api.getUpdates({ timeout: 50 }, controller.signal).catch(() => 'left');
  await untilPolling(1);
  controller.abort();
  expect(await left).toBe('left');
  const next = textsFrom({ timeout: 50 });
  await untilPolling(2);
  server.pushText(5, 'kept');
  expect(await next).toEqual(['kept']);
});

test('a webhook makes polling a 409 until it is deleted; the updates stay', async () => {
  server.pushText(5, 'before');
  await api.setWebhook({ url: 'https://example.org/hook' });
  expect(await api.getWebhookInfo()).toMatchObject({ url: 'https://example.org/hook', pending_update_count: 1 });
  await expect(api.getUpdates({})).rejects.toMatchObject({
    errorCode: 409,
    description: expect.stringContaining('webhook is active'),
  });
  await api.deleteWebhook({});
  expect(await textsFrom({})).toEqual(['before']);
  await api.deleteWebhook({ drop_pending_updates: true });
  expect(await textsFrom({})).toEqual([]);
});

test('allowed_updates sticks until another list comes', async () => {
  await api.getUpdates({ allowed_updates: ['message'] });
  server.pushCallback(5, 1, 'lost');
  expect(await api.getUpdates({})).toEqual([]);
  await api.getUpdates({ allowed_updates: ['message', 'callback_query'] });
  server.pushCallback(5, 1, 'seen');
  expect(await api.getUpdates({})).toMatchObject([{ callback_query: { data: 'seen', message: { date: 0 } } }]);
});

test('a text is a whole message: person, chat, topic, command and reply', async () => {
  const { message_id } = await api.sendMessage({ chat_id: -1005, text: 'hello' });
  server.pushText(-1005, '/tasks@ccdispatch_bot all', { from: 8, threadId: 3, replyTo: message_id });
  const [update] = await api.getUpdates({});
  expect(update).toMatchObject({
    message: {
      from: { id: 8, is_bot: false },
      chat: { id: -1005, type: 'supergroup' },
      message_thread_id: 3,
      is_topic_message: true,
      entities: [{ type: 'bot_command', offset: 0, length: 21 }],
      reply_to_message: { message_id, text: 'hello', from: { is_bot: true } },
      message_id: message_id + 1,
    },
  });
});

test('any other kind of update can be queued, with an id of its own', async () => {
  const id = server.pushUpdate({ update_id: 1_000_000_000, edited_message: { message_id: 1 } });
  expect(id).toBe(1_000_000_000);
  expect(server.pushText(5, 'next')).toBe(1_000_000_001);
  expect((await api.getUpdates({})).map((update) => update.update_id)).toEqual([id, id + 1]);
});
