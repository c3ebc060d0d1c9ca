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
const asked = (one: typeof task, agent: Agent) => ({
  task: one,
  agent,
  prompt: 'the prompt',
  env,
  mayHaveRun: true,
  sent: [],
});
const decide = (one: typeof task, record: InputRecord, mayHaveRun = true) =>
  decideInput({ ...asked(one, agentThatSays(record).agent), mayHaveRun });
const sends = (isNew: boolean, text = 'the prompt', uuid: unknown = 'own') => ({
  kind: 'send',
  input: { conversation: { id: conversation, isNew }, text, uuid },
  noteIds: [],
});

describe('a new task', () => {
  it('begins its conversation, without a look', () => {
    const { agent, asked: lookUps } = agentThatSays({ state: 'answered', text: 'x' });
    expect(decideInput({ ...asked(task, agent), mayHaveRun: false })).toEqual(sends(true));
    expect(lookUps).toEqual([]);
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
    const { agent, asked: lookUps } = agentThatSays({ state: 'unfinished' });
    const decided = decideInput(asked(hasRun, agent));
    expect(lookUps).toEqual([[conversation, ['own', 'go-on-1'], env]]);
    const uuid = decided.kind === 'send' ? decided.input.uuid : '';
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(['own', 'go-on-1']).not.toContain(uuid);
  });
});

describe('an agent without conversations', () => {
  it('gets the prompt, whatever there was', () => {
    const agent = createCustomAgent('echo', { command: ['echo'], env: {} });
    const sent = { kind: 'send', input: { conversation: null, text: 'the prompt', uuid: 'own' }, noteIds: [] };
    for (const mayHaveRun of [false, true]) expect(decideInput({ ...asked(task, agent), mayHaveRun })).toEqual(sent);
    const none = { ...task, agent_session_id: null };
    expect(decideInput(asked(none, agentThatSays({ state: 'unfinished' }).agent))).toEqual(sent);
  });

  it('gets all notes with it: it remembers nothing', () => {
    const agent = createCustomAgent('echo', { command: ['echo'], env: {} });
    const noted = { ...task, agent_notes: notes };
    const sent = [{ input_uuid: 'own', note_ids: ['n-1'] }];
    expect(decideInput({ ...asked(noted, agent), sent })).toMatchObject({
      input: { text: 'the prompt\n\na.txt changed.\n\nb.txt changed.' },
      noteIds: ['n-1', 'n-2'],
    });
  });
});

const notes = [
  { id: 'n-1', text: 'a.txt changed.' },
  { id: 'n-2', text: 'b.txt changed.' },
];

describe('what the agent is to be told beside', () => {
  const noted = { ...hasRun, agent_notes: notes };
  /** An agent whose record holds these lines, cut off after the last. */
  const agentThatRead = (...lines: string[]) =>
    ({
      canResume: true,
      lookUp: (_id, uuids) => ({ state: lines.some((line) => uuids.has(line)) ? 'unfinished' : 'not-seen' }),
    }) as Pick<Agent, 'canResume' | 'lookUp'> as Agent;
  const told = (agent: Agent, sent: { input_uuid: string; note_ids: string[] }[]) => {
    const decided = decideInput({ ...asked(noted, agent), sent });
    return decided.kind === 'send' ? [decided.noteIds, decided.input.text] : decided;
  };

  it('goes with the line that says to continue', () => {
    expect(told(agentThatRead('own'), [])).toEqual([
      ['n-1', 'n-2'],
      `${continueText}\n\na.txt changed.\n\nb.txt changed.`,
    ]);
  });

  it('goes with the prompt where that was never read', () => {
    expect(told(agentThatRead(), [{ input_uuid: 'own', note_ids: ['n-1', 'n-2'] }])).toEqual([
      ['n-1', 'n-2'],
      'the prompt\n\na.txt changed.\n\nb.txt changed.',
    ]);
  });

  it('goes again with the next line where the one that carried it was never read', () => {
    const sent = [
      { input_uuid: 'go-on-1', note_ids: ['n-1'] },
      { input_uuid: 'go-on-2', note_ids: ['n-2'] },
    ];
    expect(told(agentThatRead('own', 'go-on-1'), sent)).toEqual([['n-2'], `${continueText}\n\nb.txt changed.`]);
    expect(told(agentThatRead('own', 'go-on-1', 'go-on-2'), sent)).toEqual([[], continueText]);
  });
});
