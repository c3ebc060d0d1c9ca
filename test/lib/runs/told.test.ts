// What a chat is told about a task, as data: made from its record alone, the same whoever makes it.

import { describe, expect, it } from 'vitest';
import {
  endedEntry,
  interimEntry,
  placeOf,
  progressEntry,
  queuedEntry,
  relativeTo,
} from '../../../src/lib/runs/told.ts';
import type { Task } from '../../../src/lib/tasks/record.ts';
import { aRun, aTask, firstTaskTs } from '../../support/tasks.ts';
import { aResult, aState } from './run-views.ts';

const chat = { telegram_group: '-100', thread_id: 7, message_id: 42, language: 'zh', workdir: '/w' } as const;
const runs = (...outcomes: Task['runs'][number]['outcome'][]) =>
  outcomes.map((outcome, index) => aRun(firstTaskTs, outcome, { n: index + 1 }));
const outputPath = '/h/task-output.txt';

describe('a task without a chat', () => {
  const task = aTask({ status: 'completed' });
  it('is told to nobody', () => {
    const state = aState({ interim: aResult(), interimCount: 1 });
    expect([
      placeOf(task),
      queuedEntry(task, 1, null),
      progressEntry(task, state, null),
      interimEntry(task, state),
      endedEntry(task, 'x', outputPath),
    ]).toEqual([null, null, null, null, null]);
  });
});

it('a task that waits has a placeholder', () => {
  expect(queuedEntry(aTask(chat), 3, null)).toMatchInlineSnapshot(`
    {
      "chat_id": "-100",
      "language": "zh",
      "notification": {
        "agent": "claude",
        "from_chat": true,
        "kind": "progress",
        "outcome": null,
        "position": 3,
        "run": 1,
        "started_at": null,
        "state": "queued",
        "task_id": "task--100-1763600000000",
        "task_name": "calc",
        "tool": null,
        "usage": null,
        "waiting_for": null,
        "yolo": false,
      },
      "reply_to": 42,
      "thread_id": 7,
    }
  `);
  expect(queuedEntry(aTask({ ...chat, status: 'paused', reason: 'hold', runs: [] }), null, 'hold')).toMatchObject({
    notification: { state: 'paused', waiting_for: 'hold', run: 1 },
  });
});

it('a run is told with its tool and what it used', () => {
  const tools = [
    { id: '1', name: 'Read', target: '/w/a', writes: null },
    { id: '2', name: 'Bash', target: `make all\n${'x'.repeat(200)}`, writes: null },
  ];
  const task = aTask({ ...chat, status: 'running', agent_session_id: 'c-1' });
  expect(progressEntry(task, aState({ tools, tokens: { input: 5, output: 6 } }), null)).toMatchInlineSnapshot(`
    {
      "chat_id": "-100",
      "language": "zh",
      "notification": {
        "agent": "claude",
        "can_pause": true,
        "from_chat": true,
        "kind": "progress",
        "outcome": null,
        "position": null,
        "run": 1,
        "started_at": "2025-11-20T00:53:21.000Z",
        "state": "running",
        "task_id": "task--100-1763600000000",
        "task_name": "calc",
        "tool": {
          "name": "Bash",
          "target": "make all xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…",
        },
        "usage": {
          "input_tokens": 5,
          "output_tokens": 6,
        },
        "waiting_for": null,
        "yolo": false,
      },
      "reply_to": 42,
      "thread_id": 7,
    }
  `);
  expect(progressEntry(task, aState(), 'approval')?.notification).toMatchObject({
    tool: null,
    waiting_for: 'approval',
  });
  const inFolder = aState({ tools: [{ id: '1', name: 'Write', target: '/w/deep/a.txt', writes: null }] });
  expect(progressEntry(task, inFolder, null)?.notification.tool).toEqual({ name: 'Write', target: 'deep/a.txt' });
  expect(progressEntry(aTask(chat), aState(), null)).toBe(null);
});

it('an interim result says what still runs', () => {
  const background = [{ id: 'b', description: `Run the\nbuild ${'😀'.repeat(100)}` }];
  const state = aState({ interim: aResult({ text: 'So far.' }), interimCount: 2, background });
  const entry = interimEntry(aTask({ ...chat, status: 'running' }), state);
  expect(entry?.notification).toMatchObject({ kind: 'interim', run: 1, index: 2, text: 'So far.' });
  const [told] = entry?.notification.kind === 'interim' ? entry.notification.background : [];
  expect(told).toMatch(/^Run the build (😀)+…$/u);
  expect(told?.length).toBeLessThanOrEqual(80);
  expect(interimEntry(aTask({ ...chat, status: 'running' }), aState())).toBe(null);
});

describe('an outcome', () => {
  it('says all that a person wants to know', () => {
    const task = aTask({
      ...chat,
      status: 'failed',
      reason: 'limit',
      changed_files: ['a.txt'],
      note: 'background_ended',
    });
    expect(endedEntry(task, 'The whole text.', outputPath)).toMatchInlineSnapshot(`
      {
        "chat_id": "-100",
        "language": "zh",
        "notification": {
          "agent": "claude",
          "changed_files": [
            "a.txt",
          ],
          "cost_usd": 0.01,
          "duration_ms": 2000,
          "from_chat": true,
          "kind": "ended",
          "note": "background_ended",
          "outcome": "failed",
          "output_file": null,
          "reason": "limit",
          "run": 1,
          "task_id": "task--100-1763600000000",
          "task_name": "calc",
          "text": "The whole text.",
          "usage": {
            "input_tokens": 100,
            "output_tokens": 20,
          },
          "work": null,
          "yolo": false,
        },
        "reply_to": 42,
        "thread_id": 7,
      }
    `);
  });

  it('is told of what does not run any more', () => {
    const outcomes = (['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const).map((status) => {
      const entry = endedEntry(aTask({ ...chat, status }), null, outputPath);
      return (entry?.notification as { outcome?: string } | undefined)?.outcome;
    });
    expect(outcomes).toEqual([undefined, undefined, 'paused', 'completed', 'failed', 'cancelled']);
    expect(endedEntry(aTask({ ...chat, status: 'paused', reason: 'hold', runs: [] }), null, outputPath)).toBe(null);
  });

  it('takes its text from the output, else from the record', () => {
    const task = aTask({ ...chat, status: 'completed', result: 'excerpt' });
    expect(endedEntry(task, 'whole', outputPath)?.notification).toMatchObject({ text: 'whole', output_file: null });
    expect(endedEntry(task, null, outputPath)?.notification).toMatchObject({ text: 'excerpt' });
    expect(endedEntry({ ...task, result: null }, null, outputPath)?.notification).toMatchObject({ text: '' });
  });

  it('that is long names the file, and is cut between characters', () => {
    const task = aTask({ ...chat, status: 'completed' });
    const entry = endedEntry(task, '😀'.repeat(30_000), outputPath)?.notification as {
      text: string;
      output_file: string;
    };
    expect(entry.output_file).toBe(outputPath);
    expect(entry.text).toMatch(/^(😀)+…$/u);
    expect(entry.text.length).toBeLessThanOrEqual(48 * 1024);
  });
});

it.each([
  ['the first run', runs('completed'), 1],
  ['a retry', runs('failed', 'completed'), 2],
  ['a run that goes on for lost ones', runs('lost', 'lost', 'completed'), 1],
  ['a retry that goes on for a lost one', runs('failed', 'lost', 'completed'), 2],
])('%s is told under the same number from placeholder to outcome', (_case, all, number) => {
  const open = all.map((run, index) => (index === all.length - 1 ? { ...run, outcome: null } : run));
  const told = [
    queuedEntry(aTask({ ...chat, status: 'pending', runs: all.slice(0, -1) }), 1, null),
    progressEntry(aTask({ ...chat, status: 'running', runs: open }), aState(), null),
    endedEntry(aTask({ ...chat, status: 'completed', runs: all }), null, outputPath),
  ];
  expect(told.map((entry) => entry?.notification)).toMatchObject(Array(3).fill({ run: number }));
});

it.each([
  ['/w/a.txt', 'a.txt'],
  ['/w/deep/a.txt', 'deep/a.txt'],
  ['/w', '/w'],
  ['/wide/a.txt', '/wide/a.txt'],
  ['/etc/passwd', '/etc/passwd'],
  ['relative.txt', 'relative.txt'],
  ['make all', 'make all'],
])('%s is shown as %s', (path, shown) => expect(relativeTo('/w', path)).toBe(shown));
