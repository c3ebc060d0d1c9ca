// Records on disk: what was ever released is read for ever, and what is no record says so and where.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NewerRecord } from '../../../src/lib/format/stored-record.ts';
import { isEnded, latestRun, parseTask, renderTask, type TaskStatus } from '../../../src/lib/tasks/record.ts';
import { aTask } from '../../support/tasks.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'records');
const statuses: TaskStatus[] = ['pending', 'running', 'paused', 'completed', 'failed', 'cancelled'];

const released = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, readFileSync(join(fixtures, name), 'utf8')] as const);

describe('records as they were released', () => {
  it('are there for every status', () => {
    expect(new Set(released.map(([, text]) => JSON.parse(text).status))).toEqual(new Set(statuses));
  });

  it.each(released)('%s is read, and nothing of it is lost', (name, text) => {
    const task = parseTask(text, name);
    const released = JSON.parse(text);
    // What came later has its default; all else is as it was written, and nothing else is there.
    const scheduled = { start_at: null, after: null, if_failed: 'cancel' };
    const latest = { left_sessions: [] };
    const options = { approvals: false, ...released.options };
    const runs = released.runs.map((run: object) => ({ spent: null, ...run }));
    const today = {
      ...released,
      worktree: null,
      work: null,
      worktree_notes: [],
      agent_notes: [],
      ...latest,
      ...scheduled,
      options,
      runs,
    };
    expect(JSON.parse(renderTask(task))).toEqual(today);
    expect(isEnded(task)).toBe(task.completed_at !== null);
  });
});

/** All that a record must hold. */
const least = {
  schema_version: 1,
  task_id: 'task-local-1',
  task_name: 'n',
  agent: 'claude',
  prompt: 'p',
  workdir: '/w',
  priority: 5,
  input_uuid: 'u',
  options: {},
  created_at: '2026-11-20T10:00:00Z',
  runs: [{ n: 1, pid: 2, pid_started: '3', started_at: '2026-11-20T10:00:00Z' }],
  source: { kind: 'cron' },
  status: 'pending',
};

describe('a record', () => {
  it.each(statuses)('of a %s task is read as it was written', (status) => {
    const task = aTask({
      status,
      prompt: 'quotes " \\ and\nlines \u0000 \u202e 😀',
      telegram_group: '-100',
      thread_id: 7,
    });
    expect(parseTask(renderTask(task), 'x')).toEqual(task);
    expect(renderTask(task)).toMatch(/\n\}\n$/);
  });

  it('needs no more than this; everything else has a default', () => {
    expect(parseTask(JSON.stringify(least), 'x')).toMatchInlineSnapshot(`
      {
        "account": null,
        "after": null,
        "agent": "claude",
        "agent_notes": [],
        "agent_session_id": null,
        "base": null,
        "branch": null,
        "changed_files": [],
        "completed_at": null,
        "continues": false,
        "cost_usd": null,
        "created_at": "2026-11-20T10:00:00Z",
        "duration_ms": null,
        "if_failed": "cancel",
        "input_uuid": "u",
        "language": null,
        "left_sessions": [],
        "machine": "local",
        "message_id": null,
        "model": null,
        "note": null,
        "options": {
          "agent_teams": false,
          "allowed_tools": [],
          "approvals": false,
          "effort": null,
          "max_budget_usd": null,
          "permission_mode": null,
          "timeout_ms": null,
          "yolo": false,
        },
        "priority": 5,
        "profile": null,
        "prompt": "p",
        "reason": null,
        "repo": null,
        "result": null,
        "resume_at": null,
        "runs": [
          {
            "account": null,
            "ended_at": null,
            "input_uuid": null,
            "n": 1,
            "outcome": null,
            "pid": 2,
            "pid_started": "3",
            "spent": null,
            "started_at": "2026-11-20T10:00:00Z",
          },
        ],
        "schema_version": 1,
        "session_id": null,
        "source": {
          "kind": "cron",
          "update_id": null,
        },
        "start_at": null,
        "started_at": null,
        "status": "pending",
        "task_id": "task-local-1",
        "task_name": "n",
        "telegram_group": null,
        "thread_id": null,
        "usage": null,
        "user_id": null,
        "work": null,
        "workdir": "/w",
        "worktree": null,
        "worktree_notes": [],
      }
    `);
    for (const field of Object.keys(least)) {
      const without = JSON.stringify({ ...least, [field]: undefined });
      expect(() => parseTask(without, 'x'), field).toThrow(/is not a task record/);
    }
  });

  it('says which run is the latest', () => {
    expect(latestRun(aTask())).toBe(null);
    expect(latestRun(aTask({ status: 'completed' }))).toMatchObject({ n: 1, outcome: 'completed' });
  });
});

describe('what is no record', () => {
  const whole = renderTask(aTask({ status: 'completed' }));
  const read = (text: string) => {
    try {
      return parseTask(text, '/home/x/task-meta.json');
    } catch (error) {
      return error;
    }
  };

  it('says so, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 3 }), (length) => {
        expect(read(whole.slice(0, length))).toMatchObject({
          code: 'failed',
          message: '/home/x/task-meta.json is not readable as JSON.',
          hint: expect.stringContaining('ccdispatch doctor'),
        });
      }),
    );
  });

  it.each([
    ['an empty file', '', 'is not readable as JSON'],
    ['another kind of value', '[]', 'is not a task record'],
    ['null', 'null', 'is not a task record'],
    ['no version', whole.replace('"schema_version": 1', '"schema_version": null'), 'schema_version'],
    ['an id that is none', whole.replace(/"task_id": "[^"]*"/, '"task_id": "../x"'), 'task_id: must be a task id'],
    ['an unknown status', whole.replace('"status": "completed"', '"status": "dancing"'), 'status'],
    ['an end without a time', whole.replace(/"completed_at": "[^"]*"/, '"completed_at": null'), 'completed_at'],
    ['a time that is none', whole.replace(/"created_at": "[^"]*"/, '"created_at": "soon"'), 'created_at'],
    ['a text for a number', whole.replace('"pid": 4000000', '"pid": "4000000"'), 'runs.0.pid'],
  ])('says so: %s', (_kind, text, says) => {
    const error = read(text);
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining(says) });
    expect(error).not.toBeInstanceOf(NewerRecord);
  });

  it('is told from a record of a newer version', () => {
    const error = read(whole.replace('"schema_version": 1', '"schema_version": 2'));
    expect(error).toMatchObject({ code: 'failed', message: expect.stringContaining('record version 2') });
    expect(error).toMatchObject({ hint: expect.stringContaining('Update ccdispatch') });
    expect(error).toBeInstanceOf(NewerRecord);
  });
});
