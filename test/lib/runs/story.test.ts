// An agent's doings as lines for people: short, and unable to steer the terminal they are shown on.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Agent, AgentEvent } from '../../../src/lib/agents/agent.ts';
import { parseClaudeLine } from '../../../src/lib/agents/claude/parse.ts';
import { createCustomAgent } from '../../../src/lib/agents/custom.ts';
import { renderEvent, renderOutput } from '../../../src/lib/runs/story.ts';
import { aResult } from './run-views.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'claude');
const tell = (event: AgentEvent) => renderEvent(event, '/w');

describe('what the real agent did reads', () => {
  it.each(
    readdirSync(fixtures)
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => [name.replace('.jsonl', '')]),
  )('%s', async (name) => {
    const events = readFileSync(join(fixtures, `${name}.jsonl`), 'utf8')
      .split('\n')
      .flatMap(parseClaudeLine);
    const story = events.flatMap((event) => renderEvent(event, '/home/user/project'));
    await expect(`${story.join('\n')}\n`).toMatchFileSnapshot(join(fixtures, `${name}.story.txt`));
  });
});

describe('an event', () => {
  it.each<[AgentEvent, string[]]>([
    [{ type: 'text', text: 'one\r\ntwo\u001b[2J\u202e' }, ['one', 'two[2J']],
    [{ type: 'tool', id: 't', name: 'Write', target: '/w/a\nb.txt', writes: null }, ['▸ Write a b.txt']],
    [{ type: 'tool', id: 't', name: 'Mystery', target: null, writes: null }, ['▸ Mystery']],
    [{ type: 'tool-ended', id: 't', isError: true }, ['  ✗ that failed']],
    [{ type: 'tool-ended', id: 't', isError: false }, []],
    [{ type: 'background', tasks: [{ id: 'b', description: 'the\nbuild' }] }, ['… in the background: the build']],
    [{ type: 'background', tasks: [] }, []],
    [
      { type: 'limit', status: 529, attempt: 2, resetsAt: null, isWall: false },
      ['… the service answered 529; attempt 2'],
    ],
    [
      { type: 'limit', status: null, attempt: null, resetsAt: null, isWall: true },
      ['… the service answered with a limit'],
    ],
    [{ type: 'finished', result: aResult() }, []],
    [{ type: 'finished', result: aResult({ isError: true, text: 'API\nError' }) }, ['✗ API Error']],
    [
      { type: 'finished', result: aResult({ isError: true, text: '', reason: 'auth' }) },
      ['✗ the agent is not logged in'],
    ],
    [{ type: 'finished', result: aResult({ isError: true, text: '' }) }, ['✗ failed']],
    [{ type: 'started', conversation: 'c', model: 'm' }, []],
    [{ type: 'usage', input: 1, output: 1, cacheRead: 1, cacheWrite: 1 }, []],
  ])('%j', (event, lines) => expect(tell(event)).toEqual(lines));

  it.each<[AgentEvent, string[]]>([
    [{ type: 'tool-ended', id: 't', isError: true }, ['  ✗ 这一步失败了']],
    [{ type: 'background', tasks: [{ id: 'b', description: 'make' }] }, ['… 后台运行：make']],
    [{ type: 'limit', status: 529, attempt: 2, resetsAt: null, isWall: false }, ['… 服务返回 529；第 2 次尝试']],
    [{ type: 'limit', status: null, attempt: null, resetsAt: null, isWall: true }, ['… 服务返回用量限制']],
    [{ type: 'finished', result: aResult({ isError: true, text: '', reason: 'auth' }) }, ['✗ 智能体尚未登录']],
    [{ type: 'finished', result: aResult({ isError: true, text: '' }) }, ['✗ 失败']],
  ])('in Chinese: %j', (event, lines) => expect(renderEvent(event, '/w', 'zh')).toEqual(lines));

  it('with a long target is one line of bearable length', () => {
    const [line] = tell({ type: 'tool', id: 't', name: 'Bash', target: '😀'.repeat(300), writes: null });
    expect(line?.length).toBeLessThan(180);
    expect(line).toMatch(/^▸ Bash (😀)+…$/u);
  });

  it('never steers a terminal, in any of its words', () => {
    const evil = '\u001b[2J\u202e\u0007';
    const events: AgentEvent[] = [
      { type: 'text', text: evil },
      { type: 'tool', id: 't', name: `Bash${evil}`, target: evil, writes: null },
      { type: 'background', tasks: [{ id: 'b', description: evil }] },
      { type: 'finished', result: aResult({ isError: true, text: evil }) },
    ];
    expect(events.flatMap(tell).join('')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  });
});

describe('a line of output', () => {
  const claude = { canResume: true, parseLine: parseClaudeLine } as Agent;
  const echo = createCustomAgent('echo', { command: ['echo'], env: {} });
  const line = '{"type":"assistant","message":{"content":[{"type":"text","text":"Hello"}]}}';

  it('of an agent that has events is told by them, any other as it is, but harmless', () => {
    expect(renderOutput(claude, line, '/w')).toEqual(['Hello']);
    expect(renderOutput(claude, 'no event', '/w')).toEqual([]);
    expect(renderOutput(echo, line, '/w')).toEqual([line]);
    expect(renderOutput(null, 'a\u001b[2Jb', '/w')).toEqual(['a[2Jb']);
  });
});
