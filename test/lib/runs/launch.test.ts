// A run is started once: what cannot be started is refused with what to do, and what was started and not recorded is found.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/lib/adapters/clock.ts';
import { createCustomAgent } from '../../../src/lib/agents/custom.ts';
import { sweepTaskUntilGone } from '../../../src/lib/runs/end-processes.ts';
import { explainSpawnError, launchRun, loadLaunchRecord } from '../../../src/lib/runs/launch.ts';
import type { SuperviseParts } from '../../../src/lib/runs/watched.ts';
import { fillDiskAt } from '../../support/full-disk.ts';
import { addTask, type TaskFields } from '../../support/tasks.ts';
import { until } from '../../support/until.ts';
import { makeRunHome, makeSuperviseParts, type RunHome } from './run-home.ts';

let home: RunHome;
let parts: SuperviseParts;
const taskId = `task-${process.pid}-1`;
beforeEach(() => {
  home = makeRunHome();
  parts = makeSuperviseParts(home, { echo: 'cat; echo " was said"', sleeper: 'exec sleep 60' });
  onTestFinished(() => sweepTaskUntilGone({ processes: home.processes, clock: systemClock }, taskId));
});

const add = (fields: TaskFields = {}) => addTask(home, { task_id: taskId, agent: 'echo', prompt: 'Hello', ...fields });
const runFolder = (n = 1) => home.paths.run(taskId, n);

describe('a run', () => {
  it('is started and recorded, with all that a later worker must know', async () => {
    await add();
    const launched = await launchRun(parts, taskId);
    expect(launched).toMatchObject({ kind: 'started', run: 1 });
    if (launched.kind !== 'started') return;
    expect(home.tasks.load(taskId)).toMatchObject({
      status: 'running',
      runs: [{ n: 1, pid: launched.child.id.pid, pid_started: launched.child.id.started, outcome: null }],
    });
    expect(await launched.child.exited).toEqual({ code: 0, signal: null });
    expect(home.files.read(path.join(runFolder(), 'events.jsonl'))).toBe('Hello was said\n');
    expect(loadLaunchRecord(home.files, runFolder())).toMatchObject({ conversation: null, cost_before: 0 });
  });

  it('is not started of a task that does not wait', async () => {
    await add({ status: 'cancelled' });
    expect(await launchRun(parts, taskId)).toEqual({ kind: 'moot' });
    expect(home.files.stat(runFolder())).toBe(null);
  });

  it('that was started by somebody who died before he could record it is found', async () => {
    await add({ agent: 'sleeper' });
    const agent = await home.startAgent(home.tasks.load(taskId), 'exec sleep 60');
    expect(await launchRun(parts, taskId)).toEqual({ kind: 'adopted', run: 1 });
    expect(home.tasks.load(taskId)).toMatchObject({ status: 'running', runs: [{ pid: agent.id.pid }] });
  });

  it('of which only the output is left is recorded as it is found', async () => {
    await add();
    fs.mkdirSync(runFolder(), { recursive: true });
    fs.writeFileSync(path.join(runFolder(), 'events.jsonl'), '');
    fs.writeFileSync(path.join(runFolder(), 'launch.json'), JSON.stringify({ input_uuid: 'u-1' }));
    expect(await launchRun(parts, taskId)).toEqual({ kind: 'adopted', run: 1 });
    expect(home.tasks.load(taskId)).toMatchObject({ runs: [{ pid: 0, input_uuid: 'u-1' }] });
  });

  it('is started by one of two who want to', async () => {
    await add({ agent: 'sleeper' });
    const launched = await Promise.all([launchRun(parts, taskId), launchRun(parts, taskId)]);
    expect(launched.map(({ kind }) => kind).sort()).toEqual(['moot', 'started']);
    await until('the agent', () => home.processes.findByEnv('CCDISPATCH_TASK_ID', new Set([taskId])).length === 1);
  });

  it('that finds no room on the disk has not begun, and begins when there is room', async () => {
    await add();
    const files = fillDiskAt(home.files, 2, 1).files;
    await expect(launchRun({ ...parts, files }, taskId)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(home.tasks.load(taskId).status).toBe('pending');
    expect(await launchRun(parts, taskId)).toMatchObject({ kind: 'started', run: 1 });
  });
});

describe('a run is refused', () => {
  it.each<[string, TaskFields, string, string]>([
    [
      'an agent that is not there',
      { agent: 'ghost' },
      'spawn',
      'There is no agent "ghost". These are known: claude, echo, sleeper.',
    ],
    ['a folder that is gone', { workdir: '/nowhere' }, 'workdir', 'The folder /nowhere is not there any more.'],
    [
      'a conversation that is not there',
      { agent: 'claude', agent_session_id: 'c-1', continues: true },
      'conversation',
      'claude has no conversation c-1 to continue.',
    ],
  ])('for %s', async (_what, fields, reason, text) => {
    await add(fields);
    expect(await launchRun(parts, taskId)).toEqual({ kind: 'refused' });
    expect(home.tasks.load(taskId)).toMatchObject({
      status: 'failed',
      reason,
      result: text,
      runs: [{ outcome: 'failed' }],
    });
    expect(home.tasks.output(taskId)).toBe(text);
  });

  it('for a program that is not there, and leaves no output that could be taken for a run', async () => {
    await add({ agent: 'broken' });
    const agents = { ...parts.agents, get: () => createCustomAgent('broken', { command: ['/nowhere/x'], env: {} }) };
    expect(await launchRun({ ...parts, agents }, taskId)).toEqual({ kind: 'refused' });
    expect(home.tasks.load(taskId)).toMatchObject({ reason: 'spawn', result: expect.stringContaining('/nowhere/x') });
    expect(home.files.list(runFolder())).not.toContain('events.jsonl');
  });
});

describe('what to do about a program that does not start', () => {
  const error = (code: string) => Object.assign(new Error(code), { code, path: '/opt/x' });
  const claude = { name: 'claude' } as Parameters<typeof explainSpawnError>[0];
  const custom = createCustomAgent('mine', { command: ['x'], env: {} });
  it.each([
    [claude, 'ENOENT', ['"/opt/x" was not found', 'npm install -g @anthropic-ai/claude-code', 'CLAUDE_BIN']],
    [custom, 'ENOENT', ['"/opt/x" of the agent "mine"', 'agents.custom.mine.command']],
    [custom, 'EACCES', ['chmod +x']],
    [claude, 'EAGAIN', ['EAGAIN', 'ccdispatch doctor']],
  ])('%o: %s', (agent, code, words) => {
    const text = explainSpawnError(agent, error(code));
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
  });
});

it.each(['', '{"conv', 'null'])('a launch record that is none gives none: %j', (text) => {
  fs.writeFileSync(path.join(home.outside, 'launch.json'), text);
  expect(loadLaunchRecord(home.files, home.outside)).toBe(null);
});
