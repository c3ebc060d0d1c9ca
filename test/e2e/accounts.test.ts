// Accounts that take turns: the real agent works with the one that it was given, sees no other, and goes on under the next.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesWith, hasProc, readEnvironment, type Scene, sceneKey, startScene, until } from '../support/e2e.ts';
import { bash, makeGate, textOfRequest } from '../support/e2e-model.ts';
import { listProcessesWith } from '../support/process-scan.ts';

const keys = {
  one: 'sk-ant-account-one-key-0123456789-AAAA',
  two: 'sk-ant-account-two-key-0123456789-BBBB',
  own: 'sk-ant-settings-of-the-person-0123456789',
};
const secrets = Object.values(keys);

let scene: Scene;
/** All that commands about accounts have printed. */
const said: string[] = [];

async function accounts(args: string[], input = ''): Promise<string> {
  const { stdout, stderr, exitCode } = await scene.cli(['accounts', ...args], { input });
  said.push(stdout, stderr);
  expect({ args, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, stderr: '' });
  return stdout;
}

/** Files of ours with one of the words: what the agent itself wrote, which is kept as it came, is left out. */
function leaks(words: string[]): string[] {
  const isOurs = (file: string) =>
    fs.realpathSync(file).startsWith(scene.home) && path.basename(file) !== 'events.jsonl';
  return filesWith(scene.home, words).filter(isOurs);
}

/** The keys that the service saw in conversations whose text holds the word. */
const keysOf = (word: string) => [...new Set(scene.asked(word).map(({ apiKey }) => apiKey))];

beforeAll(async () => {
  scene = await startScene({
    env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
  });
  // What the person's own Claude is told: it must not reach a run with an account.
  fs.mkdirSync(path.join(scene.person, '.claude'), { recursive: true });
  const settings = { env: { ANTHROPIC_API_KEY: keys.own } };
  fs.writeFileSync(path.join(scene.person, '.claude/settings.json'), JSON.stringify(settings));
  fs.writeFileSync(path.join(scene.person, '.claude/CLAUDE.md'), 'TAUGHT-BY-THE-PERSON');
  await accounts(['add', 'one', '--api-key', '-', '--base-url', scene.model.url], keys.one);
  await accounts(['add', 'two', '--api-key', '-', '--base-url', scene.model.url], `${keys.two}\n`);
});
afterAll(() => scene.close());

describe('runs', () => {
  it('take turns, each with its own key and no other', async () => {
    const gate = makeGate();
    scene.plays('first turn', [bash('echo hello'), { text: 'First.' }], { before: () => gate.opened });
    scene.plays('second turn', [{ text: 'Second.' }]);
    const first = await scene.dispatch(['--allowed-tools', 'Bash', '-p', 'first turn']);
    const { runs } = await scene.running(first);
    if (hasProc) {
      const env = readEnvironment(runs[0]?.pid as number);
      expect(env.ANTHROPIC_API_KEY).toBe(keys.one);
      expect(env.CLAUDE_CONFIG_DIR).toBe(path.join(scene.home, 'accounts/one/claude'));
      const others = [keys.two, keys.own, sceneKey, scene.bot.token];
      expect(Object.values(env).filter((value) => others.some((other) => value.includes(other)))).toEqual([]);
      const lines = listProcessesWith(scene.folder, process.pid).map(({ command }) => command);
      expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    }
    gate.open();
    expect(await scene.ended(first)).toMatchObject({ status: 'completed', account: 'one', runs: [{ account: 'one' }] });
    const second = await scene.dispatch(['-p', 'second turn']);
    expect(await scene.ended(second)).toMatchObject({
      status: 'completed',
      account: 'two',
      runs: [{ account: 'two' }],
    });
    expect([keysOf('first turn'), keysOf('second turn')]).toEqual([[keys.one], [keys.two]]);
    expect(textOfRequest(scene.asked('second turn')[0] as never)).toContain('TAUGHT-BY-THE-PERSON');
    const shown = JSON.parse(await accounts(['stats', '--json']));
    expect(shown).toMatchObject([
      { name: 'one', today: { runs: 1, completed: 1, failed: 0, success_rate: 1 }, total: { runs: 1 } },
      { name: 'two', today: { runs: 1, completed: 1 }, total: { runs: 1 } },
    ]);
    expect(shown[0].today.input_tokens).toBeGreaterThan(0);
  });

  it('go on in a conversation under its account, and under another where that one is switched off', async () => {
    scene.plays('remember the word', [{ text: 'Remembered.' }]);
    scene.plays('which word', [{ text: 'That word.' }]);
    scene.plays('the word again', [{ text: 'Again.' }]);
    const task = await scene.ended(await scene.dispatch(['-p', 'remember the word PLUM']));
    const account = task.account as 'one' | 'two';
    const next = await scene.ended(await scene.dispatch(['-s', task.task_id, '-p', 'which word was it']));
    expect(next).toMatchObject({ status: 'completed', account });
    await accounts(['disable', account]);
    const last = await scene.ended(await scene.dispatch(['-s', task.task_id, '-p', 'say the word again']));
    await accounts(['enable', account]);
    const other = account === 'one' ? 'two' : 'one';
    expect(last).toMatchObject({ status: 'completed', account: other });
    const request = scene.asked('say the word again').at(-1);
    expect(request?.apiKey).toBe(keys[other]);
    expect(textOfRequest(request as never)).toContain('PLUM');
  });

  it('wait where no account is free, say so, and start as soon as one is', async () => {
    scene.plays('patient', [{ text: 'Worth the wait.' }]);
    await accounts(['disable', 'one']);
    await accounts(['disable', 'two']);
    const taskId = await scene.dispatch(['-p', 'patient']);
    await until('a worker', () => scene.workerPid());
    const why = async () => JSON.parse((await scene.cli(['tasks', 'why', taskId, '--json'])).stdout);
    expect(
      (
        await until('it to wait for an account', async () => {
          const found = await why();
          return found.waits_for === 'account' ? found : null;
        })
      ).text,
    ).toContain('No account for claude can be used.');
    expect(scene.task(taskId).status).toBe('pending');
    await accounts(['enable', 'two']);
    expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', account: 'two' });
    await accounts(['enable', 'one']);
  });

  it('are no more at once than the account allows', async () => {
    const gate = makeGate();
    scene.plays('crowd', [{ text: 'Done.' }], { before: () => gate.opened });
    await accounts(['disable', 'two']);
    await accounts(['edit', 'one', '--max-runs', '1']);
    const [a, b] = [await scene.dispatch(['-p', 'crowd A']), await scene.dispatch(['-p', 'crowd B'])];
    await scene.running(a);
    const why = JSON.parse((await scene.cli(['tasks', 'why', b, '--json'])).stdout);
    expect([scene.task(b).status, why.waits_for]).toEqual(['pending', 'account']);
    gate.open();
    for (const taskId of [a, b])
      expect(await scene.ended(taskId)).toMatchObject({ status: 'completed', account: 'one' });
    await accounts(['edit', 'one', '--clear', 'max-runs']);
    await accounts(['enable', 'two']);
  });

  it('leave the accounts alone where the environment names its own key and provider', async () => {
    scene.plays('by provider', [{ text: 'Yes.' }]);
    const lines = ['LLM_PROVIDER=anthropic', `ANTHROPIC_API_KEY=${sceneKey}`, `ANTHROPIC_BASE_URL=${scene.model.url}`];
    fs.writeFileSync(path.join(scene.home, 'env'), lines.join('\n'));
    const task = await scene.ended(await scene.dispatch(['-p', 'by provider']));
    fs.rmSync(path.join(scene.home, 'env'));
    expect(task).toMatchObject({ status: 'completed', account: null });
    // Without a folder of an account the person's own settings have the last word: that is why accounts have one.
    expect(keysOf('by provider')).toEqual([keys.own]);
  });

  it('read what the agent laid aside in its own folder, and nothing else there', async () => {
    scene.plays('long winded', (request) => {
      const saved = /(\/[^\s"\\]+\/tool-results\/[^\s"\\]+)/.exec(textOfRequest(request))?.[1] ?? '/none';
      return [
        bash('seq 1 60000'),
        { toolUses: [{ name: 'Read', input: { file_path: saved, offset: 59_990, limit: 5 } }] },
        { text: 'Long.' },
      ];
    });
    await accounts(['disable', 'two']);
    await scene.ended(await scene.dispatch(['--allowed-tools', 'Bash', '-p', 'long winded']));
    expect(textOfRequest(scene.asked('long winded').at(-1) as never)).toContain('59993');
    const folder = path.join(scene.home, 'accounts/one');
    const [day = ''] = fs.readdirSync(path.join(folder, 'days'));
    const marked: [string, string][] = [
      [path.join(folder, 'claude/.credentials.json'), 'LOGIN-MARKER'],
      [path.join(folder, 'claude/history.jsonl'), 'TYPED-MARKER'],
      [path.join(folder, 'state.json'), 'last_used_at'],
      [path.join(folder, 'days', day), 'input_tokens'],
    ];
    for (const [file, marker] of marked.slice(0, 2)) fs.appendFileSync(file, `{"marker":"${marker}"}\n`);
    scene.plays('look there', [
      ...marked.map(([file_path]) => ({ toolUses: [{ name: 'Read', input: { file_path } }] })),
      { text: 'Looked.' },
    ]);
    await scene.ended(await scene.dispatch(['-p', `look there ${marked.map(([file]) => `@${file}`).join(' ')}`]));
    const requests = scene.asked('look there');
    expect(requests.at(-1)?.toolResults).toBe(marked.length);
    for (const [request, [, marker]] of requests.flatMap((one) => marked.map((each) => [one, each] as const))) {
      expect(textOfRequest(request)).not.toContain(marker);
    }
    await accounts(['enable', 'two']);
  });
});

describe('a key that an agent tells', () => {
  it('is masked in the record, the output, the message and the log', async () => {
    const told = `The keys are ${keys.one} and ${keys.two}.`;
    scene.plays('tell me the key', [bash('echo "$ANTHROPIC_API_KEY"'), { text: told }]);
    const task = await scene.ended(
      await scene.dispatch(['-g', '3101', '--allowed-tools', 'Bash', '-p', 'tell me the key']),
    );
    expect(task.result).toBe('The keys are *** and ***.');
    await scene.told('3101');
    expect(
      scene
        .results('3101')
        .map(({ text }) => text)
        .join(),
    ).toContain('The keys are *** and ***.');
    expect(leaks([keys.one, keys.two])).toEqual([]);
  });
});

describe('after all that', () => {
  it('no secret lies in a file of the home, nor was one printed or sent', async () => {
    await accounts(['list']);
    await accounts(['list', '--json']);
    await accounts(['show', 'one']);
    await accounts(['show', 'one', '--json']);
    await accounts(['stats']);
    await accounts(['test', 'one']);
    await accounts(['export', 'masked.json']);
    await accounts(['export', 'sealed.json', '--secrets'], 'a long passphrase\na long passphrase\n');
    for (const name of ['masked.json', 'sealed.json'])
      said.push(fs.readFileSync(path.join(scene.folder, name), 'utf8'));
    await scene.cli(['worker', 'stop']);
    await scene.workerGone();
    expect(leaks([keys.one, keys.two, sceneKey])).toEqual([]);
    const everything = JSON.stringify([said, scene.bot.messages()]);
    for (const secret of secrets) expect(everything).not.toContain(secret);
    // What a mask shows is all that is seen of them.
    expect(everything).toContain('sk-…AAAA');
  });
});
