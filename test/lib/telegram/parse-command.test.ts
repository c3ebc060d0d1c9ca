// Commands and options in messages, as people and their phones write them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareWords, commandByName } from '../../../src/lib/telegram/commands.ts';
import { parseCommand, takeOptions } from '../../../src/lib/telegram/parse-command.ts';

const parse = (text: string) => parseCommand(text, 'workbot', { names: commandByName, words: bareWords });

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
    ['/cad写一首诗', { name: 'cad', rest: '写一首诗' }],
    ['/cad@workbot修一下测试', { name: 'cad', rest: '修一下测试' }],
    ['/cad：写一首诗', { name: 'cad', rest: '写一首诗' }],
    ['/Cad: fix it', { name: 'cad', rest: 'fix it' }],
    ['／cad 写一首诗', { name: 'cad', rest: '写一首诗' }],
    ['／status', { name: 'status', rest: '' }],
    ['/任务', { name: 'tasks', rest: '' }],
    ['／取消 task-5-1763600000000', { name: 'cancel', rest: 'task-5-1763600000000' }],
    ['/新会话 网站', { name: 'new', rest: '网站' }],
  ])('%j is one', (text, command) => expect(parse(text)).toEqual(command));

  it.each([
    ...['/cad@otherbot do', '任务 很多要做', 'tasks are hard', 'hello', '', '/', '/ cad', '见 /cad', '/cad…'],
    ...['/cad@otherbot写', '/etc：写', '/home写', '/任务很多', '/不知道', '／ 任务'],
  ])('%j is none', (text) => expect(parse(text)).toBeNull());

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
    ['修一下 ——ali', { ali: true }, '修一下'],
    ['－－priority high 修一下　‑‑ali', { priority: 'high', ali: true }, '修一下'],
    ['fix it --priority high --model opus', { priority: 'high', model: 'opus' }, 'fix it'],
    ['—agent=mine do', { agent: 'mine' }, 'do'],
    ['line one\n--ali\nline two', { ali: true }, 'line one\n\nline two'],
    ['--ali --yolo  fix --priority 9 it', { ali: true, yolo: true, priority: '9' }, 'fix it'],
    ['--repo shop fix —base=v1 —branch fix/x it', { repo: 'shop', base: 'v1', branch: 'fix/x' }, 'fix it'],
    ['fix it --repo /srv/shop --no-worktree', { repo: '/srv/shop', worktree: false }, 'fix it'],
    ['if x:\n    go()\n--ali', { ali: true }, 'if x:\n    go()'],
    ['fix it --at 09:00', { at: '09:00' }, 'fix it'],
    ['--at in  2h fix it', { at: 'in 2h' }, 'fix it'],
    ['fix —at 2026-11-21 09:00 it', { at: '2026-11-21 09:00' }, 'fix it'],
    ['--after task-5-1 --if-failed=run fix it', { after: 'task-5-1', ifFailed: 'run' }, 'fix it'],
    ['--agent', {}, ''],
    ['—yolo ——model=', { yolo: true }, ''],
    ['what does --agent', {}, 'what does --agent'],
    ['look --at the log', { at: 'the' }, 'look log'],
    ['meet at 09:00 and after task-5-1', {}, 'meet at 09:00 and after task-5-1'],
  ])('%j', (text, options, prompt) => expect(takeOptions(text)).toEqual({ options, prompt }));

  it.each([
    'explain `--model opus` to me',
    '```\ncc --ali\n```',
    'what does --verbose do',
    'mid--ali word',
    'a -- b',
    '他说——ali 是谁',
    '-ali',
    '—— ali',
  ])('%j has none', (text) => expect(takeOptions(text)).toEqual({ options: {}, prompt: text }));

  it('leaves the text alone where there are none', () => {
    const plain = fc.string().filter((text) => !/[-‐‑‒–—―−－`]/.test(text));
    fc.assert(
      fc.property(plain, (text) => {
        expect(takeOptions(text).prompt).toBe(text.trim());
      }),
    );
  });
});
