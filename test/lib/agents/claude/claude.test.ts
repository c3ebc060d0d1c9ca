// How Claude Code is started: the prompt goes through standard input alone, and every option becomes an argument.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { realFiles } from '../../../../src/lib/adapters/files.ts';
import type { AgentRequest } from '../../../../src/lib/agents/agent.ts';
import { claudeInputLine, createClaude } from '../../../../src/lib/agents/claude/claude.ts';
import { makeHome } from '../../../support/home.ts';

const claude = createClaude({
  files: realFiles,
  bin: '/opt/claude',
  homes: ['/h'],
  personHomes: ['/home/x'],
  hookCommand: "'node' 'ccdispatch.js' 'notify-hook'",
  permissionHook: { command: "'node' 'ccdispatch.js' 'ask'", timeoutSeconds: 60 },
});

const request: AgentRequest = {
  taskId: 'task-12-1',
  chatId: '12',
  workdir: '/w',
  runFolder: '/h/tasks/12/task-12-1/runs/1',
  input: { conversation: { id: 'c-1', isNew: true }, text: 'Write a calculator.', uuid: 'u-1' },
  model: null,
  effort: null,
  permissionMode: null,
  allowedTools: [],
  yolo: false,
  asksPeople: false,
  maxBudgetUsd: null,
  env: {},
};
const argsOf = (fields: Partial<AgentRequest> = {}) => claude.launch({ ...request, ...fields }).args;
/** The argument behind an option; undefined where the option is not there. */
const argumentOf = (args: string[], option: string) =>
  args.includes(option) ? args[args.indexOf(option) + 1] : undefined;

describe('the arguments', () => {
  it('of a plain run', () => {
    expect(claude.launch(request).command).toBe('/opt/claude');
    expect(argsOf()).toEqual([
      '-p',
      ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
      ...['--settings', '/h/tasks/12/task-12-1/runs/1/settings.json'],
      ...['--session-id', 'c-1'],
      ...['--permission-mode', 'acceptEdits'],
      ...['--disallowedTools', 'ScheduleWakeup', 'CronCreate', 'EnterWorktree', 'ExitWorktree'],
    ]);
  });

  it.each([
    ['a model', { model: 'opus' }, '--model', 'opus'],
    ['an effort', { effort: 'high' }, '--effort', 'high'],
    ['a budget', { maxBudgetUsd: 2.5 }, '--max-budget-usd', '2.5'],
    ['a permission mode', { permissionMode: 'plan' }, '--permission-mode', 'plan'],
    ['yolo, whatever the mode', { yolo: true, permissionMode: 'plan' }, '--permission-mode', 'bypassPermissions'],
    ['allowed tools', { allowedTools: ['Bash(git:*)', 'Read'] }, '--allowedTools', 'Bash(git:*)'],
  ])('take %s', (_kind, fields, option, value) => {
    expect(argumentOf(argsOf(fields), option)).toBe(value);
    expect(argsOf(fields).filter((arg) => arg === option)).toHaveLength(1);
  });

  it('continue a conversation, begin one, or name none', () => {
    const withConversation = (conversation: AgentRequest['input']['conversation']) =>
      argsOf({ input: { ...request.input, conversation } });
    const resumed = withConversation({ id: 'c-1', isNew: false });
    expect([argumentOf(resumed, '--resume'), argumentOf(resumed, '--session-id')]).toEqual(['c-1', undefined]);
    expect(withConversation(null).filter((arg) => /^--(resume|session-id)$/.test(arg))).toEqual([]);
  });

  it('never hold the prompt, which is one line of JSON on standard input', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 12 }), (text) => {
        const { args, stdin, files } = claude.launch({ ...request, input: { ...request.input, text } });
        expect(args).toEqual(argsOf());
        expect(stdin.indexOf('\n')).toBe(stdin.length - 1);
        expect(JSON.parse(stdin)).toEqual({
          type: 'user',
          uuid: 'u-1',
          message: { role: 'user', content: [{ type: 'text', text }] },
        });
        expect(files).toEqual(claude.launch(request).files);
      }),
    );
    expect(claudeInputLine('/compact\n--model x\u2028', 'u').split('\n')).toHaveLength(2);
  });

  it('come with the settings of the run', () => {
    const settings = JSON.parse(claude.launch(request).files['settings.json'] ?? '');
    expect(settings).toMatchObject({ cleanupPeriodDays: 3650 });
    expect(JSON.stringify(settings)).toContain('notify-hook');
    expect(settings.permissions.deny).not.toContain('Read(//h/workspaces/12/**)');
  });

  it.each([
    ['somebody can be asked', { asksPeople: true }, true],
    ['nobody can be asked', { asksPeople: false }, false],
    ['nothing has to be asked', { asksPeople: true, yolo: true }, false],
  ])('come with a hook that asks where %s', (_kind, fields, asks) => {
    const { hooks } = JSON.parse(claude.launch({ ...request, ...fields }).files['settings.json'] ?? '');
    expect('PermissionRequest' in hooks).toBe(asks);
  });
});

describe('its record of a conversation', () => {
  let env: Record<string, string>;
  const entry = { type: 'user', uuid: 'u-1', promptSource: 'sdk', message: { content: 'x' } };
  beforeEach(() => {
    env = { HOME: makeHome().outside };
  });
  function write(...entries: object[]) {
    const folder = join(env.HOME as string, '.claude', 'projects', '-w');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'c-1.jsonl'), entries.map((one) => `${JSON.stringify(one)}\n`).join(''));
  }

  it('says whether there is one, and what it says of our line', () => {
    const lookUp = (...uuids: string[]) => claude.lookUp('c-1', new Set(uuids), env).state;
    expect(lookUp('u-1')).toBe('no-conversation');
    expect(claude.hasConversation('c-1', env)).toBe(false);
    write({ ...entry, uuid: 'other' });
    expect(lookUp('u-1')).toBe('not-seen');
    expect(claude.hasConversation('c-1', env)).toBe(true);
    write(entry);
    expect(lookUp('u-1')).toBe('unfinished');
  });

  it('says what it has cost', () => {
    expect(claude.costBefore('c-1', env)).toBe(0);
    write(entry, { type: 'cost-state', totalCostUSD: 0.5 });
    expect(claude.costBefore('c-1', env)).toBe(0.5);
  });

  it('is all there is to say of a process that ended without a result', () => {
    expect(claude.concludeExit({ code: 0, signal: null }, 'output')).toBe(null);
    expect([claude.name, claude.canResume]).toEqual(['claude', true]);
  });
});
