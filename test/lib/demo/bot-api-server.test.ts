/** The Bot API server's rules, as the library's client and plain HTTP meet them. */
import { Api, InputFile } from 'node-telegram-bot-api';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type BotApiServer, startBotApiServer } from '../../../src/lib/demo/bot-api-server.ts';

let server: BotApiServer;
let api: Api;

beforeEach(async () => {
  server = await startBotApiServer();
  api = new Api(server.token, { apiRoot: server.url, maxRetries: 0 });
});

afterEach(() => server.close());

function refused(status: number, description: string) {
  return expect.objectContaining({ errorCode: status, description: expect.stringContaining(description) });
}

async function refusalOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => 'answered',
    (error: unknown) => error,
  );
}

async function call(method: string, body: unknown, token = server.token): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/bot${token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { http: response.status, ...((await response.json()) as object) };
}

describe('who may call', () => {
  test('the bot knows itself by the number before the colon of its token', async () => {
    expect(await api.getMe()).toMatchObject({ id: 7000000001, is_bot: true, username: 'ccdispatch_bot' });
  });

  test('another token is 401, a malformed one and an unknown method are 404', async () => {
    expect(await call('getMe', {}, '1:AAAAAAAAAAAAAAAAAAAA')).toEqual({
      http: 401,
      ok: false,
      error_code: 401,
      description: 'Unauthorized',
    });
    expect(await call('getMe', {}, 'nonsense')).toMatchObject({ http: 404, ok: false });
    expect(await call('makeCoffee', {})).toMatchObject({ http: 404, ok: false });
    expect(server.requests).toEqual([]);
  });

  test('JSON, form and query parameters mean the same, method names in any case', async () => {
    await call('SendMessage', { chat_id: 5, text: 'json', message_thread_id: 3 });
    await api.sendMessage({ chat_id: 5, text: 'form', message_thread_id: 3 });
    await fetch(`${server.url}/bot${server.token}/sendMessage?chat_id=5&text=query&message_thread_id=3`);
    expect(server.messages(5)).toMatchObject(
      ['json', 'form', 'query'].map((text) => ({ chatId: '5', text, threadId: 3, replyTo: null })),
    );
    expect(server.requests.map(({ method, params }) => [method, params.chat_id, params.message_thread_id])).toEqual([
      ['SendMessage', '5', 3],
      ['sendMessage', '5', 3],
      ['sendMessage', '5', 3],
    ]);
  });
});

describe('sending', () => {
  test('HTML becomes a plain text with entities; what was sent is kept', async () => {
    const html = '  <b>Hi</b> &lt;you&gt;';
    const message = await api.sendMessage({ chat_id: 5, text: html, parse_mode: 'HTML' });
    expect(message).toMatchObject({
      text: 'Hi <you>',
      entities: [{ type: 'bold', offset: 0, length: 2 }],
      chat: { id: 5, type: 'private' },
    });
    expect(server.messages('5')).toMatchObject([
      { messageId: message.message_id, text: 'Hi <you>', html, edits: 0, deleted: false, history: ['Hi <you>'] },
    ]);
  });

  test.each([
    ['', 'message text is empty'],
    [' \n ', 'message text is empty'],
    ['<b></b>', 'message text is empty'],
    ['x'.repeat(4097), 'message is too long'],
    ['a < b', "can't parse entities"],
  ])('refuses the text %j', async (text, description) => {
    const answer = await refusalOf(api.sendMessage({ chat_id: 5, text, parse_mode: 'HTML' }));
    expect(answer).toEqual(refused(400, `Bad Request: ${description}`));
    expect(server.messages()).toEqual([]);
  });

  test('counts the text after parsing: 4096 characters in long HTML are fine', async () => {
    const text = `<b>${'&lt;'.repeat(4096)}</b>`;
    expect((await api.sendMessage({ chat_id: 5, text, parse_mode: 'HTML' })).text).toHaveLength(4096);
  });

  test('callback data has 1 to 64 bytes, not characters', async () => {
    const send = (data: string) =>
      api.sendMessage({
        chat_id: 5,
        text: 'ok?',
        reply_markup: { inline_keyboard: [[{ text: 'Yes', callback_data: data }]] },
      });
    await send('x'.repeat(64));
    expect(await refusalOf(send('停'.repeat(22)))).toEqual(refused(400, 'BUTTON_DATA_INVALID'));
    expect(await refusalOf(send(''))).toEqual(refused(400, 'BUTTON_DATA_INVALID'));
    const textOnly = await call('sendMessage', {
      chat_id: 5,
      text: 'x',
      reply_markup: { inline_keyboard: [[{ text: 'Yes' }]] },
    });
    expect(textOnly).toMatchObject({ http: 400, description: expect.stringContaining('Text buttons are unallowed') });
    expect(server.messages()[0]?.markup).toEqual({
      inline_keyboard: [[{ text: 'Yes', callback_data: 'x'.repeat(64) }]],
    });
  });

  test('replies need their message, unless the sender allows to go without', async () => {
    server.pushText(5, 'do it', { messageId: 42 });
    const reply = (message_id: number, allow: boolean) =>
      api.sendMessage({
        chat_id: 5,
        text: 'done',
        reply_parameters: { message_id, allow_sending_without_reply: allow },
      });
    await reply(42, false);
    await reply(43_000, true);
    expect(await refusalOf(reply(43_000, false))).toEqual(refused(400, 'message to be replied not found'));
    expect(server.messages().map(({ replyTo }) => replyTo)).toEqual([42, null]);
  });

  test.each([
    ['not-found', 400, 'chat not found'],
    ['blocked', 403, 'Forbidden: bot was blocked by the user'],
    ['no-threads', 400, 'message thread not found'],
  ] as const)('a chat that is %s refuses with %i', async (state, status, description) => {
    server.setChat(5, state);
    const answer = await refusalOf(api.sendMessage({ chat_id: 5, text: 'x', message_thread_id: 7 }));
    expect(answer).toEqual(refused(status, description));
    server.setChat(5, 'ok');
    expect(await api.sendMessage({ chat_id: 5, text: 'x', message_thread_id: 7 })).toMatchObject({
      message_thread_id: 7,
    });
  });

  test('a migrated group tells its new id', async () => {
    server.setChat(-5, { migrateTo: '-1001234567890' });
    const answer = await refusalOf(api.sendMessage({ chat_id: -5, text: 'x' }));
    expect(answer).toMatchObject({ errorCode: 400, migrateToChatId: -1001234567890 });
  });

  test('a chat id that is no number is not found', async () => {
    expect(await refusalOf(api.sendMessage({ chat_id: '../x', text: 'x' }))).toEqual(refused(400, 'chat not found'));
    expect(await call('sendMessage', { text: 'x' })).toMatchObject({ description: 'Bad Request: chat_id is empty' });
  });
});

describe('changing', () => {
  test('edits are counted and remembered; the same again is refused', async () => {
    const { message_id } = await api.sendMessage({ chat_id: 5, text: 'one' });
    await api.editMessageText({ chat_id: 5, message_id, text: '<i>two</i>', parse_mode: 'HTML' });
    const again = api.editMessageText({ chat_id: 5, message_id, text: '<i>two</i>', parse_mode: 'HTML' });
    expect(await refusalOf(again)).toEqual(refused(400, 'message is not modified'));
    const long = api.editMessageText({ chat_id: 5, message_id, text: 'x'.repeat(4097) });
    expect(await refusalOf(long)).toEqual(refused(400, 'MESSAGE_TOO_LONG'));
    expect(server.messages()).toMatchObject([{ text: 'two', edits: 1, history: ['one', 'two'] }]);
  });

  test('an edit without markup takes the buttons away; editMessageReplyMarkup leaves the text', async () => {
    const reply_markup = { inline_keyboard: [[{ text: 'Stop', callback_data: 's' }]] };
    const { message_id } = await api.sendMessage({ chat_id: 5, text: 'one', reply_markup });
    await api.editMessageText({ chat_id: 5, message_id, text: 'one' });
    expect(server.messages()).toMatchObject([{ markup: null, history: ['one'] }]);
    await api.editMessageReplyMarkup({ chat_id: 5, message_id, reply_markup });
    expect(server.messages()).toMatchObject([{ text: 'one', markup: reply_markup }]);
  });

  test('what is not there cannot be edited or deleted; what is not ours cannot be edited', async () => {
    const { message_id } = await api.sendMessage({ chat_id: 5, text: 'one' });
    await api.deleteMessage({ chat_id: 5, message_id });
    const edit = (id: number) => refusalOf(api.editMessageText({ chat_id: 5, message_id: id, text: 'two' }));
    expect(await edit(message_id)).toEqual(refused(400, 'message to edit not found'));
    expect(await refusalOf(api.deleteMessage({ chat_id: 5, message_id }))).toEqual(
      refused(400, 'message to delete not found'),
    );
    server.pushText(5, 'mine', { messageId: 99 });
    expect(await edit(99)).toEqual(refused(400, "message can't be edited"));
    expect(server.messages()).toMatchObject([{ deleted: true }]);
  });

  test('what a person wrote can be deleted, once, and in private chats alone', async () => {
    server.pushText(5, 'mine', { messageId: 98 });
    server.pushText(-5, 'ours', { messageId: 99 });
    const remove = (chat_id: number, message_id: number) => api.deleteMessage({ chat_id, message_id });
    expect(await remove(5, 98)).toBe(true);
    expect(await refusalOf(remove(5, 98))).toEqual(refused(400, 'message to delete not found'));
    expect(await refusalOf(remove(-5, 99))).toEqual(refused(400, "message can't be deleted"));
  });

  test('listeners hear of each change, with the message as it was then', async () => {
    const heard: string[] = [];
    const end = server.onChange(({ kind, message }) => heard.push(`${kind} ${message.text}`));
    const { message_id } = await api.sendMessage({ chat_id: 5, text: 'one' });
    await api.editMessageText({ chat_id: 5, message_id, text: 'two' });
    await api.deleteMessage({ chat_id: 5, message_id });
    end();
    await api.sendMessage({ chat_id: 5, text: 'unheard' });
    expect(heard).toEqual(['sent one', 'edited two', 'deleted two']);
  });
});

describe('files', () => {
  test('a document arrives with its bytes, its caption and its reply', async () => {
    const bytes = Buffer.from([0, 1, 2, 255, 13, 10]);
    const document = new InputFile(bytes, { filename: 'out 结果.bin' });
    const caption = '<b>All</b> of it';
    const message = await api.sendDocument({ chat_id: 5, document, caption, parse_mode: 'HTML' });
    expect(message).toMatchObject({ caption: 'All of it', document: { file_name: 'out 结果.bin', file_size: 6 } });
    expect(server.messages()).toMatchObject([
      { text: 'All of it', html: caption, document: { name: 'out 结果.bin', bytes } },
    ]);
  });

  test('captions end at 1024 characters, files are not empty, photos come as sizes', async () => {
    const photo = () => new InputFile(Buffer.from('png'), { filename: 'a.png' });
    const long = api.sendPhoto({ chat_id: 5, photo: photo(), caption: 'x'.repeat(1025) });
    expect(await refusalOf(long)).toEqual(refused(400, 'message caption is too long'));
    const empty = api.sendDocument({ chat_id: 5, document: new InputFile(Buffer.alloc(0), { filename: 'a' }) });
    expect(await refusalOf(empty)).toEqual(refused(400, 'file must be non-empty'));
    expect(await api.sendPhoto({ chat_id: 5, photo: photo() })).toMatchObject({ photo: [{ file_size: 3 }] });
    const unknown = api.sendDocument({ chat_id: 5, document: 'no-such-id' });
    expect(await refusalOf(unknown)).toEqual(refused(400, 'wrong file_id'));
  });

  test('what a person sent can be downloaded, by the token only', async () => {
    const file_id = server.addFile('voice.ogg', Buffer.from('sound'));
    const { file_path } = await api.getFile({ file_id });
    const get = (token: string) => fetch(`${server.url}/file/bot${token}/${file_path}`);
    expect(await (await get(server.token)).text()).toBe('sound');
    expect((await get('1:AAAAAAAAAAAAAAAAAAAA')).status).toBe(401);
    expect((await fetch(`${server.url}/file/bot${server.token}/documents/none`)).status).toBe(404);
    const large = server.addFile('large', Buffer.alloc(20 * 1024 * 1024 + 1));
    expect(await refusalOf(api.getFile({ file_id: large }))).toEqual(refused(400, 'file is too big'));
  });
});

describe('small methods', () => {
  test('commands are checked, and kept by language', async () => {
    const command = (name: string) => ({ command: name, description: 'Shows tasks' });
    await api.setMyCommands({ commands: [command('tasks')], language_code: 'zh' });
    expect(await api.getMyCommands({ language_code: 'zh' })).toEqual([command('tasks')]);
    expect(await api.getMyCommands({})).toEqual([]);
    expect(await refusalOf(api.setMyCommands({ commands: [command('任务')] }))).toEqual(
      refused(400, 'BOT_COMMAND_INVALID'),
    );
    const many = api.setMyCommands({ commands: Array.from({ length: 101 }, (_, n) => command(`c${n}`)) });
    expect(await refusalOf(many)).toEqual(refused(400, 'BOT_COMMANDS_TOO_MUCH'));
  });

  test('chat actions, chats and members', async () => {
    expect(await api.sendChatAction({ chat_id: 5, action: 'typing' })).toBe(true);
    expect(await call('sendChatAction', { chat_id: 5, action: 'dancing' })).toMatchObject({ http: 400 });
    expect(await api.getChat({ chat_id: -1001234567890 })).toMatchObject({ type: 'supergroup' });
    expect(await api.getChatMember({ chat_id: -5, user_id: 7 })).toMatchObject({ status: 'member', user: { id: 7 } });
  });

  test('a button press can be answered; an unknown one is too old', async () => {
    const { message_id } = await api.sendMessage({ chat_id: 5, text: 'ok?' });
    server.pushCallback(5, message_id, 'yes', { id: 8, language_code: 'zh-hans' });
    const [update] = await api.getUpdates({});
    const query = update !== undefined && 'callback_query' in update ? update.callback_query : undefined;
    expect(query).toMatchObject({ data: 'yes', from: { id: 8 }, message: { message_id, text: 'ok?' } });
    const id = String(query?.id);
    expect(await api.answerCallbackQuery({ callback_query_id: id, text: 'x'.repeat(200) })).toBe(true);
    const long = api.answerCallbackQuery({ callback_query_id: id, text: 'x'.repeat(201) });
    expect(await refusalOf(long)).toEqual(refused(400, 'MESSAGE_TOO_LONG'));
    expect(await refusalOf(api.answerCallbackQuery({ callback_query_id: 'old' }))).toEqual(
      refused(400, 'query is too old'),
    );
  });
});

describe('faults', () => {
  const send = (text: string) => refusalOf(api.sendMessage({ chat_id: 5, text }));

  test('a 429 says how long to wait, and nothing is sent', async () => {
    server.setFaults((method, { chat_id }) =>
      method === 'sendMessage' && chat_id === '5' ? { kind: 'status', status: 429, retryAfter: 3 } : null,
    );
    expect(await send('x')).toMatchObject({ errorCode: 429, retryAfter: 3 });
    expect(await api.getMe()).toMatchObject({ is_bot: true });
    server.setFaults(null);
    await send('y');
    expect(server.messages().map(({ text }) => text)).toEqual(['y']);
    expect(server.requests.map(({ fault }) => fault?.kind ?? null)).toEqual(['status', null, null]);
  });

  test('a 502 is no answer of Telegram', async () => {
    server.setFaults(() => ({ kind: 'status', status: 502 }));
    expect(await send('x')).toMatchObject({ errorCode: 502, description: 'Bad Gateway' });
  });

  test('dropped before: not sent; dropped after: sent, and the sender cannot know', async () => {
    server.setFaults((_, { text }) => ({ kind: text === 'before' ? 'drop-before' : 'drop-after' }));
    expect(await send('before')).toMatchObject({ code: 'EFETCH' });
    expect(await send('after')).toMatchObject({ code: 'EFETCH' });
    expect(server.messages().map(({ text }) => text)).toEqual(['after']);
  });

  test('a foreign page with status 200', async () => {
    server.setFaults(() => ({ kind: 'html' }));
    expect(await send('x')).toMatchObject({ code: 'EPARSE' });
    expect(server.messages()).toEqual([]);
  });

  test('a slow answer comes, and is sent also for a client that gave up', async () => {
    server.setFaults(() => ({ kind: 'slow', ms: 20 }));
    expect(await send('waited')).toBe('answered');
    server.setFaults(() => ({ kind: 'slow', ms: 60_000 }));
    const impatient = new Api(server.token, { apiRoot: server.url, maxRetries: 0, timeoutMs: 50 });
    expect(await refusalOf(impatient.sendMessage({ chat_id: 5, text: 'left' }))).toMatchObject({ code: 'ETIMEOUT' });
    await vi.waitFor(() => expect(server.messages()).toMatchObject([{ text: 'waited' }, { text: 'left' }]), 20_000);
  });

  test('a hanging answer ends when the server closes', async () => {
    server.setFaults(() => ({ kind: 'hang' }));
    const answer = send('x');
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), 20_000);
    await server.close();
    expect(await answer).toMatchObject({ code: 'EFETCH' });
    expect(server.messages()).toEqual([]);
  });
});
