// What is asked for is checked as a whole: every fault is named, by the option's own name, and nothing odd gets further.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOf, maxPromptBytes, parseBatch, parseRequest } from '../../../src/lib/submit/request.ts';

const faults = (value: unknown) => {
  const result = faultsOf(value, 0);
  return 'faults' in result ? result.faults : [];
};
const taken = (fields: object) => parseRequest({ prompt: 'p', ...fields }, 0);

describe('what is taken', () => {
  it.each<[object, object]>([
    [{ group: '-1001234567890' }, { group: '-1001234567890' }],
    [{ group: 123 }, { group: '123' }],
    [{ name: '  two\n words\u202e ' }, { name: 'two words' }],
    [{ name: 'a/b' }, { name: 'a/b' }],
    [{ session: 'task--100-5' }, { session: 'task--100-5' }],
    [{ thread: '7' }, { thread: 7 }],
    [{ priority: 'high' }, { priority: 8 }],
    [{ priority: 'low' }, { priority: 2 }],
    [{ priority: '0' }, { priority: 0 }],
    [{ priority: 9 }, { priority: 9 }],
    [{ timeout: '90s' }, { timeout: 90_000 }],
    [{ timeout: 1.5 }, { timeout: 1500 }],
    [{ maxBudgetUsd: '2.50' }, { maxBudgetUsd: 2.5 }],
    [{ allowedTools: 'Read, Bash(git:*),,' }, { allowedTools: ['Read', 'Bash(git:*)'] }],
    [{ allowedTools: ['mcp__server__tool', ' '] }, { allowedTools: ['mcp__server__tool'] }],
    [
      { model: 'claude-opus-5-5[1m]', effort: 'high' },
      { model: 'claude-opus-5-5[1m]', effort: 'high' },
    ],
    [
      { permissionMode: 'plan', yolo: true, hold: false },
      { permissionMode: 'plan', yolo: true, hold: false },
    ],
  ])('%j becomes %j', (given, expected) => expect(taken(given)).toEqual({ prompt: 'p', ...expected }));

  it('is any prompt, as it is', () => {
    const odd = ['\u0000\u001b\u202e', '😀', '--model x', '$(id)', ' p ', 'x'.repeat(5_000_000), 'é'.repeat(5_242_880)];
    for (const prompt of odd) expect(taken({ prompt }).prompt).toBe(prompt);
  });

  it('is a name cut between characters', () => {
    expect(taken({ name: `${'x'.repeat(79)}😀` }).name).toBe(`${'x'.repeat(79)}…`);
    expect(taken({ name: '😀'.repeat(40) }).name).toBe('😀'.repeat(40));
  });
});

describe('what is refused', () => {
  it.each<[object, string]>([
    [{ prompt: '' }, 'prompt: must not be empty'],
    [{ prompt: ' \n\t' }, 'prompt: must not be empty'],
    [{ prompt: 'x'.repeat(maxPromptBytes + 1) }, 'prompt: must not be longer than 10 MB'],
    [{ prompt: '計'.repeat(3_600_000) }, 'prompt: must not be longer than 10 MB'],
    [{ group: '../etc' }, 'group: must be a chat id'],
    [{ group: '12 3' }, 'group: must be a chat id'],
    [{ group: '' }, 'group: must be a chat id'],
    [{ group: 1.5 }, 'group: must be a chat id'],
    [{ name: '\u202e\u0000 ' }, 'name: must hold at least one visible character'],
    [{ workdir: '' }, 'workdir: must not be empty'],
    [{ session: '../../x' }, 'session: must be the id'],
    [{ session: '--dangerously-skip-permissions' }, 'session: must be the id'],
    [{ thread: 0 }, 'thread: must be the number'],
    [{ thread: 'seven' }, 'thread: must be the number'],
    [{ model: '--yolo' }, 'model: must be the name'],
    [{ model: 'two words' }, 'model: must be the name'],
    [{ model: 'a\u0000b' }, 'model: must be the name'],
    [{ effort: '--x' }, 'effort: must be a level'],
    [{ permissionMode: 'bypassPermissions' }, 'permission-mode: '],
    [{ allowedTools: ['--dangerously-skip-permissions'] }, 'allowed-tools: must be names of tools'],
    [{ allowedTools: 'Read, -x' }, 'allowed-tools: must be names of tools'],
    [{ allowedTools: ['Read\u0000'] }, 'allowed-tools: must be names of tools'],
    [{ allowedTools: 5 }, 'allowed-tools: must be a list of tools'],
    [{ maxBudgetUsd: 'much' }, 'max-budget-usd: must be an amount'],
    [{ maxBudgetUsd: 0 }, 'max-budget-usd: must be more than 0'],
    [{ timeout: 'soon' }, 'timeout: must be a time'],
    [{ timeout: '0s' }, 'timeout: must be a time'],
    [{ timeout: -5 }, 'timeout: must be a time'],
    [{ priority: 10 }, 'priority: must be high, normal, low, or 0 to 9'],
    [{ priority: 'urgent' }, 'priority: must be high'],
    [{ priority: 'toString' }, 'priority: must be high'],
    [{ dance: true }, '"dance" is not an option of a task'],
    [{ prompt: 5 }, 'prompt: '],
    [{ yolo: 'yes' }, 'yolo: '],
  ])('%#: %s', (fields, fault) => {
    const found = faults({ prompt: 'p', ...fields });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(fault);
  });

  it('is refused with all its faults at once', () => {
    const all = { prompt: ' ', group: 'x', priority: 11, timeout: 'y', dance: 1, sing: 2 };
    expect(faults(all)).toHaveLength(6);
    expect(() => parseRequest(all, 0)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/^The task cannot be taken: prompt: .*; group: .*; /),
        hint: expect.stringContaining('ccdispatch dispatch --help'),
      }),
    );
  });

  it('is anything that is no object', () => {
    for (const value of [null, undefined, 5, 'text', []]) expect(faults(value).length).toBeGreaterThan(0);
    fc.assert(fc.property(fc.anything(), (value) => void expect(() => faultsOf(value, 0)).not.toThrow()));
  });
});

describe('a batch', () => {
  const thrown = (source: string): Error & { hint?: string } => {
    try {
      parseBatch(source, 0);
    } catch (error) {
      return error as Error;
    }
    throw new Error('it was taken');
  };

  it('is one object a line, with the names of options as people write them', () => {
    const source = [
      '{"prompt": "one"}',
      '',
      '  ',
      '{"prompt": "two", "max-budget-usd": 1, "agent_teams": true, "allowedTools": "Read"}',
    ];
    const expected = [{ prompt: 'one' }, { prompt: 'two', maxBudgetUsd: 1, agentTeams: true, allowedTools: ['Read'] }];
    expect(parseBatch(source.join('\n'), 0)).toEqual(expected);
    expect(parseBatch(`\ufeff${source.join('\r\n')}\r\n`, 0)).toEqual(expected);
  });

  it('names every bad line, and is taken as a whole or not at all', () => {
    const source = ['{"prompt": "fine"}', '{"prompt": "half', '[]', '"text"', 'null', '{"prompt": "", "group": "x"}'];
    const error = thrown(source.join('\n'));
    expect(error).toMatchObject({ code: 'usage', hint: expect.any(String) });
    expect(error.message).toMatchInlineSnapshot(`
      "The batch has 5 bad lines; nothing was added.
        line 2 is not JSON
        line 3 is not an object
        line 4 is not an object
        line 5 is not an object
        line 6: prompt: must not be empty; group: must be a chat id: digits, with a minus for groups"
    `);
  });

  it('with many bad lines names the first ones, and how many there are', () => {
    const { message } = thrown('x\n'.repeat(25));
    expect(message).toContain('The batch has 25 bad lines; nothing was added.');
    expect(message.split('\n')).toHaveLength(11);
    expect(thrown('x').message).toContain('The batch has 1 bad line;');
  });

  it.each(['', '\n \n', '\ufeff'])('that holds nothing is refused: %j', (source) => {
    expect(thrown(source)).toMatchObject({ code: 'usage', message: 'The batch holds no task.' });
  });
});
