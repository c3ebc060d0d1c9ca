// Hooks of agents: those of our runs are kept with the run, those of sessions by hand are told, all others change nothing.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type HookInput,
  type HookParts,
  keepHook,
  parseHookInput,
  taskOfHook,
  tellHand,
} from '../../../src/lib/notify/hook.ts';
import { createOutbox } from '../../../src/lib/outbox/store.ts';
import { makeHome, type TestHome } from '../../support/home.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { addTask } from '../../support/tasks.ts';

let home: TestHome;
let parts: HookParts;
const taskId = 'task--100-5';
beforeEach(() => {
  home = makeHome();
  parts = { ...home, env: { CCDISPATCH_TASK_ID: taskId, CCDISPATCH_TASK_DIR: home.paths.task(taskId) } };
});

const input = (fields: Partial<HookInput> = {}): HookInput => ({
  hook_event_name: 'SessionEnd',
  session_id: 'c-1',
  ...fields,
});

describe('the JSON of a hook', () => {
  it('is read as far as we need it', () => {
    const text = JSON.stringify({
      ...input({ cwd: '/w', message: 'm' }),
      error: 5,
      last_assistant_message: null,
      more: 1,
    });
    expect(parseHookInput(text)).toEqual(input({ cwd: '/w', message: 'm' }));
  });

  it.each(['', '{', 'null', '5', '[]', '{}', '{"hook_event_name":"Stop"}', '{"hook_event_name":5,"session_id":"s"}'])(
    'is none: %j',
    (text) => expect(parseHookInput(text)).toBe(null),
  );

  it('is read without fail', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => void expect(() => parseHookInput(text)).not.toThrow()),
    );
  });
});

describe('whose hook it is', () => {
  it('is said by the variables of the run, which must fit together', () => {
    expect(taskOfHook(parts)).toBe(taskId);
    const withEnv = (env: HookParts['env']) => taskOfHook({ ...parts, env });
    expect(withEnv({})).toBe(null);
    expect(withEnv({ CCDISPATCH_TASK_ID: taskId })).toBe(null);
    expect(withEnv({ CCDISPATCH_TASK_ID: '../../x', CCDISPATCH_TASK_DIR: '/x' })).toBe(null);
    expect(withEnv({ CCDISPATCH_TASK_ID: taskId, CCDISPATCH_TASK_DIR: '/another/home/tasks/-100/task--100-5' })).toBe(
      null,
    );
  });
});

describe('a hook of a run', () => {
  const folder = (n: number) => home.paths.run(taskId, n);
  const kept = (n: number) =>
    home.files
      .list(folder(n))
      .filter((name) => name.startsWith('hook-'))
      .sort();
  function addRun(n: number, conversation: string | null) {
    mkdirSync(folder(n), { recursive: true });
    writeFileSync(join(folder(n), 'launch.json'), JSON.stringify({ conversation }));
  }
  beforeEach(() => addTask(home, { task_id: taskId, status: 'running' }).then(() => {}));

  it('is kept with the latest run, each with a number of its own', async () => {
    addRun(1, 'c-1');
    addRun(2, 'c-1');
    expect(await keepHook(parts, taskId, input(), '{"one":1}')).toBe(true);
    await Promise.all([1, 2, 3].map((n) => keepHook(parts, taskId, input(), `{"more":${n}}`)));
    expect(kept(1)).toEqual([]);
    expect(kept(2)).toEqual([1, 2, 3, 4].map((n) => `hook-SessionEnd-${n}.json`));
    expect(home.files.read(join(folder(2), 'hook-SessionEnd-1.json'))).toBe('{"one":1}');
  });

  it('is none of ours where it speaks of another conversation', async () => {
    addRun(1, 'c-1');
    expect(await keepHook(parts, taskId, input({ session_id: 'inner' }), '{}')).toBe(false);
    addRun(2, null);
    expect(await keepHook(parts, taskId, input(), '{}')).toBe(false);
    expect([kept(1), kept(2)]).toEqual([[], []]);
  });

  it('is none of ours where there is no run, or nothing known of it', async () => {
    expect(await keepHook(parts, taskId, input(), '{}')).toBe(false);
    mkdirSync(folder(1), { recursive: true });
    expect(await keepHook(parts, taskId, input(), '{}')).toBe(false);
    writeFileSync(join(folder(1), 'launch.json'), '{"conv');
    expect(await keepHook(parts, taskId, input(), '{}')).toBe(false);
  });

  it('becomes a file of a harmless name', async () => {
    addRun(1, 'c-1');
    for (const hook_event_name of ['../../x', '', '1']) await keepHook(parts, taskId, input({ hook_event_name }), '{}');
    expect(kept(1)).toEqual(['hook-unknown-1.json', 'hook-unknown-2.json', 'hook-x-1.json']);
  });
});

describe('a hook of a session by hand', () => {
  const tell = (fields: Partial<HookInput>, chatId = '-100') => {
    const outbox = createOutbox({ files: home.files, paths: home.paths, clock: createManualClock(), botId: null });
    return tellHand(outbox, chatId, 'zh', input(fields));
  };
  const told = () =>
    home.files
      .list(join(home.paths.outbox, '-100'))
      .map((name) => JSON.parse(home.files.read(join(home.paths.outbox, '-100', name)) ?? ''));

  it.each([
    ['Stop', { last_assistant_message: 'All done.', message: 'm' }, 'All done.'],
    ['Notification', { message: 'Claude needs your permission' }, 'Claude needs your permission'],
    ['StopFailure', { error: 'rate_limit' }, 'rate_limit'],
    ['Stop', {}, ''],
  ])('%s is told with %j', async (hook_event_name, fields, text) => {
    expect(await tell({ hook_event_name, cwd: '/w', ...fields })).toBe(true);
    expect(told()).toMatchObject([
      { language: 'zh', notification: { kind: 'hand', event: hook_event_name, folder: '/w', text } },
    ]);
  });

  it('is told as often as it comes', async () => {
    await tell({ hook_event_name: 'Stop' });
    await tell({ hook_event_name: 'Stop' });
    expect(told()).toHaveLength(2);
  });

  it('is cut where it is long, between characters', async () => {
    await tell({ hook_event_name: 'Stop', last_assistant_message: '😀'.repeat(40_000) });
    expect(told()[0].notification.text).toMatch(/^(😀)+…$/u);
  });

  it.each(['SessionEnd', 'PreToolUse', 'toString'])('%s is not told', async (hook_event_name) => {
    expect(await tell({ hook_event_name })).toBe(false);
    expect(await tell({ hook_event_name: 'Stop' }, 'local')).toBe(false);
    expect(told()).toEqual([]);
  });
});
