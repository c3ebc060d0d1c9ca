// Commands and options in messages, as people and their phones write them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareWords } from '../../../src/lib/telegram/commands.ts';
import { parseCommand, takeOptions } from '../../../src/lib/telegram/parse-command.ts';

const parse = (text: string) => parseCommand(text, 'workbot', bareWords);

describe('a command', () => {
  it.each([
    ['/cad fix it', { name: 'cad', rest: 'fix it' }],
    ['/CAD  fix\nit', { name: 'cad', rest: 'fix\nit' }],
    ['  /tasks', { name: 'tasks', rest: '' }],
    ['/cad@WorkBot do', { name: 'cad', rest: 'do' }],
    ['任务', { name: 'tasks', rest: '' }],
    ['历史', { name: 'history', rest: '' }],
    ['Tasks', { name: 'tasks', rest: '' }],
    ['取消 task-5-1763600000000', { name: 'cancel', rest: 'task-5-1763600000000' }],
    ['retry latest', { name: 'retry', rest: 'latest' }],
  ])('%j is one', (text, command) => expect(parse(text)).toEqual(command));

  it.each(['/cad@otherbot do', '任务 很多要做', 'tasks are hard', 'hello', '', '/', '/ cad', '见 /cad', '/cad…'])(
    '%j is none',
    (text) => expect(parse(text)).toBeNull(),
  );

  it('is never thrown over', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(() => parse(text)).not.toThrow();
      }),
    );
  });
});

describe('options', () => {
  it.each([
    ['--ali fix it', { ali: true }, 'fix it'],
    ['fix it —ali', { ali: true }, 'fix it'],
    ['fix –agent-teams it', { agentTeams: true }, 'fix it'],
    ['fix −−yolo it', { yolo: true }, 'fix it'],
    ['fix it --priority high --model opus', { priority: 'high', model: 'opus' }, 'fix it'],
    ['—agent=mine do', { agent: 'mine' }, 'do'],
    ['line one\n--ali\nline two', { ali: true }, 'line one\n\nline two'],
    ['--ali --yolo  fix --priority 9 it', { ali: true, yolo: true, priority: '9' }, 'fix it'],
    ['if x:\n    go()\n--ali', { ali: true }, 'if x:\n    go()'],
  ])('%j', (text, options, prompt) => expect(takeOptions(text)).toEqual({ options, prompt }));

  it.each(['explain `--model opus` to me', '```\ncc --ali\n```', 'what does --verbose do', 'mid--ali word', 'a -- b'])(
    '%j has none',
    (text) => expect(takeOptions(text)).toEqual({ options: {}, prompt: text }),
  );

  it('leaves the text alone where there are none', () => {
    const plain = fc.string().filter((text) => !/[-—–−`]/.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        expect(takeOptions(text).prompt).toBe(text.trim());
      }),
    );
  });
});
