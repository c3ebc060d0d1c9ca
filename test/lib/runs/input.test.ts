// What a run sends, in every case that the agent's own record can be in: nothing is ever done twice.

import { describe, expect, it } from 'vitest';
import type { Agent, InputRecord } from '../../../src/lib/agents/agent.ts';
import { createCustomAgent } from '../../../src/lib/agents/custom.ts';
import { continueText, decideInput } from '../../../src/lib/runs/input.ts';
import { aRun, aTask, firstTaskTs } from '../../support/tasks.ts';

const conversation = 'c-1';
const env = { HOME: '/home/x' };
const task = aTask({ agent_session_id: conversation, input_uuid: 'own' });
const continuing = { ...task, continues: true };
const hasRun = {
  ...task,
  runs: [aRun(firstTaskTs, 'lost', { input_uuid: 'go-on-1' }), aRun(firstTaskTs, 'lost', { n: 2 })],
};

/** An agent whose record says this; keeps what it was asked. */
function agentThatSays(record: InputRecord) {
  const asked: [string, string[], object][] = [];
  const lookUp: Agent['lookUp'] = (id, uuids, given) => {
    asked.push([id, [...uuids], given]);
    return record;
  };
  return { asked, agent: { canResume: true, lookUp } as Agent };
}
const decide = (one: typeof task, record: InputRecord, mayHaveRun = true) =>
  decideInput(one, agentThatSays(record).agent, 'the prompt', env, mayHaveRun);
const sends = (isNew: boolean, text = 'the prompt', uuid: unknown = 'own') => ({
  kind: 'send',
  input: { conversation: { id: conversation, isNew }, text, uuid },
});

describe('a new task', () => {
  it('begins its conversation, without a look', () => {
    const { agent, asked } = agentThatSays({ state: 'answered', text: 'x' });
    expect(decideInput(task, agent, 'the prompt', env, false)).toEqual(sends(true));
    expect(asked).toEqual([]);
  });

  it('that continues a conversation goes on in it, if it is there', () => {
    expect(decide(continuing, { state: 'not-seen' }, false)).toEqual(sends(false));
    expect(decide(continuing, { state: 'no-conversation' }, false)).toEqual({ kind: 'no-conversation' });
  });
});

describe('a task that may have run', () => {
  it.each<[string, typeof task, InputRecord, object]>([
    ['before the agent wrote anything: begins', task, { state: 'no-conversation' }, sends(true)],
    ['before the agent took the line: sends it', task, { state: 'not-seen' }, sends(false)],
    ['and was cut off: says to go on', task, { state: 'unfinished' }, sends(false, continueText, expect.any(String))],
    ['and was answered: is done', task, { state: 'answered', text: 'Four.' }, { kind: 'answered', text: 'Four.' }],
    [
      'in a conversation that is gone: cannot go on',
      continuing,
      { state: 'no-conversation' },
      { kind: 'no-conversation' },
    ],
    [
      'in a conversation that it continued',
      continuing,
      { state: 'answered', text: 'x' },
      { kind: 'answered', text: 'x' },
    ],
  ])('%s', (_case, one, record, decided) => expect(decide(one, record)).toEqual(decided));

  it('asks for all lines that were ever sent for it', () => {
    const { agent, asked } = agentThatSays({ state: 'unfinished' });
    const decided = decideInput(hasRun, agent, 'the prompt', env, true);
    expect(asked).toEqual([[conversation, ['own', 'go-on-1'], env]]);
    const uuid = decided.kind === 'send' ? decided.input.uuid : '';
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(['own', 'go-on-1']).not.toContain(uuid);
  });
});

describe('an agent without conversations', () => {
  it('gets the prompt, whatever there was', () => {
    const agent = createCustomAgent('echo', { command: ['echo'], env: {} });
    const sent = { kind: 'send', input: { conversation: null, text: 'the prompt', uuid: 'own' } };
    for (const mayHaveRun of [false, true])
      expect(decideInput(task, agent, 'the prompt', env, mayHaveRun)).toEqual(sent);
    const none = { ...task, agent_session_id: null };
    expect(decideInput(none, agentThatSays({ state: 'unfinished' }).agent, 'the prompt', env, true)).toEqual(sent);
  });
});
