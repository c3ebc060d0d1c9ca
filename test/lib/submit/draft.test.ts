// From a checked request to a record: defaults, the folder, the conversation, and who is refused what.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { draftTask, finishDraft } from '../../../src/lib/submit/draft.ts';
import { parseRequest } from '../../../src/lib/submit/request.ts';
import { excerptBytes } from '../../../src/lib/tasks/record.ts';
import { addTask } from '../../support/tasks.ts';
import { sessionOf } from '../../support/warm-home.ts';
import { chat, makeSubmitHome, type SubmitHome, shell } from './submit-home.ts';

let home: SubmitHome;
beforeEach(() => {
  home = makeSubmitHome({
    agents: { custom: { echo: { command: ['cat'] } } },
    profiles: { ali: { baseUrl: 'https://ali', apiKey: 'k', model: 'qwen-max' }, plain: {} },
  });
});

const draft = (fields: object = {}, origin = shell) =>
  draftTask(parseRequest({ prompt: 'Write a calculator.', ...fields }, 0), origin, home);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('a record', () => {
  it('of a plain request has the defaults', () => {
    const task = finishDraft(draft(), 1_763_600_000_000, home.paths);
    expect(task).toMatchObject({
      task_id: 'task-local-1763600000000',
      created_at: '2025-11-20T00:53:20.000Z',
      task_name: 'Write a calculator.',
      telegram_group: null,
      agent: 'claude',
      profile: null,
      priority: 5,
      status: 'pending',
      reason: null,
      continues: false,
      agent_session_id: expect.stringMatching(uuid),
      input_uuid: expect.stringMatching(uuid),
      workdir: join(home.home, 'workspaces', 'local', 'task-local-1763600000000'),
      source: { kind: 'shell', update_id: null },
    });
    expect(task.agent_session_id).not.toBe(task.input_uuid);
  });

  it('keeps what was asked for, and where it came from', () => {
    const options = { model: 'opus', effort: 'high', permissionMode: 'plan', allowedTools: 'Read', agentTeams: true };
    const more = {
      maxBudgetUsd: 2,
      timeout: '2h',
      priority: 'high',
      group: '-100',
      thread: 7,
      name: 'Calc',
      hold: true,
    };
    expect(finishDraft(draft({ ...options, ...more }, chat), 5, home.paths)).toMatchObject({
      task_id: 'task--100-5',
      task_name: 'Calc',
      telegram_group: '-100',
      thread_id: 7,
      user_id: '77',
      message_id: 42,
      language: 'zh',
      model: 'opus',
      priority: 8,
      status: 'paused',
      reason: 'hold',
      source: { kind: 'telegram', update_id: 900 },
      options: {
        effort: 'high',
        permission_mode: 'plan',
        allowed_tools: ['Read'],
        agent_teams: true,
        max_budget_usd: 2,
        timeout_ms: 7_200_000,
        yolo: false,
      },
    });
  });

  it.each([
    ['Fix the bug\nin main.ts', 'Fix the bug in main.ts'],
    ['\u202e \u0000', 'task'],
    ['word '.repeat(100), 'word word word word word word word word…'],
    ['😀'.repeat(30), `${'😀'.repeat(19)}…`],
  ])('is named after its prompt: %j', (prompt, name) => {
    expect(draft({ prompt: `${prompt}` }).task_name).toBe(name);
  });

  it('holds the beginning of a long prompt', () => {
    const { prompt } = draft({ prompt: '計'.repeat(5000) });
    expect(prompt).toBe('計'.repeat(Math.floor(excerptBytes / 3)));
  });
});

describe('the agent and its profile', () => {
  it('are those of the request, else of the settings', () => {
    expect(draft({ agent: 'echo' })).toMatchObject({ agent: 'echo', agent_session_id: null });
    home.settings.agents.default = 'echo';
    expect(draft().agent).toBe('echo');
  });

  it.each(['codex', 'constructor'])('must be known: %s', (agent) => {
    expect(() => draft({ agent })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('claude, echo') }),
    );
  });

  it('give the model, unless one was asked for', () => {
    expect(draft({ profile: 'ali' })).toMatchObject({ profile: 'ali', model: 'qwen-max' });
    expect(draft({ ali: true })).toMatchObject({ profile: 'ali' });
    expect(draft({ ali: true, profile: 'ali', model: 'x' })).toMatchObject({ profile: 'ali', model: 'x' });
    expect(draft({ profile: 'plain' }).model).toBe(null);
  });

  it.each([
    [{ profile: 'ghost' }, 'config', 'profiles.ghost'],
    [{ profile: 'constructor' }, 'config', 'profiles.constructor'],
    [{ ali: true, profile: 'plain' }, 'usage', 'one of them'],
  ])('%j is refused', (fields, code, hint) => {
    expect(() => draft(fields)).toThrow(expect.objectContaining({ code, hint: expect.stringContaining(hint) }));
  });
});

describe('without permission prompts', () => {
  it('root runs no agent, unless the settings say so', () => {
    expect(draft({ yolo: true }).options.yolo).toBe(true);
    home.isRoot = true;
    expect(() => draft({ yolo: true })).toThrow(
      expect.objectContaining({ code: 'not-allowed', hint: expect.stringContaining('yolo.allowRoot') }),
    );
    expect(draft().options.yolo).toBe(false);
    home.settings.yolo.allowRoot = true;
    expect(draft({ yolo: true }).options.yolo).toBe(true);
  });
});

describe('the folder', () => {
  beforeEach(() => {
    for (const name of ['shop', 'shop/inner']) mkdirSync(join(home.outside, name));
    mkdirSync(join(home.paths.workspaces, 'local', 'task-local-1'), { recursive: true });
    home.files.makeFolder(home.paths.tasks);
    writeFileSync(join(home.outside, 'file'), '');
    symlinkSync(join(home.outside, 'shop'), join(home.outside, 'link'));
    symlinkSync(home.home, join(home.outside, 'home-link'));
    symlinkSync('loop', join(home.outside, 'loop'));
  });

  it.each([
    ['shop', 'shop'],
    ['./shop/inner/..', 'shop'],
    ['link', 'shop'],
  ])('%s is the real folder', (given, real) => {
    expect(draft({ workdir: given }).workdir).toBe(join(home.outside, real));
    expect(draft({ workdir: join(home.outside, given) }).workdir).toBe(join(home.outside, real));
  });

  it('may be a workspace of ours', () => {
    const workdir = join(home.paths.workspaces, 'local', 'task-local-1');
    expect(draft({ workdir }).workdir).toBe(workdir);
  });

  it.each(['none', 'file/below', 'loop', 'a\u0000b', 'x'.repeat(5000)])(
    'that is not there is refused: %j',
    (workdir) => {
      expect(() => draft({ workdir })).toThrow(
        expect.objectContaining({ code: 'usage', message: expect.stringContaining('does not exist') }),
      );
    },
  );

  it('that is a file is refused', () => {
    expect(() => draft({ workdir: 'file' })).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('is a file') }),
    );
  });

  it.each(['.', 'tasks', 'workspaces', 'tasks/../tasks'])('among our own records is refused: %s', (name) => {
    for (const base of [home.home, join(home.outside, 'home-link')]) {
      expect(() => draft({ workdir: join(base, name) })).toThrow(
        expect.objectContaining({ code: 'usage', message: expect.stringContaining('own records') }),
      );
    }
  });
});

describe('a conversation', () => {
  const conversation = '0b6a2c1e-7f3d-4a58-8c90-2d4e6f8a1b3c';
  const fields = { task_id: 'task-local-1', status: 'completed', agent_session_id: conversation } as const;

  it('is continued by the id of a task, in its folder', async () => {
    const before = await addTask(home, fields);
    expect(draft({ session: 'task-local-1' })).toMatchObject({
      agent_session_id: conversation,
      continues: true,
      workdir: before.workdir,
    });
    expect(draft({ session: 'task-local-1' }).input_uuid).not.toBe(before.input_uuid);
  });

  it('is continued by its own id, in the folder of the latest task that used it', async () => {
    await addTask(home, fields);
    const later = await addTask(home, { ...fields, task_id: 'task-local-2' });
    await home.history.add(home.tasks.load('task-local-1'));
    await home.history.add(later);
    expect(draft({ session: conversation })).toMatchObject({ agent_session_id: conversation, workdir: later.workdir });
    const waiting = await addTask(home, { ...fields, status: 'pending', task_id: 'task-local-3' });
    await home.queue.add({ priority: 5, queuedAt: 1, user: 'local', taskId: 'task-local-3' });
    expect(draft({ session: conversation }).workdir).toBe(waiting.workdir);
  });

  it('that no task of ours used needs a folder', () => {
    expect(() => draft({ session: conversation })).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('-w') }),
    );
    expect(draft({ session: conversation, workdir: home.outside })).toMatchObject({
      agent_session_id: conversation,
      continues: true,
      workdir: home.outside,
    });
  });

  it.each([
    ['of a task that is not there', { session: 'task-local-9' }, 'not-found'],
    ['of an agent that has none', { session: 'task-local-5' }, 'usage'],
    ['with an agent that has none', { session: 'task-local-1', agent: 'echo' }, 'usage'],
    ['whose folder is gone', { session: 'task-local-6' }, 'usage'],
  ])('%s is refused', async (_what, request, code) => {
    await addTask(home, fields);
    await addTask(home, { task_id: 'task-local-5', status: 'completed', agent: 'echo', agent_session_id: null });
    await addTask(home, { ...fields, task_id: 'task-local-6', workdir: '/nowhere/at/all' });
    expect(() => draft(request)).toThrow(expect.objectContaining({ code }));
  });
});

describe('what goes on with a task of a session', () => {
  const session = 'session-local-1700000000000';
  const conversation = '11111111-1111-4111-8111-111111111111';

  it('is a message to it while it is open, by the task or by its agent’s conversation; later it goes on by itself', async () => {
    await home.sessions.create(sessionOf(home.outside, { session_id: session, agent_session_id: conversation }));
    await addTask(home, { task_id: 'task-local-1', session_id: session, agent_session_id: conversation });
    for (const given of ['task-local-1', conversation, session]) {
      expect(draft({ session: given })).toMatchObject({ session_id: session, agent_session_id: conversation });
    }
    expect(() => draft({ session: 'task-local-1', model: 'other' })).toThrow(/--model cannot be given/);
    await home.sessions.end(session, 'user', '2026-11-20T00:00:00.000Z');
    expect(draft({ session: 'task-local-1' })).toMatchObject({ session_id: null, agent_session_id: conversation });
  });
});
