// In what a living worker differs from a shell is told by names alone, and no value ever lies in clear.

import { describe, expect, it } from 'vitest';
import { describeWorker, differencesTo } from '../../../../src/lib/runs/worker/describe-worker.ts';
import type { WorkerHolder } from '../../../../src/lib/runs/worker/wake.ts';

describe('in what a worker differs from a shell', () => {
  const agents = { claude: 'claude', echo: '/opt/echo' };
  const env = {
    PATH: '/bin',
    ANTHROPIC_API_KEY: 'secret-key-of-a-person',
    CLAUDE_BIN: 'x',
    HOME: '/home/x',
    LANG: 'C',
  };
  const holder: WorkerHolder = { pid: 1, purpose: 'worker', since: 'x', ...describeWorker('1.0', agents, env) };

  it('is nothing where nothing differs', () => expect(differencesTo(holder, '1.0', agents, env)).toEqual([]));

  it.each<[string, Parameters<typeof differencesTo> extends [unknown, ...infer Rest] ? Rest : never, string[]]>([
    ['its version', ['1.1', agents, env], ['version']],
    ['the path of an agent', ['1.0', { ...agents, claude: '/opt/claude' }, env], ['agent claude']],
    ['nothing for an agent that it does not know', ['1.0', { ...agents, other: '/opt/other' }, env], []],
    ['a key', ['1.0', agents, { ...env, ANTHROPIC_API_KEY: 'another' }], ['ANTHROPIC_API_KEY']],
    ['what one of the two has', ['1.0', agents, { ...env, PATH: undefined, AWS_REGION: 'eu' }], ['AWS_REGION', 'PATH']],
    ['nothing that does not matter', ['1.0', agents, { ...env, LANG: 'zh', HOME: '/y', EDITOR: 'vi' }], []],
    ['nothing by the marks of an agent around us', ['1.0', agents, { ...env, CLAUDE_CODE_SESSION_ID: 's' }], []],
  ])('is %s', (_what, [version, paths, variables], differing) => {
    expect(differencesTo(holder, version, paths, variables)).toEqual(differing);
  });

  it('is unknown for a holder that says nothing of it', () => {
    expect(differencesTo({ pid: 1, purpose: 'worker', since: 'x' }, '1.0', agents, env)).toEqual([]);
  });

  it('is told without any value in clear, and differently by each worker', () => {
    const other = describeWorker('1.0', agents, env);
    expect(JSON.stringify([holder, other])).not.toContain('secret-key');
    expect(other.variables?.ANTHROPIC_API_KEY).not.toBe(holder.variables?.ANTHROPIC_API_KEY);
    expect(Object.keys(other.variables ?? {})).toEqual(['ANTHROPIC_API_KEY', 'CLAUDE_BIN', 'PATH']);
  });
});
