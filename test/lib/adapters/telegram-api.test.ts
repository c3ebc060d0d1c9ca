/** The Bot API port against the server on loopback: what is sent, and what each failure means. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { botIdOf, createTelegramApi, type TelegramApi } from '../../../src/lib/adapters/telegram-api.ts';
import { failureOf as judge } from '../../../src/lib/adapters/telegram-errors.ts';
import { type BotApiServer, type BotFault, startBotApiServer } from '../../../src/lib/demo/bot-api-server.ts';
import type { FailureReason, TelegramFailure } from '../../../src/lib/errors/telegram-failure.ts';
import { startHttpProxy } from '../../support/http-proxy.ts';

let server: BotApiServer;
let api: TelegramApi;

beforeEach(async () => {
  server = await startBotApiServer();
  api = createTelegramApi({ token: server.token, apiUrl: server.url });
});
afterEach(() => server.close());

async function failureOf(request: Promise<unknown>): Promise<TelegramFailure> {
  try {
    await request;
  } catch (error) {
    return error as TelegramFailure;
  }
  throw new Error('The request was expected to fail.');
}

const reasonOf = async (request: Promise<unknown>): Promise<FailureReason> => (await failureOf(request)).reason;
const hello = { chatId: '1', html: '<b>hi</b>' };

describe('a message', () => {
  it('is sent with format, topic, reply and without a sound', async () => {
    const { messageId } = await api.sendMessage({ ...hello, chatId: '-1001', threadId: 7, silent: true });
    const plain = await api.sendMessage({ chatId: '-1001', text: '<b>', replyTo: messageId });
    expect(server.messages('-1001')).toMatchObject([
      { messageId, text: 'hi', html: '<b>hi</b>', threadId: 7, replyTo: null },
      { messageId: plain.messageId, text: '<b>', html: null, threadId: null, replyTo: messageId },
    ]);
    expect(server.requests.map(({ params }) => params.disable_notification)).toEqual([true, undefined]);
  });

  it('goes without the reply where the message to answer is gone', async () => {
    await api.sendMessage({ ...hello, replyTo: 4711 });
    expect(server.messages('1')).toMatchObject([{ text: 'hi', replyTo: null }]);
  });

  it('is edited, also to the text it has, and deleted, also when it is gone', async () => {
    const { messageId } = await api.sendMessage(hello);
    await api.editMessage({ chatId: '1', messageId, text: 'two' });
    await api.editMessage({ chatId: '1', messageId, text: 'two' });
    expect(server.messages('1')).toMatchObject([{ text: 'two', edits: 1 }]);
    await api.deleteMessage({ chatId: '1', messageId });
    await api.deleteMessage({ chatId: '1', messageId });
    expect(server.messages('1')).toMatchObject([{ deleted: true }]);
  });

  it('can carry buttons', async () => {
    const markup = { inline_keyboard: [[{ text: 'Yes', callback_data: 'y' }]] };
    const { messageId } = await api.sendMessage({ ...hello, markup });
    expect(server.messages('1')).toMatchObject([{ messageId, markup }]);
  });
});

it('sends a document with its name, bytes and caption', async () => {
  const bytes = Buffer.from('# Answer\n中文');
  const { messageId } = await api.sendDocument({
    chatId: '1',
    name: 'answer.md',
    bytes,
    caption: { html: '<i>all</i>' },
  });
  const [message] = server.messages('1');
  expect(message).toMatchObject({ messageId, text: 'all', document: { name: 'answer.md' } });
  expect(message?.document?.bytes.toString()).toBe('# Answer\n中文');
});

it('knows who the bot is', async () => {
  expect(await api.getMe()).toEqual({ id: Number(api.botId), username: 'ccdispatch_bot' });
  expect(server.token.startsWith(`${api.botId}:`)).toBe(true);
});

describe('a failure says what may be done', () => {
  const withFault = (fault: BotFault) => {
    server.setFaults(() => fault);
    return reasonOf(api.sendMessage(hello));
  };

  it('when Telegram wants a pause', async () => {
    expect(await withFault({ kind: 'status', status: 429, retryAfter: 17 })).toEqual({
      kind: 'rate',
      retryAfterMs: 17_000,
    });
  });

  it('when it was certainly not done', async () => {
    for (const status of [500, 502, 503])
      expect(await withFault({ kind: 'status', status })).toEqual({ kind: 'refused' });
    expect(server.messages()).toEqual([]);
  });

  it('when it may have been done', async () => {
    expect(await withFault({ kind: 'drop-before' })).toEqual({ kind: 'ambiguous' });
    expect(await withFault({ kind: 'drop-after' })).toEqual({ kind: 'ambiguous' });
    expect(await withFault({ kind: 'html' })).toEqual({ kind: 'ambiguous' });
    expect(await withFault({ kind: 'status', status: 504 })).toEqual({ kind: 'ambiguous' });
    // Nothing of this was repeated behind our back.
    expect(server.requests).toHaveLength(4);
    expect(server.messages()).toHaveLength(1);
  });

  it('when no answer comes in time', async () => {
    server.setFaults(() => ({ kind: 'hang' }));
    const hasty = createTelegramApi({ token: server.token, apiUrl: server.url, timeoutMs: 50 });
    expect(await reasonOf(hasty.sendMessage(hello))).toEqual({ kind: 'ambiguous' });
  });

  it('when nobody is there', async () => {
    await server.close();
    expect(await reasonOf(api.sendMessage(hello))).toEqual({ kind: 'refused' });
    const noTls = createTelegramApi({ token: server.token, apiUrl: server.url.replace('http', 'https') });
    expect(await reasonOf(noTls.sendMessage(hello))).toEqual({ kind: 'refused' });
  });

  it('when the way there is missing, by the codes of the system and of TLS', () => {
    const kindOf = (fields: object) =>
      judge(new TypeError('fetch failed', { cause: Object.assign(new Error('x'), fields) }), 't').reason.kind;
    const before = [
      'ENOTFOUND',
      'EAI_AGAIN',
      'UND_ERR_CONNECT_TIMEOUT',
      'CERT_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
    ];
    for (const code of before) expect(kindOf({ code })).toBe('refused');
    expect(kindOf({ code: 'ETIMEDOUT', syscall: 'connect' })).toBe('refused');
    expect(kindOf({ errors: [Object.assign(new Error('x'), { code: 'ENETUNREACH', syscall: 'connect' })] })).toBe(
      'refused',
    );
    for (const code of ['ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
      expect(kindOf({ code })).toBe('ambiguous');
  });

  it('when the token is wrong', async () => {
    const other = createTelegramApi({ token: '1:wrong_token_wrong_token', apiUrl: server.url });
    expect(await reasonOf(other.sendMessage(hello))).toEqual({ kind: 'token' });
    const gone = createTelegramApi({ token: '1:short', apiUrl: server.url });
    expect(await reasonOf(gone.sendMessage(hello))).toEqual({ kind: 'token' });
  });

  it('when the chat, topic or message is not there', async () => {
    server.setChat('2', 'blocked');
    server.setChat('3', 'not-found');
    server.setChat('-1004', 'no-threads');
    server.setChat('-5', { migrateTo: '-1005' });
    expect(await reasonOf(api.sendMessage({ ...hello, chatId: '2' }))).toEqual({ kind: 'blocked' });
    expect(await reasonOf(api.sendMessage({ ...hello, chatId: '3' }))).toEqual({ kind: 'blocked' });
    expect(await reasonOf(api.sendMessage({ ...hello, chatId: '-1004', threadId: 9 }))).toEqual({
      kind: 'thread-gone',
    });
    expect(await reasonOf(api.sendMessage({ ...hello, chatId: '-5' }))).toEqual({ kind: 'migrated', chatId: '-1005' });
    expect(await reasonOf(api.editMessage({ chatId: '1', messageId: 99, text: 'x' }))).toEqual({ kind: 'gone' });
  });

  it('when the request itself is wrong', async () => {
    expect(await reasonOf(api.sendMessage({ chatId: '1', html: '<b>' }))).toEqual({ kind: 'unparsable' });
    expect(await reasonOf(api.sendMessage({ chatId: '1', text: 'x'.repeat(4097) }))).toEqual({ kind: 'rejected' });
  });

  const spelled: [string, number, FailureReason['kind']][] = [
    ['Bad Request: message to be replied not found', 400, 'reply-gone'],
    ['Bad Request: replied message not found', 400, 'reply-gone'],
    ['Bad Request: TOPIC_CLOSED', 400, 'thread-gone'],
    ["Bad Request: message can't be edited", 400, 'gone'],
    ['Bad Request: not enough rights to send text messages to the chat', 400, 'blocked'],
    ['Forbidden: bot was kicked from the supergroup chat', 403, 'blocked'],
    ['Bad Request: BUTTON_DATA_INVALID', 400, 'rejected'],
    ['Not Found', 404, 'token'],
  ];
  it.each(spelled)('in Telegram’s words: %s', async (description, status, kind) => {
    expect(await withFault({ kind: 'status', status, description })).toEqual({ kind });
  });
});

describe('a gateway in between', () => {
  let gateway: Server;
  let answer: { status: number; location?: string };
  const through = () => {
    const apiUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    return reasonOf(createTelegramApi({ token: server.token, apiUrl }).sendMessage(hello));
  };

  beforeEach(async () => {
    gateway = createServer((request, response) => {
      request.resume();
      const location = answer.location === undefined ? {} : { location: answer.location + request.url };
      response.writeHead(answer.status, { 'content-type': 'text/html', ...location }).end('<html>no</html>');
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => gateway.close(resolve).closeAllConnections()));

  it('answers with a page of its own', async () => {
    const expected = {
      502: 'refused',
      504: 'ambiguous',
      403: 'refused',
      404: 'refused',
      413: 'rejected',
      429: 'rate',
    } as const;
    for (const [status, kind] of Object.entries(expected)) {
      answer = { status: Number(status) };
      expect((await through()).kind).toBe(kind);
    }
  });

  it('gets no second request where it sends us elsewhere with the token', async () => {
    answer = { status: 307, location: server.url };
    expect(await through()).toEqual({ kind: 'refused' });
    expect(server.requests).toEqual([]);
  });
});

describe('the token', () => {
  it('is in no error, whatever fails', async () => {
    const secret = server.token.split(':')[1] as string;
    server.setFaults(() => ({ kind: 'drop-before' }));
    const failures = [
      await failureOf(api.sendMessage(hello)),
      await failureOf(createTelegramApi({ token: server.token, apiUrl: 'not a url' }).sendMessage(hello)),
      await failureOf(createTelegramApi({ token: server.token, apiUrl: 'http://127.0.0.1:1' }).sendMessage(hello)),
    ];
    server.setFaults(() => ({ kind: 'status', status: 400, description: `Bad Request: /bot${server.token}/x` }));
    failures.push(await failureOf(api.sendMessage(hello)));
    expect(failures.map((failure) => failure.reason.kind)).toEqual(['ambiguous', 'refused', 'refused', 'rejected']);
    for (const failure of failures) expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  it('names its bot, and is refused where it cannot be one', () => {
    expect(botIdOf('123:ABC_def-9')).toBe('123');
    for (const text of ['', '123', 'abc:def', '12 3:abc', '123:a b', '123:a/b']) {
      expect(botIdOf(text)).toBeNull();
      expect(() => createTelegramApi({ token: text })).toThrow(/wrong form/);
    }
  });
});

describe('an HTTP proxy', () => {
  const target = () => server.url.replace('http://', '');

  it('is gone through for every request', async () => {
    const proxy = await startHttpProxy();
    const viaProxy = createTelegramApi({ token: server.token, apiUrl: server.url, proxy: proxy.url });
    await viaProxy.sendMessage(hello);
    await viaProxy.sendDocument({ chatId: '1', name: 'a.md', bytes: Buffer.from('a') });
    expect(new Set(proxy.tunnels)).toEqual(new Set([target()]));
    expect(server.messages('1')).toHaveLength(2);
    await proxy.close();
    // Not around it, either.
    expect(await reasonOf(viaProxy.sendMessage(hello))).not.toBeNull();
    expect(server.messages('1')).toHaveLength(2);
  });

  it('gets user and password from its address', async () => {
    const proxy = await startHttpProxy({ credentials: 'ada:s3cret/x' });
    const address = proxy.url.replace('http://', 'http://ada:s3cret%2Fx@');
    await createTelegramApi({ token: server.token, apiUrl: server.url, proxy: address }).sendMessage(hello);
    expect(server.messages('1')).toHaveLength(1);
    await proxy.close();
  });

  it('that refuses, or is not there, has certainly sent nothing', async () => {
    const proxy = await startHttpProxy({ refuse: 403 });
    const refused = createTelegramApi({ token: server.token, apiUrl: server.url, proxy: proxy.url });
    const failure = await failureOf(refused.sendMessage(hello));
    expect(failure.reason).toEqual({ kind: 'refused' });
    expect(proxy.tunnels).toEqual([target()]);
    await proxy.close();
    const absent = createTelegramApi({ token: server.token, apiUrl: server.url, proxy: proxy.url });
    expect(await reasonOf(absent.sendMessage(hello))).toEqual({ kind: 'refused' });
  });

  it('leaves a dropped answer ambiguous', async () => {
    const proxy = await startHttpProxy();
    server.setFaults(() => ({ kind: 'drop-after' }));
    const viaProxy = createTelegramApi({ token: server.token, apiUrl: server.url, proxy: proxy.url });
    expect(await reasonOf(viaProxy.sendMessage(hello))).toEqual({ kind: 'ambiguous' });
    await proxy.close();
  });
});
