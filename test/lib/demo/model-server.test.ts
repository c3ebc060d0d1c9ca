/** The model server over plain HTTP, and the scripts by themselves. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseModelRequest } from '../../../src/lib/demo/model-request.ts';
import { writeFileScript } from '../../../src/lib/demo/model-script.ts';
import { type ModelRequest, type ModelServer, startModelServer } from '../../../src/lib/demo/model-server.ts';
import { scriptByPrompt } from '../../support/prompt-script.ts';

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer();
});

afterEach(() => server.close());

const TOOLS = [{ name: 'Write' }];

function ask(body: object, path = '/v1/messages'): Promise<Response> {
  const whole = { model: 'm', max_tokens: 1000, tools: TOOLS, messages: [{ role: 'user', content: 'hi' }], ...body };
  return fetch(server.url + path, { method: 'POST', body: JSON.stringify(whole) });
}

function requestWith(messages: unknown, rest: object = {}): ModelRequest {
  const body = { model: 'm', max_tokens: 1000, tools: TOOLS, messages, ...rest };
  return parseModelRequest('/v1/messages', {}, Buffer.from(JSON.stringify(body)), 0);
}

describe('over HTTP', () => {
  test('answers with one JSON message without stream', async () => {
    server.setScript(() => ({
      text: 'hello',
      toolUses: [{ name: 'Write', input: { a: 1 } }],
      usage: { input_tokens: 7 },
    }));
    expect(await (await ask({})).json()).toMatchObject({
      role: 'assistant',
      content: [
        { type: 'text', text: 'hello' },
        { type: 'tool_use', name: 'Write', input: { a: 1 } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 7, output_tokens: 20 },
    });
  });

  test('streams the same message as events, whole characters in each piece', async () => {
    const text = '😀'.repeat(50);
    server.setScript(() => ({ text, chunkDelayMs: 1 }));
    const events = (await (await ask({ stream: true })).text())
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as { type: string; delta?: { text?: string; stop_reason?: string } });
    const pieces = events.flatMap((event) => event.delta?.text ?? []);
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.filter((piece) => /\p{Surrogate}/u.test(piece))).toEqual([]);
    expect(events[0]?.type).toBe('message_start');
    expect(events.at(-2)?.delta?.stop_reason).toBe('end_turn');
    expect(events.at(-1)?.type).toBe('message_stop');
  });

  test('counts tokens, is there for a HEAD request, and knows no other path', async () => {
    expect(await (await ask({}, '/v1/messages/count_tokens')).json()).toEqual({ input_tokens: expect.any(Number) });
    expect(server.requests[0]?.isSideRequest).toBe(true);
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200);
    const unknown = await ask({}, '/v1/other');
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
  });

  test.each([
    [401, 'authentication_error'],
    [429, 'rate_limit_error'],
    [529, 'overloaded_error'],
    [500, 'api_error'],
  ])('refuses with %i as %s, with the headers of the script', async (status, type) => {
    server.setScript(() => ({ status, message: 'no', headers: { 'retry-after': '9' } }));
    const response = await ask({});
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('9');
    expect(await response.json()).toEqual({ type: 'error', error: { type, message: 'no' } });
  });

  test('drops the connection when told to', async () => {
    server.setScript(() => ({ drop: true }));
    await expect(ask({})).rejects.toThrow('fetch failed');
  });

  test('closing cuts an answer that hangs', async () => {
    server.setScript(() => ({ hang: true }));
    const asked = ask({}).then(
      () => 'answered',
      () => 'cut',
    );
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), { timeout: 20_000 });
    await server.close();
    expect(await asked).toBe('cut');
  });

  test('a script that throws is a 500', async () => {
    server.setScript(() => {
      throw new Error('broken script');
    });
    const response = await ask({});
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('broken script');
  });

  test('side requests never reach the script', async () => {
    server.setScript(() => ({ text: 'from the script' }));
    const quota = await (await ask({ max_tokens: 1 })).text();
    const title = await (await ask({ tools: [], output_config: { format: { type: 'json_schema' } } })).text();
    expect(quota + title).not.toContain('from the script');
    expect(title).toContain('title');
    expect(server.requests.map((request) => request.isSideRequest)).toEqual([true, true]);
  });
});

describe('what a request says', () => {
  const reminder = { type: 'text', text: '<system-reminder>\nbe kind\n</system-reminder>\n' };
  const result = { type: 'tool_result', tool_use_id: 'a', content: 'ok' };

  test('the prompt is the last user text, without reminders; results after it are counted', () => {
    const request = requestWith([
      { role: 'user', content: [reminder, { type: 'text', text: 'first\n' }] },
      { role: 'assistant', content: 'done' },
      { role: 'user', content: [{ type: 'text', text: 'second' }] },
      { role: 'user', content: [result, reminder] },
      { role: 'user', content: [result, result] },
    ]);
    expect(request).toMatchObject({ sessionText: 'second', toolResults: 3, isSideRequest: false });
  });

  test('a line that follows a tool result in one message starts a new turn', () => {
    const request = requestWith([
      { role: 'user', content: 'first' },
      { role: 'user', content: [result, { type: 'text', text: 'continue' }] },
    ]);
    expect(request).toMatchObject({ sessionText: 'continue', toolResults: 0 });
  });

  test('two lines of one turn are both there; a summary before them is not', () => {
    const lines = ['This session is being continued from a previous conversation…', 'one', 'two'];
    const request = requestWith([{ role: 'user', content: lines.map((text) => ({ type: 'text', text })) }]);
    expect(request.sessionText).toBe('one\ntwo');
  });

  test('the working folder is the last one that the agent names', () => {
    const request = requestWith([
      { role: 'user', content: 'x' },
      { role: 'system', content: '# Environment\n - Primary working directory: /a b/c\n - Platform: linux' },
    ]);
    expect(request.cwd).toBe('/a b/c');
    expect(requestWith([], { system: 'Working directory: /old' }).cwd).toBe('/old');
    expect(requestWith([]).cwd).toBeNull();
  });

  test('a body that is no JSON is an empty request', () => {
    const request = parseModelRequest('/v1/messages', { authorization: 'Bearer k' }, Buffer.from('{'), 5);
    expect(request).toMatchObject({ body: {}, sessionText: '', toolResults: 0, apiKey: 'k', at: 5 });
  });
});

describe('scripts', () => {
  const at = (sessionText: string, toolResults: number) => ({
    ...requestWith([]),
    sessionText,
    toolResults,
    cwd: '/w',
  });
  const call = { name: 'Read', input: {} };

  test('a step with two calls is over after two results, and the last text repeats', async () => {
    const script = scriptByPrompt([
      { match: /^go/g, steps: [{ toolUses: [call, call] }, { toolUses: [call] }, { text: 'end' }] },
    ]);
    const steps = await Promise.all([0, 1, 2, 3, 9].map((results) => script(at('go', results))));
    expect(steps.map((step) => ('toolUses' in step ? step.toolUses?.length : step))).toEqual([
      2,
      2,
      1,
      { text: 'end' },
      { text: 'end' },
    ]);
  });

  test('the first rule that matches wins, else the fallback', () => {
    const rules = [
      { match: 'a', steps: [{ text: '1' }] },
      { match: /a|b/, steps: ({ sessionText }: ModelRequest) => [{ text: sessionText }] },
    ];
    const script = scriptByPrompt(rules, () => ({ hang: true }));
    expect([script(at('a', 0)), script(at('b', 0)), script(at('c', 0))]).toEqual([
      { text: '1' },
      { text: 'b' },
      { hang: true },
    ]);
  });

  test('writeFileScript names an absolute path, and needs to know the folder', () => {
    const script = writeFileScript();
    expect(script(at('please write notes/a.txt: x: y\nz', 0))).toMatchObject({
      toolUses: [{ name: 'Write', input: { file_path: '/w/notes/a.txt', content: 'x: y\nz' } }],
    });
    expect(script(at('写 b.txt：你好', 1))).toMatchObject({ text: expect.stringContaining('b.txt') });
    expect(script({ ...at('write a.txt: x', 0), cwd: null })).not.toHaveProperty('toolUses');
    expect(script(at('how are you', 0))).toEqual({ text: 'You said: how are you' });
  });
});
