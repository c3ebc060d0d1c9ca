/** The receiving side of the Bot API port against the server on loopback: updates, files, and the small answers to people. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createTelegramApi, type TelegramApi } from '../../../src/lib/adapters/telegram-api.ts';
import { type BotApiServer, startBotApiServer } from '../../../src/lib/demo/bot-api-server.ts';
import type { TelegramFailure } from '../../../src/lib/errors/telegram-failure.ts';
import { startHttpProxy } from '../../support/http-proxy.ts';

let server: BotApiServer;
let api: TelegramApi;

beforeEach(async () => {
  server = await startBotApiServer();
  api = createTelegramApi({ token: server.token, apiUrl: server.url });
});
afterEach(() => server.close());

const failureOf = (request: Promise<unknown>) =>
  request.then(
    () => expect.unreachable('The request was expected to fail.'),
    (error: TelegramFailure) => error,
  );
const reasonOf = async (request: Promise<unknown>) => (await failureOf(request)).reason;
const kinds = ['message', 'callback_query'];
const now = { offset: null, timeoutSeconds: 0, kinds };

describe('updates', () => {
  it('come oldest first, again and again until an offset confirms them', async () => {
    const ids = ['a', 'b', 'c'].map((text) => server.pushText('1', text));
    const seen = async (offset: number | null) =>
      (await api.getUpdates({ ...now, offset })).map(({ update_id }) => update_id);
    expect(await seen(null)).toEqual(ids);
    expect(await seen(null)).toEqual(ids);
    expect(await seen((ids[1] as number) + 1)).toEqual([ids[2]]);
    expect((await api.getUpdates({ ...now, limit: 1 })).length).toBe(1);
  });

  it('are waited for, always of the kinds that are named', async () => {
    const waiting = api.getUpdates({ ...now, timeoutSeconds: 20 });
    setTimeout(() => server.pushText('1', 'late'), 30);
    expect(await waiting).toMatchObject([{ message: { text: 'late' } }]);
    expect(server.requests.map(({ params }) => params)).toEqual([{ timeout: 20, allowed_updates: kinds }]);
  });

  it('are no longer waited for when the caller leaves', async () => {
    const leave = new AbortController();
    const waiting = api.getUpdates({ ...now, timeoutSeconds: 50 }, leave.signal);
    setTimeout(() => leave.abort(), 30);
    expect((await failureOf(waiting)).name).toBe('TelegramFailure');
    await expect(api.getUpdates(now, leave.signal)).rejects.toThrow();
  });

  it('are refused while another process polls, or a webhook is set, until it is deleted', async () => {
    const first = reasonOf(api.getUpdates({ ...now, timeoutSeconds: 20 }));
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await api.getUpdates(now);
    expect(await first).toEqual({ kind: 'conflict' });
    server.pushText('1', 'kept');
    await fetch(`${server.url}/bot${server.token}/setWebhook?url=https://example.org`);
    expect(await reasonOf(api.getUpdates(now))).toEqual({ kind: 'conflict' });
    await api.deleteWebhook();
    await api.deleteWebhook();
    expect(await api.getUpdates(now)).toMatchObject([{ message: { text: 'kept' } }]);
  });

  it('fail in the port’s own words', async () => {
    const gone = createTelegramApi({ token: '1:short', apiUrl: server.url });
    expect(await reasonOf(gone.getUpdates(now))).toEqual({ kind: 'token' });
    server.setFaults(() => ({ kind: 'html' }));
    expect(await reasonOf(api.getUpdates(now))).toEqual({ kind: 'ambiguous' });
    server.setFaults(() => ({ kind: 'hang' }));
    const hasty = createTelegramApi({ token: server.token, apiUrl: server.url, timeoutMs: 50 });
    expect(await reasonOf(hasty.getUpdates(now))).toEqual({ kind: 'ambiguous' });
  });

  it('are updates, or the answer was somebody else’s', async () => {
    const odd = createServer((request, response) => {
      request.resume();
      response.setHeader('content-type', 'application/json').end('{"ok":true,"result":{"status":"up"}}');
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void odd.close().closeAllConnections());
    const apiUrl = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    expect(await reasonOf(createTelegramApi({ token: server.token, apiUrl }).getUpdates(now))).toEqual({
      kind: 'ambiguous',
    });
  });
});

describe('a file', () => {
  it('is found and fetched by its id', async () => {
    const bytes = Buffer.from([0, 1, 2, 255, 254]);
    const fileId = server.addFile('odd ?#.bin', bytes);
    expect(await api.getFile(fileId)).toMatchObject({ size: 5 });
    expect(Buffer.from(await api.downloadFile({ fileId, maxBytes: 5 }))).toEqual(bytes);
  });

  it('comes through the proxy', async () => {
    const proxy = await startHttpProxy();
    onTestFinished(() => proxy.close());
    const viaProxy = createTelegramApi({ token: server.token, apiUrl: server.url, proxy: proxy.url });
    const fileId = server.addFile('a.txt', Buffer.from('a'));
    expect(Buffer.from(await viaProxy.downloadFile({ fileId, maxBytes: 10 })).toString()).toBe('a');
    expect(proxy.tunnels.length).toBeGreaterThan(0);
  });

  it('is refused beyond the size that is wanted, and with an unknown id', async () => {
    const fileId = server.addFile('a.txt', Buffer.alloc(11));
    expect(await reasonOf(api.downloadFile({ fileId, maxBytes: 10 }))).toEqual({ kind: 'rejected' });
    expect(await reasonOf(api.getFile('nothing'))).toEqual({ kind: 'rejected' });
  });

  /** A Telegram whose `getFile` names a path, and whose files answer with a status and, for 200, endless bytes. */
  async function fetchFrom(path: string, status: number) {
    const odd = createServer((request, response) => {
      request.resume();
      response.on('error', () => {});
      if (request.url?.includes('/file/')) {
        response.writeHead(status, { 'content-type': 'application/json' });
        if (status === 200) setInterval(() => response.write(Buffer.alloc(5000)), 2).unref();
        else response.end('{"ok":false}');
        return;
      }
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ok: true, result: { file_id: 'f', file_unique_id: 'u', file_path: path } }));
    });
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void odd.close().closeAllConnections());
    const apiUrl = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`;
    const other = createTelegramApi({ token: server.token, apiUrl });
    return await failureOf(other.downloadFile({ fileId: 'f', maxBytes: 10_000 }));
  }

  it.each([
    [404, 'gone'],
    [401, 'token'],
    [429, 'rate'],
    [500, 'refused'],
    [200, 'rejected'],
  ] as const)('that is answered with %s is %s', async (status, kind) => {
    const failure = await fetchFrom('photos/a.jpg', status);
    expect(failure.reason.kind).toBe(kind);
    expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(server.token.split(':')[1]);
  });

  it.each(['../getMe', 'a/../../x', '/etc/passwd', ''])('is not fetched from the path "%s"', async (path) => {
    expect((await fetchFrom(path, 200)).reason).toEqual({ kind: 'gone' });
  });
});

describe('a person', () => {
  it('gets an answer to a press, unless it is too late', async () => {
    const { messageId } = await api.sendMessage({ chatId: '1', text: 'press' });
    server.pushCallback('1', messageId, 'x');
    const [update] = (await api.getUpdates(now)) as unknown as [{ callback_query: { id: string } }];
    const pressId = update.callback_query.id;
    expect(await api.answerCallbackQuery({ pressId, text: 'done', isAlert: true })).toBe(true);
    expect(await api.answerCallbackQuery({ pressId: 'old' })).toBe(false);
    expect(await reasonOf(api.answerCallbackQuery({ pressId, text: 'x'.repeat(201) }))).toEqual({ kind: 'rejected' });
    expect(server.requests.at(-3)?.params).toEqual({ callback_query_id: pressId, text: 'done', show_alert: true });
  });

  it('sees that the bot is at work, in the right topic', async () => {
    await api.sendChatAction({ chatId: '-1001', threadId: 7, action: 'typing' });
    expect(server.requests.at(-1)?.params).toEqual({ chat_id: '-1001', message_thread_id: 7, action: 'typing' });
  });

  it('sees other buttons, the same again, or none', async () => {
    const markup = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] };
    const { messageId } = await api.sendMessage({ chatId: '1', text: 'hi' });
    const shown = () => server.messages('1')[0]?.markup;
    await api.editReplyMarkup({ chatId: '1', messageId, markup });
    await api.editReplyMarkup({ chatId: '1', messageId, markup });
    expect(shown()).toEqual(markup);
    await api.editReplyMarkup({ chatId: '1', messageId, markup: null });
    expect(shown()).toBeNull();
    await api.editMessage({ chatId: '1', messageId, text: 'two', markup });
    expect(shown()).toEqual(markup);
    expect(await reasonOf(api.editReplyMarkup({ chatId: '1', messageId: 99, markup }))).toEqual({ kind: 'gone' });
  });

  it('finds the commands in the menu of his language', async () => {
    const commands = [{ command: 'cad', description: 'run a task' }];
    await api.setMyCommands({ commands, scope: 'private', languageCode: 'zh' });
    await api.setMyCommands({ commands, scope: { chatId: '5' } });
    await api.setMyCommands({ commands, scope: 'groups' });
    expect(server.requests.map(({ params }) => [params.scope, params.language_code])).toEqual([
      [{ type: 'all_private_chats' }, 'zh'],
      [{ type: 'chat', chat_id: '5' }, undefined],
      [{ type: 'all_group_chats' }, undefined],
    ]);
  });
});
