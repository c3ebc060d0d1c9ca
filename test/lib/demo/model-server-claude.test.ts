/** The model server as the real agent meets it. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeFileScript } from '../../../src/lib/demo/model-script.ts';
import { type ModelServer, startModelServer } from '../../../src/lib/demo/model-server.ts';
import { scriptByPrompt } from '../../support/prompt-script.ts';
import { type AgentHome, makeAgentHome, resultsOf, userLine } from './run-claude.ts';

const STREAM_INPUT = ['--input-format', 'stream-json'];
let server: ModelServer;
let agent: AgentHome;

beforeEach(async () => {
  server = await startModelServer();
  agent = await makeAgentHome();
});

afterEach(async () => {
  await agent.remove();
  await server.close();
});

function promptsSeen(): string[] {
  return server.requests.filter((request) => !request.isSideRequest).map((request) => request.sessionText);
}

test('a Write call of the script becomes a real file in the working folder', async () => {
  server.setScript(writeFileScript());
  const exit = await agent.start(server.url, { input: 'write hello.txt: some text\n' }).exit;

  expect(exit.code).toBe(0);
  expect(await readFile(join(agent.work, 'hello.txt'), 'utf8')).toBe('some text');
  expect(resultsOf(exit)).toMatchObject([
    { is_error: false, result: 'I wrote hello.txt (9 characters).', usage: { input_tokens: 200, output_tokens: 40 } },
  ]);
  expect(server.requests.map(({ toolResults, cwd, apiKey }) => ({ toolResults, cwd, apiKey }))).toEqual([
    { toolResults: 0, cwd: agent.work, apiKey: 'test-key' },
    { toolResults: 1, cwd: agent.work, apiKey: 'test-key' },
  ]);
  expect(promptsSeen()).toEqual(['write hello.txt: some text', 'write hello.txt: some text']);
});

test('a 429 is the outcome when retries are off', async () => {
  server.setScript(() => ({ status: 429, message: 'too many requests today' }));
  const exit = await agent.start(server.url, { input: 'hi', env: { CLAUDE_CODE_MAX_RETRIES: '0' } }).exit;

  expect(exit.code).toBe(1);
  expect(resultsOf(exit)).toMatchObject([{ is_error: true, api_error_status: 429, terminal_reason: 'api_error' }]);
  expect(String(resultsOf(exit)[0]?.result)).toContain('too many requests today');
  expect(server.requests).toHaveLength(1);
});

test('a 429 with retry-after is tried again by the agent', async () => {
  let calls = 0;
  server.setScript(() => {
    calls += 1;
    return calls === 1 ? { status: 429, headers: { 'retry-after': '0' } } : { text: 'fine' };
  });
  const exit = await agent.start(server.url, { input: 'hi' }).exit;

  expect(exit.lines).toContainEqual(expect.objectContaining({ subtype: 'api_retry', error_status: 429 }));
  expect(resultsOf(exit)).toMatchObject([{ is_error: false, result: 'fine' }]);
});

test('an agent that waits for a hanging answer can be ended', async () => {
  server.setScript(() => ({ hang: true }));
  const run = agent.start(server.url, { input: 'hi' });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1), { timeout: 20_000 });
  run.process.kill('SIGTERM');
  const exit = await run.exit;

  expect(exit.code).toBe(143);
  expect(resultsOf(exit)).toEqual([]);
});

test('a background command gives two results, and the script sees its notification as a turn of its own', async () => {
  const bash = { command: 'sleep 0.5; echo built', description: 'Build', run_in_background: true };
  server.setScript(
    scriptByPrompt([
      { match: '<task-notification>', steps: [{ text: 'Built.' }] },
      { match: 'build', steps: [{ toolUses: [{ name: 'Bash', input: bash }] }, { text: 'Building.' }] },
    ]),
  );
  const args = [...STREAM_INPUT, '--allowedTools', 'Bash'];
  const exit = await agent.start(server.url, { input: userLine('build it', randomUUID()), args }).exit;

  expect(resultsOf(exit).map((line) => line.result)).toEqual(['Building.', 'Built.']);
  expect(promptsSeen().map((text) => text.split('\n')[0])).toEqual(['build it', 'build it', '<task-notification>']);
});

test('a compaction is a side request, and the prompt after it is seen alone', async () => {
  server.setScript(({ sessionText }) => ({ text: `answer to ${sessionText}` }));
  const id = randomUUID();
  for (const [prompt, how] of [
    ['first', '--session-id'],
    ['/compact', '--resume'],
    ['third', '--resume'],
  ] as const) {
    await agent.start(server.url, { input: userLine(prompt, randomUUID()), args: [...STREAM_INPUT, how, id] }).exit;
  }

  expect(promptsSeen()).toEqual(['first', 'third']);
  expect(server.requests.length).toBeGreaterThan(2);
});

test('a tool search does not look like a new prompt', async () => {
  server.setScript(
    scriptByPrompt([
      {
        match: 'look',
        steps: [{ toolUses: [{ name: 'ToolSearch', input: { query: 'select:WebFetch' } }] }, { text: 'found' }],
      },
    ]),
  );
  const exit = await agent.start(server.url, { input: 'look' }).exit;

  expect(resultsOf(exit)).toMatchObject([{ result: 'found', num_turns: 2 }]);
});

test('a subagent asks with its own prompt', async () => {
  const input = { description: 'part', prompt: 'do the part', subagent_type: 'general-purpose' };
  server.setScript(
    scriptByPrompt([
      { match: 'do the part', steps: [{ text: 'part done' }] },
      { match: '<task-notification>', steps: [{ text: 'all done' }] },
      { match: 'delegate', steps: [{ toolUses: [{ name: 'Agent', input }] }, { text: 'waiting' }] },
    ]),
  );
  const exit = await agent.start(server.url, { input: 'delegate' }).exit;

  expect(promptsSeen()).toContain('do the part');
  expect(resultsOf(exit).at(-1)).toMatchObject({ result: 'all done' });
});
