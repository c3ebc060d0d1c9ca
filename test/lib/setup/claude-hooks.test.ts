// Our hooks go into a person's settings once, and out of them without a trace.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addHooks,
  handEvents,
  parseClaudeSettings,
  removeHooks,
  renderClaudeSettings,
} from '../../../src/lib/setup/claude-hooks.ts';

const command = `'/usr/bin/node' '/opt/ccdispatch/bin/ccdispatch.js' 'notify-hook'`;
const theirs = { hooks: [{ type: 'command', command: 'say done' }] };

describe('addHooks', () => {
  it('adds a hook for each event and leaves the rest', () => {
    const settings = { model: 'opus', hooks: { Stop: [theirs], PreToolUse: [{ matcher: 'Bash', hooks: [] }] } };
    const ours = { hooks: [{ type: 'command', command, timeout: 10 }] };
    expect(addHooks(settings, command)).toEqual({
      model: 'opus',
      hooks: {
        Stop: [theirs, ours],
        PreToolUse: [{ matcher: 'Bash', hooks: [] }],
        StopFailure: [ours],
        Notification: [ours],
      },
    });
  });

  it('changes nothing the second time', () => {
    const once = addHooks({ hooks: { Stop: [theirs] } }, command);
    expect(JSON.stringify(addHooks(once, command))).toBe(JSON.stringify(once));
  });

  it.each([
    '/usr/local/bin/ccdispatch notify-hook',
    `'/old/node' '/old/place/bin/ccdispatch.js' notify-hook`,
    `env 'CCDISPATCH_HOME=/srv/x' "/old/node" "/old/ccdispatch.js" "notify-hook" `,
  ])('replaces what an earlier installation put there: %s', (old) => {
    expect(addHooks(addHooks({}, old), command)).toEqual(addHooks({}, command));
  });
});

describe('removeHooks', () => {
  it.each<[string, object]>([
    ['settings without hooks', { model: 'opus' }],
    ['empty settings', {}],
    ['hooks of others', { hooks: { Stop: [theirs], Notification: [theirs, { matcher: 'idle', hooks: [] }] }, z: 1 }],
    ['an empty list of hooks', { hooks: { PreToolUse: [] } }],
    [
      'what only looks like ours',
      {
        hooks: {
          Stop: [
            { hooks: [{ type: 'command', command: 'ccdispatch notify-hook --dry' }, { command: 'my-notify-hook' }] },
          ],
        },
      },
    ],
    ['shapes that we do not know', { hooks: { Stop: ['text', null, { hooks: 'text' }], Later: 5 } }],
  ])('gives back %s', (_case, settings) => {
    expect(removeHooks(addHooks(settings as never, command))).toEqual(settings);
    expect(JSON.stringify(removeHooks(settings as never))).toBe(JSON.stringify(settings));
  });

  it('takes ours out of a group that somebody put others into', () => {
    const mixed = { hooks: { Stop: [{ hooks: [...theirs.hooks, { type: 'command', command }] }] } };
    expect(removeHooks(mixed)).toEqual({ hooks: { Stop: [theirs] } });
  });

  it('undoes addHooks for any settings', () => {
    const group = fc.record({ hooks: fc.array(fc.record({ type: fc.constant('command'), command: fc.string() })) });
    const lists = fc.dictionary(fc.constantFrom(...handEvents, 'PreToolUse'), fc.array(group, { minLength: 1 }), {
      minKeys: 1,
    });
    const settings = fc.oneof(fc.record({ model: fc.string() }), fc.record({ model: fc.string(), hooks: lists }));
    fc.assert(
      fc.property(settings, (given) => {
        expect(removeHooks(addHooks(given, command))).toEqual(given);
      }),
    );
  });
});

describe('a settings file', () => {
  it('that is not there or empty counts as empty settings', () => {
    expect([parseClaudeSettings(null, 'x'), parseClaudeSettings(' \n', 'x')]).toEqual([{}, {}]);
  });

  it.each(['{', '[]', '"text"', '{"hooks": []}', '{"hooks": {"Stop": {}}}'])('that holds %s is refused', (text) => {
    expect(() => parseClaudeSettings(text, '/x/settings.json')).toThrow('/x/settings.json');
  });

  it('keeps its indentation', () => {
    expect(renderClaudeSettings({ a: { b: 1 } }, '{\n\t"a": 1\n}')).toBe('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n');
    expect(renderClaudeSettings({ a: 1 }, null)).toBe('{\n  "a": 1\n}\n');
  });
});
