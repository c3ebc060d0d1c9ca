// What an agent may not read is said in rules: they meet our records and every other chat's workspaces, and never its own.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  claudeRunSettings,
  denyRules,
  patternsOfOthers,
  quoteForShell,
} from '../../../../src/lib/agents/claude/settings.ts';
import { pathsOf } from '../../../../src/lib/config/paths.ts';

/** A pattern of one path segment as the agent's rules read it: `*`, and classes that name what they match. */
function toExpression(pattern: string): RegExp {
  if (/\[[!^]/.test(pattern)) throw new Error('the rules know no negated classes');
  const source = pattern.replaceAll(/\[[^\]]*\]|[.*]/g, (part) => ({ '*': '[^/]*', '.': '\\.' })[part] ?? part);
  return new RegExp(`^${source}$`);
}

const matches = (patterns: string[], name: string) => patterns.some((pattern) => toExpression(pattern).test(name));
const chat = fc.oneof(fc.constant('local'), fc.stringMatching(/^-?\d{1,20}$/));
/** Chats that are alike: one character more, less or other. */
const alike = chat.chain((name) =>
  fc
    .tuple(fc.nat({ max: name.length }), fc.constantFrom('0', '1', '9', '-', ''), fc.nat({ max: 1 }))
    .map(([at, char, cut]) => [name, name.slice(0, at) + char + name.slice(at + cut)] as const),
);

describe('patterns of the other chats', () => {
  it('match every other one, and never this one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.tuple(chat, chat), alike), ([name, other]) => {
        const patterns = patternsOfOthers(name);
        expect(matches(patterns, name)).toBe(false);
        if (other !== name && other !== '') expect(matches(patterns, other)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it.each([
    ['123', ['124', '12', '1', '1234', '-123', '023', 'local', '999999']],
    ['-100', ['100', '-10', '-1000', '-', 'local', '-200']],
    ['local', ['locale', 'loca', '1', '-1']],
  ])('of %s match %j', (name, others) => {
    expect(others.filter((other) => !matches(patternsOfOthers(name), other))).toEqual([]);
  });
});

describe('deny rules', () => {
  const rules = denyRules({ homes: ['/h', '/real/h'], chatId: '12', personHomes: ['/home/x'] });
  const denied = new Set(rules);

  it.each(['/h', '/real/h'])('cover the records of the home %s, for Read and Edit', (home) => {
    for (const file of ['config.json', 'config.yaml', 'config.yml', 'env', 'users.json', 'accounts.json', '*.lock'])
      expect([denied.has(`Read(/${home}/${file})`), denied.has(`Edit(/${home}/${file})`)], file).toEqual([true, true]);
    for (const folder of ['tasks', 'sessions', 'inbox', 'outbox', 'logs', 'queue', 'history'])
      expect([denied.has(`Read(/${home}/${folder}/**)`), denied.has(`Edit(/${home}/${folder}/**)`)], folder).toEqual([
        true,
        true,
      ]);
  });

  it('cover all that we keep in the home, whatever comes to it', () => {
    const top = rules.flatMap((rule) => /^Read\(\/\/h\/([^/]+)(?:\/\*\*)?\)$/.exec(rule)?.[1] ?? []);
    const paths = pathsOf('/h');
    const ours = [
      ...Object.values(paths),
      paths.outboxLock('1'),
      paths.botLock('1'),
      paths.usage('1'),
      paths.inbox('1'),
    ];
    // Agents work below these; what is denied of them is a matter of its own.
    const others = ['/h', paths.workspaces, paths.worktrees, paths.accountFolders];
    const kept = ours.filter((path) => typeof path === 'string' && !others.includes(path)) as string[];
    const left = ['/h/config.yaml.backup-20261120T054312.000Z', '/h/.tmp-4711-0-users.json', '/h/cleanup.lock'];
    expect([...kept, ...left].filter((path) => !matches(top, path.split('/')[2] as string))).toEqual([]);
    expect(kept.length).toBeGreaterThan(20);
  });

  it('cover the keys and settings of the person', () => {
    expect(rules).toEqual(expect.arrayContaining(['Read(//home/x/.ssh/**)', 'Read(//home/x/.config/ccdispatch/**)']));
  });

  it('leave out the workspaces of this chat', () => {
    const patterns = rules.flatMap((rule) => /^Read\(\/\/h\/workspaces\/(.*)\/\*\*\)$/.exec(rule)?.[1] ?? []);
    expect(patterns.length).toBeGreaterThan(0);
    expect([matches(patterns, '12'), matches(patterns, '13')]).toEqual([false, true]);
    expect(rules.filter((rule) => /workspaces\/\*|workspaces\)/.test(rule))).toEqual([]);
  });
});

describe('deny rules of a worktree', () => {
  const request = { homes: ['/h'], chatId: '12', personHomes: ['/home/x'] };
  const patternsOf = (rules: string[]) =>
    rules.flatMap((rule) => /^Read\(\/\/h\/worktrees\/\*\/(.*)\/\*\*\)$/.exec(rule)?.[1] ?? []);

  it('leave out the own one alone, and never its record', () => {
    const rules = denyRules({ ...request, worktreeId: 'task-12-5' });
    const patterns = patternsOf(rules);
    expect([matches(patterns, 'task-12-5'), matches(patterns, 'task-12-6'), matches(patterns, 'session-12-5')]).toEqual(
      [false, true, true],
    );
    for (const name of ['*.json', '*.bundle', '.lock']) expect(rules).toContain(`Edit(//h/worktrees/*/${name})`);
  });

  it('cover all of them where the agent works elsewhere', () => {
    expect(patternsOf(denyRules(request))).toEqual(['*']);
  });
});

describe('the settings of a run', () => {
  const request = { homes: ['/h'], chatId: '1', personHomes: ['/home/x'], hookCommand: "'node' 'x.js' 'notify-hook'" };
  const SessionEnd = [{ hooks: [{ type: 'command', command: "'node' 'x.js' 'notify-hook'", timeout: 30 }] }];

  it('keep transcripts, and call our hook when the session ends', () => {
    expect(claudeRunSettings({ ...request, permissionHook: null })).toEqual({
      cleanupPeriodDays: 3650,
      permissions: { deny: denyRules(request) },
      hooks: { SessionEnd },
    });
  });

  it('let a person be asked about every tool, for as long as he may take', () => {
    const settings = claudeRunSettings({ ...request, permissionHook: { command: 'ask', timeoutSeconds: 600 } });
    expect(settings).toMatchObject({
      hooks: {
        SessionEnd,
        PermissionRequest: [{ matcher: '*', hooks: [{ type: 'command', command: 'ask', timeout: 600 }] }],
      },
    });
  });
});

it('words are quoted so that a shell gives them back', () => {
  const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(word, { minLength: 40, maxLength: 60 }), (words) => {
      const script = `printf '%s\\0' ${words.map(quoteForShell).join(' ')}`;
      const output = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
      expect(output).toBe(words.map((one) => `${one}\0`).join(''));
    }),
    { numRuns: 5 },
  );
  expect(quoteForShell(join('/a', "it's $HOME"))).toBe(`'/a/it'\\''s $HOME'`);
});
