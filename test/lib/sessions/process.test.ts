// The one process of a session, with the real claude program: it answers turn after turn, is found again, sleeps and wakes.

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { systemProcesses } from '../../../src/lib/adapters/processes.ts';
import type { QuestionAnswer } from '../../../src/lib/agents/agent.ts';
import type { ModelScript } from '../../../src/lib/demo/model-server.ts';
import {
  endSessionProcess,
  type Generation,
  inputOf,
  livingGeneration,
  type SessionParts,
  wakeSession,
  warmAgentOf,
} from '../../../src/lib/sessions/process.ts';
import { foldTurn, newTurn, type TurnState } from '../../../src/lib/sessions/turn.ts';
import { until } from '../../support/until.ts';
import { eventsIn, makeWarmHome, newSessionId, sessionOf } from '../../support/warm-home.ts';

const id = newSessionId();
const uuidOf = (n: number) => `22222222-2222-4222-8222-22222222222${n}`;

function stateOf(generation: Generation, uuid: string): { turn: TurnState; text: string | undefined } {
  let turn = newTurn(uuid);
  let text: string | undefined;
  for (const event of eventsIn(generation)) {
    const step = foldTurn(turn, event);
    turn = step.turn;
    if (step.isOwn && event.type === 'finished') text = event.result.text;
  }
  return { turn, text };
}

async function say(parts: SessionParts, generation: Generation, line: string): Promise<void> {
  expect(await parts.fifos.write(inputOf(generation.folder), line, 5000)).toMatchObject({ isWhole: true });
}

/** Says something and waits until that turn is over. */
async function turn(parts: SessionParts, generation: Generation, text: string, uuid: string): Promise<string> {
  const [, warm] = warmAgentOf(parts, parts.sessions.load(id));
  await say(parts, generation, warm.inputLine(text, uuid));
  await until('the end of the turn', () => stateOf(generation, uuid).turn.phase === 'over', 20_000);
  return stateOf(generation, uuid).text ?? '';
}

const repeats: ModelScript = ({ sessionText }) => ({ text: `You said: ${sessionText}` });

it('answers turns in one process, is found again, and sleeps and wakes in one conversation', async () => {
  const { parts, model, outside } = await makeWarmHome(repeats);
  await parts.sessions.create(sessionOf(outside, { session_id: id }));
  const first = await wakeSession(parts, id, true);
  expect(first).toMatchObject({ n: 1, child: { id: first.process } });
  expect(await turn(parts, first, 'one', uuidOf(1))).toBe('You said: one');
  expect(await turn(parts, first, 'two', uuidOf(2))).toBe('You said: two');

  // As another worker sees it, which knows the files alone.
  const adopted = await wakeSession(parts, id, false);
  expect(adopted).toEqual({ n: 1, folder: first.folder, process: first.process, child: null });
  expect(await turn(parts, adopted, 'three', uuidOf(3))).toBe('You said: three');

  await endSessionProcess(parts, id, 5000);
  expect(livingGeneration(parts, parts.sessions.load(id))).toBeNull();
  expect(existsSync(inputOf(first.folder))).toBe(false);

  const second = await wakeSession(parts, id, false);
  expect(second.n).toBe(2);
  expect(await turn(parts, second, 'four', uuidOf(4))).toBe('You said: four');
  const told = JSON.stringify(model.requests.filter(({ isSideRequest }) => !isSideRequest).at(-1)?.body);
  for (const word of ['one', 'two', 'three']) expect(told).toContain(`You said: ${word}`);
}, 60_000);

it('finds a process that was started and never written down', async () => {
  const { parts, outside } = await makeWarmHome(repeats);
  await parts.sessions.create(sessionOf(outside, { session_id: id }));
  const started = await wakeSession(parts, id, true);
  // As if whoever started it had died before he saved the record.
  await parts.sessions.change(id, 'test', (session) => ({ ...session, generation: 0, pid: null, pid_started: null }));
  const found = await wakeSession(parts, id, true);
  expect(found).toEqual({ n: 1, folder: started.folder, process: started.process, child: null });
  expect(parts.sessions.load(id)).toMatchObject({ generation: 1, pid: started.process?.pid });
}, 30_000);

it('is interrupted in mid-turn and stays for the next one', async () => {
  const { parts, outside } = await makeWarmHome(async ({ sessionText }) => {
    // What was interrupted stands before the next request, as a part of it.
    return sessionText.includes('next') ? { text: 'quick' } : { hang: true };
  });
  await parts.sessions.create(sessionOf(outside, { session_id: id }));
  const [, warm] = warmAgentOf(parts, sessionOf(outside, { session_id: id }));
  const generation = await wakeSession(parts, id, true);
  await say(parts, generation, warm.inputLine('slow', uuidOf(1)));
  await until('the turn', () => stateOf(generation, uuidOf(1)).turn.phase === 'at-work', 20_000);
  await say(parts, generation, warm.interruptLine('stop-1'));
  await until('the end of the turn', () => stateOf(generation, uuidOf(1)).turn.phase === 'over', 20_000);
  expect(stateOf(generation, uuidOf(1)).turn.isCancelled).toBe(true);
  expect(await turn(parts, generation, 'next', uuidOf(2))).toBe('quick');
  expect(systemProcesses.isAlive(generation.process ?? { pid: 0, started: '' })).toBe(true);
}, 60_000);

const asking: ModelScript = ({ sessionText, toolResults }) => {
  if (toolResults > 0) return { text: 'done' };
  if (!sessionText.includes('colour')) {
    return { toolUses: [{ name: 'Bash', input: { command: 'curl -s localhost:1', description: 'asks' } }] };
  }
  const options = ['Red', 'Blue'].map((label) => ({ label, description: label }));
  const question = { question: 'Which colour?', header: 'Colour', multiSelect: false, options };
  return { toolUses: [{ name: 'AskUserQuestion', input: { questions: [question] } }] };
};

it('asks in its stream and hears the answer on its input', async () => {
  const { parts, outside, model } = await makeWarmHome(asking);
  await parts.sessions.create(sessionOf(outside, { session_id: id }));
  const [, warm] = warmAgentOf(parts, sessionOf(outside, { session_id: id }));
  const generation = await wakeSession(parts, id, true);
  async function answer(text: string, uuid: string, how: (input: Record<string, unknown>) => QuestionAnswer) {
    await say(parts, generation, warm.inputLine(text, uuid));
    await until('the question', () => stateOf(generation, uuid).turn.questions.length > 0, 20_000);
    const question = stateOf(generation, uuid).turn.questions[0];
    if (!question) throw new Error('nothing was asked');
    await say(parts, generation, warm.answerLine(question.id, how(question.input)));
    await until('the end of the turn', () => stateOf(generation, uuid).turn.phase === 'over', 20_000);
    return question;
  }
  const denied = await answer('look', uuidOf(1), () => ({ behavior: 'deny', message: 'Not today, thank you.' }));
  expect(denied).toMatchObject({ tool: 'Bash', kind: 'permission', input: { command: 'curl -s localhost:1' } });
  expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('Not today, thank you.');
  const chosen = await answer('colour', uuidOf(2), (input) => ({
    behavior: 'allow',
    input: { ...input, answers: { 'Which colour?': 'Blue' } },
  }));
  expect(chosen).toMatchObject({ tool: 'AskUserQuestion', kind: 'choice' });
  expect(JSON.stringify(model.requests.at(-1)?.body)).toMatch(/Which colour\?[^}]*Blue/);
}, 60_000);
