// Agents of a person's own, and the set of all agents by their names.

import { describe, expect, it } from 'vitest';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import type { AgentRequest } from '../../../src/lib/agents/agent.ts';
import { createCustomAgent } from '../../../src/lib/agents/custom.ts';
import { agentNames, createAgents } from '../../../src/lib/agents/registry.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';

const custom = { command: ['/opt/echo', '--plain', '$HOME'], env: { ECHO: '1' } };

describe('a custom agent', () => {
  const agent = createCustomAgent('echo', custom);

  it('gets the prompt on standard input, and its own arguments', () => {
    const input = { conversation: null, text: 'say "hi"\n', uuid: 'u' };
    expect(agent.launch({ input } as AgentRequest)).toEqual({
      command: '/opt/echo',
      args: ['--plain', '$HOME'],
      stdin: 'say "hi"\n',
      files: {},
    });
  });

  it.each([
    [{ code: 0, signal: null }, false, null],
    [{ code: 3, signal: null }, true, 'agent'],
    [{ code: null, signal: 'SIGTERM' }, true, 'agent'],
  ])('that ended with %j gives what it printed', (exit, isError, reason) => {
    expect(agent.concludeExit(exit, '\n  its answer\n')).toMatchObject({ isError, reason, text: 'its answer' });
  });

  it('whose end nobody saw did not answer: what it printed may be half of it', () => {
    expect(agent.concludeExit(null, 'half an answer')).toMatchObject({ isError: true, text: 'half an answer' });
  });

  it('has nothing to resume', () => {
    expect([agent.canResume, agent.parseLine('{"type":"result"}'), agent.costBefore('c', {})]).toEqual([false, [], 0]);
    expect(agent.lookUp('c', new Set(), {})).toEqual({ state: 'no-conversation' });
    expect(agent.hasConversation('c', {})).toBe(false);
  });
});

describe('the agents of the settings', () => {
  const settings = configSchema.parse({ agents: { claude: { bin: '/opt/claude' }, custom: { echo: custom } } });
  const agents = createAgents({
    files: realFiles,
    settings,
    homes: ['/h'],
    personHomes: ['/p'],
    hookCommand: 'hook',
    permissionHook: { command: 'ask', timeoutSeconds: 60 },
  });

  it('are known by name, the built-in one first', () => {
    expect([agents.names(), agentNames(configSchema.parse({}))]).toEqual([['claude', 'echo'], ['claude']]);
    expect([agents.get('claude')?.name, agents.get('echo')?.name]).toEqual(['claude', 'echo']);
    expect(['codex', '', 'toString', '__proto__'].map((name) => agents.get(name))).toEqual([null, null, null, null]);
  });

  it('bring variables where they are a person’s own', () => {
    expect([agents.variablesOf('echo'), agents.variablesOf('claude')]).toEqual([{ ECHO: '1' }, {}]);
  });

  it('start the program that is set', () => {
    const input = { conversation: null, text: '', uuid: 'u' };
    const request = {
      chatId: '1',
      runFolder: '/r',
      allowedTools: [],
      model: null,
      env: {},
      input,
    } as unknown as AgentRequest;
    expect(agents.get('claude')?.launch(request).command).toBe('/opt/claude');
  });
});
