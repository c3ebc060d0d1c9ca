// The agent's lines as our events: what the real program prints is understood, and nothing it may print ever throws.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../../../src/lib/agents/agent.ts';
import { parseClaudeLine } from '../../../../src/lib/agents/claude/parse.ts';

const fixtures = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'claude');
const runs = readdirSync(fixtures)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => [name.replace('.jsonl', '')] as const);

const parse = (line: unknown) => parseClaudeLine(JSON.stringify(line));

describe('what the real agent prints', () => {
  it.each(runs)('%s', async (name) => {
    const lines = readFileSync(join(fixtures, `${name}.jsonl`), 'utf8').split('\n');
    const events = lines.flatMap(parseClaudeLine).map((event) => JSON.stringify(event));
    await expect(`${events.join('\n')}\n`).toMatchFileSnapshot(join(fixtures, `${name}.events.txt`));
  });
});

describe('a tool', () => {
  const tool = (block: object, line = {}) =>
    parse({ type: 'assistant', message: { content: [{ type: 'tool_use', ...block }] }, ...line });

  it.each([
    ['a file it reads', { name: 'Read', input: { file_path: '/w/a' } }, '/w/a', null],
    ['a file it writes', { name: 'Write', input: { content: 'x', file_path: '/w/a' } }, '/w/a', '/w/a'],
    ['a notebook it edits', { name: 'NotebookEdit', input: { notebook_path: '/w/n' } }, '/w/n', '/w/n'],
    ['a prompt', { name: 'Agent', input: { prompt: 'do it' } }, 'do it', null],
    ['nothing we know', { name: 'Mystery', input: { depth: 4 } }, null, null],
    ['no input', { name: 'Mystery' }, null, null],
    ['a path that is none', { name: 'Write', input: { file_path: 5 } }, null, null],
  ])('works on %s', (_kind, block, target, writes) => {
    expect(tool({ id: 't1', ...block })).toEqual([{ type: 'tool', id: 't1', name: block.name, target, writes }]);
  });

  it.each([
    ['a command', { name: 'Bash', input: { description: 'Build', command: 'make' } }, 'make'],
    ["a tool of somebody's server", { name: 'mcp__files__move', input: { path: '/w/a' } }, '/w/a'],
  ])('may change files that are not named: %s', (_kind, block, target) => {
    const expected = { type: 'tool', id: 't1', name: block.name, target, writes: null, isOpaque: true };
    expect(tool({ id: 't1', ...block })).toEqual([expected]);
  });

  it('is named by its beginning, never by half a character', () => {
    const [event] = tool({ name: 'Bash', input: { command: `${'x'.repeat(199)}😀 and more` } });
    expect(event).toMatchObject({ target: `${'x'.repeat(199)}` });
  });

  it('of an agent that our agent started counts, its words do not', () => {
    const content = [
      { type: 'text', text: 'inner words' },
      { type: 'tool_use', id: 't', name: 'Bash', input: {} },
    ];
    const line = { type: 'assistant', message: { content }, parent_tool_use_id: 'toolu_1' };
    expect(parse(line).map(({ type }) => type)).toEqual(['tool']);
    expect(parse({ ...line, parent_tool_use_id: null }).map(({ type }) => type)).toEqual(['text', 'tool']);
  });
});

describe('a result', () => {
  const result = (line: object) => {
    const [event] = parse({ type: 'result', subtype: 'success', ...line });
    return event?.type === 'finished' ? event.result : null;
  };

  it.each([
    ['success', {}, null],
    ['a limit', { is_error: true, api_error_status: 429 }, 'limit'],
    ['a login that is not accepted', { is_error: true, api_error_status: 401 }, 'auth'],
    ['a right that is missing', { is_error: true, api_error_status: 403 }, 'auth'],
    ['a service with too much to do', { is_error: true, api_error_status: 529 }, 'overloaded'],
    ['a request that is wrong', { is_error: true, api_error_status: 400 }, 'agent'],
    ['a budget', { subtype: 'error_max_budget_usd', is_error: false }, 'budget'],
    ['an interruption', { subtype: 'error_during_execution', terminal_reason: 'aborted_streaming' }, 'interrupted'],
    ['anything else', { subtype: 'error_max_turns' }, 'agent'],
  ])('tells %s', (_kind, line, reason) => {
    expect(result(line)).toMatchObject({ isError: reason !== null, reason });
  });

  it('adds up what was read, and falls back to the errors for its text', () => {
    const usage = { input_tokens: 1, cache_creation_input_tokens: 20, cache_read_input_tokens: 300, output_tokens: 4 };
    expect(result({ usage, errors: ['one', 5, 'two'], total_cost_usd: 0.5, duration_ms: 7, session_id: 's' })).toEqual({
      isError: false,
      reason: null,
      text: 'one\ntwo',
      totalCostUsd: 0.5,
      usage: { input_tokens: 321, output_tokens: 4 },
      durationMs: 7,
      conversation: 's',
    });
    expect(result({ result: 'text', errors: 'no list' })).toMatchObject({
      text: 'text',
      usage: null,
      totalCostUsd: null,
    });
  });
});

describe('limits', () => {
  const wall = (resetsAt: unknown) =>
    parse({ type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt } });

  it('say when they end', () => {
    expect(wall(1795152920)).toEqual([
      { type: 'limit', status: 429, attempt: null, resetsAt: '2026-11-20T05:35:20.000Z', isWall: true },
    ]);
    expect(parse({ type: 'rate_limit_event', rate_limit_info: { status: 'allowed' } })).toEqual([]);
  });

  it('say which quota is used up', () => {
    const info = { status: 'rejected', resetsAt: 1795152920, rateLimitType: 'seven_day_opus' };
    expect(parse({ type: 'rate_limit_event', rate_limit_info: info })).toMatchObject([{ window: 'seven_day_opus' }]);
    expect(parse({ type: 'rate_limit_event', rate_limit_info: { ...info, rateLimitType: 7 } })[0]).not.toHaveProperty(
      'window',
    );
  });

  it.each([[1e300], [-1e17], ['soon'], [null]])('say nothing of an end at %s', (resetsAt) => {
    expect(wall(resetsAt)).toMatchObject([{ resetsAt: null }]);
  });
});

describe('any other line', () => {
  it.each([
    '',
    ' ',
    'plain text',
    '{"type":"assistant"',
    'null',
    '[]',
    '"text"',
    '{}',
    '{"type":"news_of_tomorrow","message":{"content":[{"type":"text","text":"x"}]}}',
    '{"type":"system","subtype":"status"}',
    '{"type":"command_lifecycle","state":"queued"}',
    '{"type":"user","message":{"content":"text"}}',
    '{"type":"stream_event","event":{"type":"content_block_delta"}}',
  ])('is passed over: %j', (line) => expect(parseClaudeLine(line)).toEqual([]));

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void expect(parseClaudeLine(text)).toEqual([])));
  });

  it('never throws, however its fields are filled', () => {
    const words = [
      ...['system', 'assistant', 'user', 'stream_event', 'rate_limit_event', 'result', 'init', 'api_retry', 'success'],
      ...['background_tasks_changed', 'message_start', 'message_delta', 'tool_use', 'tool_result', 'text', 'rejected'],
    ];
    const keys = [
      ...['type', 'subtype', 'message', 'content', 'event', 'usage', 'tasks', 'input', 'text', 'name', 'file_path'],
      ...['rate_limit_info', 'status', 'resetsAt', 'errors', 'result', 'is_error', 'api_error_status', 'description'],
    ];
    const { line } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4, depthIdentifier: 'line' },
        fc.constantFrom(...words),
        fc.constantFrom(null, true, 0, -1, 1e300, 529, ''),
        fc.array(tie('value'), { maxLength: 3, depthIdentifier: 'line' }),
        tie('line'),
      ),
      line: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5, depthIdentifier: 'line' }),
    }));
    const known = new Set<AgentEvent['type']>([
      'started',
      'text',
      'tool',
      'tool-ended',
      'usage',
      'background',
      'limit',
      'finished',
    ]);
    const topType = fc.constantFrom('system', 'assistant', 'user', 'stream_event', 'rate_limit_event', 'result');
    fc.assert(
      fc.property(topType, line, (type, fields) => {
        const events = parse({ ...(fields as object), type });
        expect(events.filter((event) => !known.has(event.type))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
