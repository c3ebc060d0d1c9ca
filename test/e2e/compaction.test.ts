// An agent that is killed after a compaction has forgotten which line it was at work on: what it did is not done again.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/lib/sessions/record.ts';
import { isRunning, type Scene, startScene, until } from '../support/e2e.ts';
import { bash, type Gate, makeGate } from '../support/e2e-model.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.close());

const summary = 'This session is being continued from a previous conversation';

/** One command that can be counted fills the context; after the compaction the model waits at the gate. */
function play(word: string, gate: Gate): void {
  scene.plays(summary, [{ text: `Never said of ${word}.` }], {
    before: ({ sessionText }) => (sessionText.startsWith(summary) ? gate.opened : undefined),
    later: [{ text: `Went on with the ${word}.` }],
  });
  scene.plays(word, ({ cwd }) => [
    { ...bash(`echo once >> ${cwd}/${word}.txt`), usage: { input_tokens: 980_000, output_tokens: 10 } },
    { text: 'Never said either.' },
  ]);
}

/** Waits until the agent goes on after its compaction, and until its own record says so. `before`: requests of earlier ones. */
async function compacted(conversation: string | null, before = 0): Promise<void> {
  await until('the model to be asked after the compaction', () => scene.asked(summary).length > before);
  const projects = path.join(scene.person, '.claude', 'projects');
  const isNoted = (file: string) => fs.readFileSync(path.join(projects, file), 'utf8').includes('"compact_boundary"');
  await until('the compaction in the transcript', () =>
    fs
      .readdirSync(projects, { recursive: true, encoding: 'utf8' })
      .some((file) => file.endsWith(`${conversation}.jsonl`) && isNoted(file)),
  );
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until('the agent to die', () => !isRunning(pid));
}

/** The request was said to the model once, the command was run once, and the turn ended once, by going on. */
async function expectOnce(taskId: string, word: string): Promise<void> {
  const task = await scene.ended(taskId);
  expect(task).toMatchObject({ status: 'completed', result: `Went on with the ${word}.` });
  expect(task.runs.map(({ outcome }) => outcome)).toEqual(['lost', 'completed']);
  expect(fs.readFileSync(path.join(task.workdir, `${word}.txt`), 'utf8')).toBe('once\n');
  expect(scene.asked(word).filter(({ sessionText }) => sessionText.includes(word))).toHaveLength(1);
  const last = scene.asked(summary).at(-1);
  expect(last?.sessionText).toMatch(/^You were interrupted/);
}

it('in a session, whose agent is started again', { timeout: 60_000 }, async () => {
  const gate = makeGate();
  play('WALNUT', gate);
  const made = await scene.cli(['sessions', 'new', 'nuts', '-g', '1601', '--allowed-tools', 'Bash', '--json']);
  const { session_id: id, agent_session_id } = JSON.parse(made.stdout) as Session;
  const taskId = (await scene.cli(['sessions', 'send', id, 'crack the WALNUT'])).stdout.trim();
  await compacted(agent_session_id);
  const current = async () => JSON.parse((await scene.cli(['sessions', 'list', '--json'])).stdout)[0] as Session;
  await kill((await current()).pid as number);
  await expectOnce(taskId, 'WALNUT');
  gate.open();
  const { pid, ...session } = await current();
  expect(session).toMatchObject({ agent_session_id, generation: 2, repairs: [{ kind: 'resume', cause: 'dead' }] });
  await scene.told('1601');
  expect(scene.results('1601')).toHaveLength(1);
  await scene.cli(['sessions', 'end', id]);
  await until('the end of its agent', () => !isRunning(pid as number));
});

it('in a task, whose worker was killed as well', { timeout: 60_000 }, async () => {
  const gate = makeGate();
  play('HAZEL', gate);
  const before = scene.asked(summary).length;
  const taskId = await scene.dispatch(['-g', '1602', '--allowed-tools', 'Bash', '-p', 'shake the HAZEL']);
  await compacted(scene.task(taskId).agent_session_id, before);
  await scene.killWorker();
  await kill(scene.latestRun(taskId).pid);
  await scene.ended(await scene.dispatch(['-p', 'something else']));
  await expectOnce(taskId, 'HAZEL');
  gate.open();
  await scene.told('1602');
  expect(scene.results('1602')).toHaveLength(1);
});
