// Which task a message, an id or a button means.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { spellOf, taskIdIn } from '../../../src/lib/telegram/find-tasks.ts';
import { openSentMessages } from '../../../src/lib/telegram/sent-messages.ts';
import { makeHome } from '../../support/home.ts';
import { aRun, aTask, firstTaskTs } from '../../support/tasks.ts';

describe('an id in a text', () => {
  it.each([
    ['✅ task-5-1763600000000 is done', 'task-5-1763600000000'],
    ['`task--1001-12` and once more task--1001-12', 'task--1001-12'],
    ['task-local-7', 'task-local-7'],
    ['task-5-1 and task-5-2', null],
    ['xtask-5-1', null],
    ['task-5-', null],
    ['', null],
  ])('%j: %s', (text, taskId) => expect(taskIdIn(text)).toBe(taskId));
});

describe('the spell of a task', () => {
  const run = (n: number, outcome: Parameters<typeof aRun>[1]) => aRun(firstTaskTs, outcome, { n });
  it.each([
    ['one that waits', aTask(), 1],
    ['one that runs', aTask({ status: 'running' }), 1],
    ['one that has ended', aTask({ status: 'completed' }), 1],
    ['one that goes on after a lost run', aTask({ status: 'running', runs: [run(1, 'lost'), run(2, null)] }), 1],
    ['one that was run again, and waits', aTask({ runs: [run(1, 'failed')] }), 2],
    ['one that was run again', aTask({ status: 'running', runs: [run(1, 'failed'), run(2, null)] }), 2],
    [
      'one that went on after a loss, in its second spell',
      aTask({ status: 'failed', runs: [run(1, 'failed'), run(2, 'lost'), run(3, 'failed')] }),
      2,
    ],
    ['one that is held', aTask({ status: 'paused', runs: [], reason: 'hold' }), 1],
    ['one that paused', aTask({ status: 'paused' }), 1],
  ] as const)('%s', (_what, task, spell) => expect(spellOf(task)).toBe(spell));
});

describe('messages of ours', () => {
  const put = (file: string, value: object | string) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
  };
  const sentAs = (...ids: (number | null)[]) => ({ delivery: { sent: ids.map((message_id) => ({ message_id })) } });

  it('lead to the task that sent them, under every id that the chat has had', () => {
    const { files, paths } = makeHome();
    const sent = openSentMessages({ files, paths });
    expect(sent.taskOf(['5'], 10)).toBeNull();
    put(path.join(paths.outboxSent, '5', 'task-5-1.1.ended.json'), sentAs(10, 11, null));
    put(path.join(paths.outboxSent, '5', 'broken.json'), '{');
    put(path.join(paths.outboxSent, '5', 'task-5-3.1.ended.json'), '{"delivery":');
    put(path.join(paths.outbox, '5', 'task-5-2.1.progress.delivery.json'), { sent: [{ message_id: 20 }] });
    put(path.join(paths.outbox, '5', 'chat.delivery.json'), { sent: [{ message_id: 21 }] });
    expect([10, 11, 12, 20, 21].map((id) => sent.taskOf(['5'], id))).toEqual([
      'task-5-1',
      'task-5-1',
      null,
      'task-5-2',
      null,
    ]);
    expect(sent.taskOf(['-6'], 10)).toBeNull();
    expect(sent.taskOf(['-6', '5'], 10)).toBe('task-5-1');
  });

  it('are found as they come, and read once', () => {
    const { files, paths } = makeHome();
    const reads: string[] = [];
    const read = (file: string) => {
      reads.push(file);
      return files.read(file);
    };
    const sent = openSentMessages({ files: { ...files, read }, paths });
    for (let n = 1; n <= 50; n++) put(path.join(paths.outboxSent, '5', `task-5-${n}.1.ended.json`), sentAs(n));
    expect(sent.taskOf(['5'], 7)).toBe('task-5-7');
    expect(sent.taskOf(['5'], 49)).toBe('task-5-49');
    expect(reads).toHaveLength(50);
    put(path.join(paths.outboxSent, '5', 'task-5-51.1.ended.json'), sentAs(51));
    expect(sent.taskOf(['5'], 51)).toBe('task-5-51');
    expect(reads).toHaveLength(51);
  });
});
