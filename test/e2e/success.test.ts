// A task from the shell, done by the real claude program, and everything that is left of it: files, records, messages.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Scene, startScene } from '../support/e2e.ts';
import { writes } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.close());

const read = (...parts: string[]) => fs.readFileSync(path.join(...parts), 'utf8');

describe('a task that writes a file', () => {
  const chat = '1001';
  let taskId: string;
  let said: { stdout: string; stderr: string; exitCode: number | null };

  beforeAll(async () => {
    scene.plays('apple', writes('apple.txt', 'An apple a day.\n', 'I wrote **apple.txt**.'));
    said = await scene.cli(['dispatch', '-g', chat, '-n', 'fruit', '--wait', 'write about an apple']);
    taskId = fs.readdirSync(path.join(scene.home, 'tasks', chat))[0] as string;
    await scene.ended(taskId);
  });

  it('prints the answer, and nothing else, and ends with 0', () => {
    expect(said).toMatchObject({ stdout: 'I wrote **apple.txt**.\n', stderr: '', exitCode: 0 });
  });

  it('has written the file in a folder of its own', () => {
    const { workdir } = scene.task(taskId);
    expect(workdir).toBe(path.join(scene.home, 'workspaces', chat, taskId));
    expect(read(workdir, 'apple.txt')).toBe('An apple a day.\n');
  });

  it('has a complete record', () => {
    const task = scene.task(taskId);
    expect(task).toMatchObject({
      schema_version: 1,
      task_id: taskId,
      task_name: 'fruit',
      telegram_group: chat,
      agent: 'claude',
      prompt: 'write about an apple',
      status: 'completed',
      reason: null,
      result: 'I wrote **apple.txt**.',
      usage: { input_tokens: 200, output_tokens: 40 },
      changed_files: ['apple.txt'],
      source: { kind: 'shell' },
    });
    expect(task.cost_usd).toBeGreaterThan(0);
    expect(task.duration_ms).toBeGreaterThan(0);
    expect(task.runs).toMatchObject([{ n: 1, outcome: 'completed' }]);
    const instants = [task.created_at, task.started_at, task.completed_at, task.runs[0]?.ended_at];
    expect(instants.every((instant) => instant !== null && !Number.isNaN(Date.parse(instant ?? '')))).toBe(true);
    expect([...instants].sort()).toEqual(instants);
  });

  it('keeps prompt and answer whole, in files that only their owner may read', () => {
    const folder = scene.taskFolder(taskId);
    expect(read(folder, 'prompt.txt')).toBe('write about an apple');
    expect(read(folder, 'task-output.txt')).toBe('I wrote **apple.txt**.');
    for (const name of [
      'prompt.txt',
      'task-meta.json',
      'task-output.txt',
      'runs/1/events.jsonl',
      'runs/1/stdin.jsonl',
    ]) {
      expect(fs.statSync(path.join(folder, name)).mode & 0o777, name).toBe(0o600);
    }
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('tells the chat once, in a message of its own that answers nothing', async () => {
    const messages = await scene.told(chat);
    const [result, ...others] = scene.results(chat);
    expect(others).toEqual([]);
    expect(result).toMatchObject({ replyTo: null, edits: 0 });
    expect(result?.text).toMatch(
      /^✅ fruit\nI wrote apple\.txt\.\n\n⏱ .+ · \$0\.00\d+ · 200 in, 40 out\n📄 1 file changed: apple\.txt$/,
    );
    expect(messages.filter((message) => message !== result && message.messageId !== result?.messageId)).toMatchObject(
      // The placeholder, where the answer was not quicker; in the end it points to the result.
      messages.length === 1 ? [] : [{ text: '✅ fruit — done, see below' }],
    );
  });

  it('shows the task in every list', async () => {
    const [list, show, logs, why, history, json] = await Promise.all(
      [
        ['tasks', 'list'],
        ['tasks', 'show', taskId],
        ['tasks', 'logs', taskId],
        ['tasks', 'why', taskId],
        ['history', '--json'],
        ['tasks', 'list', '--json'],
      ].map((args) => scene.cli(args)),
    );
    expect(list?.stdout).toMatch(new RegExp(`${taskId} +fruit +completed +claude`));
    expect(show?.stdout).toContain('status       completed');
    expect(show?.stdout).toContain('files        apple.txt');
    expect(show?.stdout).toMatch(/\n\nI wrote \*\*apple\.txt\*\*\.\n$/);
    expect(logs?.stdout).toBe('▸ Write apple.txt\nI wrote **apple.txt**.\n');
    expect(why?.stdout).toMatch(new RegExp(`^${taskId}: completed\\. It has ended: completed`));
    expect(JSON.parse(history?.stdout ?? '')).toMatchObject([{ task_id: taskId, run: 1, outcome: 'completed' }]);
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject([{ task_id: taskId, status: 'completed' }]);
  });

  it('has one line in the history file', () => {
    const lines = fs.readdirSync(path.join(scene.home, 'history')).flatMap((name) =>
      read(scene.home, 'history', name)
        .split('\n')
        .filter((line) => line.includes(taskId)),
    );
    expect(lines).toHaveLength(1);
  });
});
