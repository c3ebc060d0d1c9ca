// What a task may ask of its agent: teams, profiles, models, rights; and that the agent gets it, and nothing besides.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelServer, startModelServer } from '../../src/lib/demo/model-server.ts';
import { filesWith, hasProc, readEnvironment, type Scene, startScene } from '../support/e2e.ts';
import { bash, countIn, makeGate } from '../support/e2e-model.ts';

const isRoot = process.getuid?.() === 0;
const aliKey = 'ali-key-0123456789-of-another-service';
const oauthToken = 'oauth-token-that-the-profile-must-not-see';

let scene: Scene;
let other: ModelServer;
beforeAll(async () => {
  other = await startModelServer({ script: () => ({ text: 'From the other service.' }) });
  scene = await startScene({
    config: {
      profiles: {
        ali: { baseUrl: other.url, apiKey: aliKey, model: 'model-of-ali', env: { PROFILE_MARK: 'ali' } },
        quick: { model: 'quick-model', env: { PROFILE_MARK: 'quick' } },
      },
    },
    agents: {
      names: 'env | cut -d= -f1 | sort',
      tells: 'echo "key: $ANTHROPIC_API_KEY"; echo "key too: $ANTHROPIC_API_KEY" >&2; exit 1',
    },
    env: { CLAUDE_CODE_OAUTH_TOKEN: oauthToken, SOME_SECRET: 'not-for-agents' },
  });
});
afterAll(async () => {
  await scene.close();
  await other.close();
});

/** Runs a task whose model waits, and gives the environment that its agent was started with. */
async function environmentOf(word: string, args: string[]): Promise<Record<string, string>> {
  const gate = makeGate();
  scene.plays(word, [{ text: 'Seen.' }], { before: () => gate.opened });
  const taskId = await scene.dispatch([...args, `look: ${word}`]);
  await scene.running(taskId);
  const env = readEnvironment(scene.latestRun(taskId).pid);
  gate.open();
  await scene.ended(taskId);
  return env;
}

describe('the agent', () => {
  it.runIf(hasProc)('may start a team where it was asked for, and only there', async () => {
    const name = 'CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS';
    expect(await environmentOf('team', ['--agent-teams'])).toHaveProperty(name, '1');
    expect(await environmentOf('alone', [])).not.toHaveProperty(name);
  });

  it('gets model, effort, budget and rights as asked', async () => {
    const taskId = await scene.dispatch([
      ...['--model', 'claude-haiku-4-5', '--effort', 'low', '--max-budget-usd', '5', '--permission-mode', 'plan'],
      ...['--allowed-tools', 'Bash(echo *),WebFetch', '--thread', '5', '-g', '901', 'with: options'],
    ]);
    const task = await scene.ended(taskId);
    expect(task).toMatchObject({
      status: 'completed',
      model: 'claude-haiku-4-5',
      thread_id: 5,
      options: {
        effort: 'low',
        max_budget_usd: 5,
        permission_mode: 'plan',
        allowed_tools: ['Bash(echo *)', 'WebFetch'],
      },
    });
    const request = scene.asked('with: options')[0];
    expect(request?.body.model).toBe('claude-haiku-4-5');
    expect(countIn(request, 'Plan mode is active')).toBeGreaterThan(0);
    await scene.told('901');
    expect(scene.results('901')).toMatchObject([{ threadId: 5 }]);
  });

  it('may not do what would need a person, and edits in its own folder', async () => {
    const spared = path.join(scene.folder, 'spared.txt');
    scene.plays('vandal', ({ cwd }) => [
      bash(`touch ${spared}`),
      { toolUses: [{ name: 'Write', input: { file_path: `${spared}.2`, content: 'x' } }] },
      { toolUses: [{ name: 'Write', input: { file_path: `${cwd}/mine.txt`, content: 'x' } }] },
      { text: 'I tried.' },
    ]);
    const task = await scene.ended(await scene.dispatch(['play the vandal']));
    expect(task).toMatchObject({ status: 'completed', changed_files: ['mine.txt'] });
    expect([fs.existsSync(spared), fs.existsSync(`${spared}.2`)]).toEqual([false, false]);
    expect(fs.readdirSync(task.workdir)).toEqual(['mine.txt']);
  });

  it('sees only variables that are meant for agents', async () => {
    const said = await scene.cli(['dispatch', '--agent', 'names', '--wait', 'list them']);
    const names = said.stdout.trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'CCDISPATCH_TASK_ID', 'HOME', 'LANG', 'PATH']));
    expect(names.filter((name) => /^TELEGRAM_|^SOME_SECRET$|^CCDISPATCH_TEST_RUN$/.test(name))).toEqual([]);
  });

  it('cannot make us write its key down: not in the record, the answer, the chat or a terminal', async () => {
    const chat = '902';
    const said = await scene.cli(['dispatch', '-g', chat, '--ali', '--agent', 'tells', '--follow', 'tell me']);
    const task = await scene.ended(await scene.latestOf(chat));
    expect(task.result).toContain('key: ***\n\nkey too: ***');
    const shown = await Promise.all(
      [['logs'], ['logs', '--raw'], ['show'], ['show', '--json']].map(([command, ...flags]) =>
        scene.cli(['tasks', command as string, ...flags, task.task_id]),
      ),
    );
    expect(shown[0]?.stdout).toBe('key: ***\n');
    const messages = await scene.told(chat);
    expect(JSON.stringify([said, shown, messages])).not.toContain(aliKey);
    // The agent itself writes its output into these two; nobody stands between.
    const own = ['runs/1/events.jsonl', 'runs/1/stderr.log'].map((name) =>
      path.join(scene.taskFolder(task.task_id), name),
    );
    expect(filesWith(scene.home, [aliKey]).sort()).toEqual(own);
  });

  it('has its key masked in what it says and does, and nothing else', async () => {
    const command = `echo 'Bearer token-for-${aliKey}, sk-not-a-key-of-ours'`;
    other.setScript(({ toolResults }) =>
      toolResults === 0 ? bash(command) : { text: `I ran ${command}: postgres://user:password@localhost` },
    );
    const said = await scene.cli(['dispatch', '-g', '906', '--ali', '--allowed-tools', 'Bash', '--wait', 'run it']);
    other.setScript(() => ({ text: 'From the other service.' }));
    expect(said.stdout).toBe(
      "I ran echo 'Bearer token-for-***, sk-not-a-key-of-ours': postgres://user:password@localhost\n",
    );
    await scene.ended(await scene.latestOf('906'));
    expect(JSON.stringify(await scene.told('906'))).not.toContain(aliKey);
  });
});

describe('a profile', () => {
  it.each([['--ali'], ['--profile=ali']])('%s works with its own service, key and model', async (flag) => {
    const before = other.requests.length;
    const said = await scene.cli(['dispatch', flag, '--wait', `go to ${flag}`]);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'From the other service.\n' });
    const requests = other.requests.slice(before);
    expect(requests.length).toBeGreaterThan(0);
    for (const { apiKey, headers, body } of requests) {
      expect(apiKey).toBe(aliKey);
      expect(JSON.stringify(headers)).not.toContain(oauthToken);
      expect(body.model).toBe('model-of-ali');
    }
    expect(scene.asked(`go to ${flag}`)).toEqual([]);
  });

  it.runIf(hasProc)('with credentials of its own leaves no other ones to its agent', async () => {
    const gate = makeGate();
    other.setScript(async () => {
      await gate.opened;
      return { text: 'Seen.' };
    });
    const taskId = await scene.dispatch(['--ali', 'look']);
    await scene.running(taskId);
    const env = readEnvironment(scene.latestRun(taskId).pid);
    gate.open();
    await scene.ended(taskId);
    expect(env).toMatchObject({ ANTHROPIC_API_KEY: aliKey, ANTHROPIC_BASE_URL: other.url, PROFILE_MARK: 'ali' });
    expect(JSON.stringify(env)).not.toContain(oauthToken);
    expect(JSON.stringify(env)).not.toContain(scene.env.ANTHROPIC_API_KEY);
  });

  it.runIf(hasProc)('without credentials keeps those of the worker, and --model wins over its own', async () => {
    const env = await environmentOf('hurry', ['--profile', 'quick', '--model', 'claude-haiku-4-5']);
    expect(env).toMatchObject({ ANTHROPIC_API_KEY: scene.env.ANTHROPIC_API_KEY, PROFILE_MARK: 'quick' });
    expect(scene.asked('look: hurry')[0]?.body.model).toBe('claude-haiku-4-5');
  });

  it('must be in the settings', async () => {
    const said = await scene.cli(['dispatch', '-g', '903', '--profile', 'nobody', 'hello']);
    expect(said).toMatchObject({ exitCode: 3, stdout: '' });
    expect(said.stderr).toContain('Add profiles.nobody');
    expect((await scene.cli(['dispatch', '-g', '903', '--ali', '--profile', 'quick', 'hello'])).exitCode).toBe(2);
    expect(fs.existsSync(path.join(scene.home, 'tasks', '903'))).toBe(false);
  });
});

describe('--yolo', () => {
  it.runIf(isRoot)('is refused to root unless the settings allow it', async () => {
    const said = await scene.cli(['dispatch', '-g', '904', '--yolo', 'anything']);
    expect(said).toMatchObject({ exitCode: 4, stdout: '' });
    expect(said.stderr).toContain('yolo.allowRoot');
    expect(fs.existsSync(path.join(scene.home, 'tasks', '904'))).toBe(false);
  });

  it('lets the agent do what would need a person', async () => {
    await scene.workerGone();
    const done = path.join(scene.folder, 'done.txt');
    scene.plays('daredevil', [bash(`echo done > ${done}`), { text: 'I dared.' }]);
    // The worker reads the settings of the home, so they are changed there.
    const settings = path.join(scene.home, 'config.json');
    const before = fs.readFileSync(settings, 'utf8');
    fs.writeFileSync(settings, JSON.stringify({ ...JSON.parse(before), yolo: { allowRoot: true } }));
    const said = await scene.cli(['dispatch', '-g', '905', '--yolo', '--wait', 'call the daredevil']);
    fs.writeFileSync(settings, before);
    expect(said).toMatchObject({ exitCode: 0, stdout: 'I dared.\n' });
    expect(fs.readFileSync(done, 'utf8')).toBe('done\n');
    await scene.ended(await scene.latestOf('905'));
    await scene.told('905');
    expect(scene.results('905').map(({ text }) => text)).toEqual([expect.stringContaining('⚠️ YOLO')]);
  });

  it.runIf(isRoot)('is refused at its start, too, where the settings allow root no more', async () => {
    const settings = path.join(scene.home, 'config.json');
    const before = fs.readFileSync(settings, 'utf8');
    fs.writeFileSync(settings, JSON.stringify({ ...JSON.parse(before), yolo: { allowRoot: true } }));
    const taskId = await scene.dispatch(['-g', '906', '--yolo', '--hold', 'call the daredevil again']);
    fs.writeFileSync(settings, before);
    await scene.cli(['tasks', 'resume', taskId]);
    expect(await scene.ended(taskId)).toMatchObject({
      status: 'failed',
      reason: 'spawn',
      result: expect.stringContaining('set yolo.allowRoot in the config file'),
    });
    expect(scene.asked('daredevil again')).toEqual([]);
  });
});
