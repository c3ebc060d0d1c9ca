// A person's own login among the accounts: its folder shares no conversations with ours, and work goes on there and back all the same.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ModelRequest } from '../../src/lib/demo/model-server.ts';
import { type Scene, startScene } from '../support/e2e.ts';
import { textOfRequest } from '../support/e2e-model.ts';

const secrets = { theirs: 'sk-ant-oat01-their-own-login-0123456789-AAAA', ours: 'sk-ant-our-own-key-0123456789-BBBB' };
type Name = keyof typeof secrets;

let scene: Scene;
let foreign: string;

async function accounts(args: string[], input = ''): Promise<string> {
  const { stdout, stderr, exitCode } = await scene.cli(['accounts', ...args], { input });
  expect({ args, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, stderr: '' });
  return stdout;
}

const isOf = (name: Name) => (request: ModelRequest) => request.apiKey === secrets[name];
const wall = { status: 429, message: 'You have hit your usage limit.' };

/** The records of a conversation below a config folder, with the names of its folders. */
function recordsIn(folder: string, conversation: string): string[] {
  const projects = path.join(folder, 'projects');
  const names = fs.existsSync(projects) ? fs.readdirSync(projects) : [];
  return names.map((name) => path.join(projects, name, `${conversation}.jsonl`)).filter((file) => fs.existsSync(file));
}
function recordIn(folder: string, conversation: string): string {
  const found = recordsIn(folder, conversation);
  expect(found).toHaveLength(1);
  return fs.readFileSync(found[0] as string, 'utf8');
}
const shared = () => path.join(scene.person, '.claude');

beforeAll(async () => {
  scene = await startScene({ env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', CLAUDE_CODE_MAX_RETRIES: '1' } });
  // A login as the agent keeps it, where a person keeps one beside the usual place.
  foreign = path.join(scene.folder, 'their-claude');
  fs.mkdirSync(foreign, { mode: 0o700 });
  const claudeAiOauth = {
    accessToken: secrets.theirs,
    refreshToken: 'sk-ant-ort01-never-used-0123456789',
    expiresAt: Date.now() + 86_400_000,
    scopes: ['user:inference', 'user:profile'],
    subscriptionType: 'max',
  };
  fs.writeFileSync(path.join(foreign, '.credentials.json'), JSON.stringify({ claudeAiOauth }), { mode: 0o600 });
  await accounts(['add', 'theirs', '--config-dir', foreign, '--base-url', scene.model.url, '--priority', '9']);
  await accounts(['add', 'ours', '--api-key', '-', '--base-url', scene.model.url, '--priority', '5'], secrets.ours);
});
afterAll(() => scene.close());

beforeEach(() => {
  for (const name of ['theirs', 'ours'])
    fs.rmSync(path.join(scene.home, 'accounts', name, 'state.json'), { force: true });
});

it('a conversation that began under a foreign login goes on under ours, and back under that login later', async () => {
  /** Which account is at its wall. */
  let walled: Name = 'theirs';
  /** The processes that the agent itself notes for the conversation while it works. */
  const noted: { pid: number; sessionId: string }[] = [];
  scene.plays(
    'PEAR',
    (request) => {
      const folder = path.join(foreign, 'sessions');
      for (const name of isOf('theirs')(request) && fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
        if (/^\d+\.json$/.test(name)) noted.push(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')));
      }
      const isAtWall = isOf(walled)(request) && request.toolResults > 0;
      const write = { name: 'Write', input: { file_path: `${request.cwd}/first.txt`, content: 'half' } };
      return isAtWall ? [wall] : [{ toolUses: [write] }, { text: 'Never said.' }];
    },
    { later: (request) => (isOf(walled)(request) ? [wall] : [{ text: 'Ours went on.' }]) },
  );
  const task = await scene.ended(await scene.dispatch(['-g', '4301', '-p', 'begin the PEAR']));
  expect(task).toMatchObject({
    status: 'completed',
    result: 'Ours went on.',
    runs: [
      { account: 'theirs', outcome: 'handed-over' },
      { account: 'ours', outcome: 'completed' },
    ],
  });
  const id = task.agent_session_id as string;
  expect(noted.map(({ sessionId }) => sessionId)).toContain(id);
  const [first] = scene.asked('PEAR').filter(isOf('ours'));
  for (const word of ['begin the PEAR', 'first.txt']) expect(textOfRequest(first as ModelRequest)).toContain(word);
  expect(first?.sessionText).toContain('Continue where you stopped');
  // The foreign record stays as it was; ours goes on from it.
  const [theirs, ours] = [recordIn(foreign, id), recordIn(shared(), id)];
  expect(ours.startsWith(theirs)).toBe(true);
  expect(ours).toContain('Ours went on.');
  expect(theirs).not.toContain('Ours went on.');

  walled = 'ours';
  await accounts(['reset', 'theirs']);
  scene.plays('APRICOT', (request) => [isOf('ours')(request) ? wall : { text: 'Back at theirs.' }], {
    later: (request) => [isOf('ours')(request) ? wall : { text: 'Back at theirs.' }],
  });
  const next = await scene.ended(await scene.dispatch(['-g', '4301', '-s', id, '-p', 'and the APRICOT']));
  expect(next).toMatchObject({
    status: 'completed',
    result: 'Back at theirs.',
    agent_session_id: id,
    runs: [
      { account: 'ours', outcome: 'handed-over' },
      { account: 'theirs', outcome: 'completed' },
    ],
  });
  const [back] = scene.asked('APRICOT').filter(isOf('theirs'));
  for (const word of ['begin the PEAR', 'Ours went on.', 'and the APRICOT']) {
    expect(textOfRequest(back as ModelRequest)).toContain(word);
  }
  expect(recordIn(foreign, id).startsWith(ours)).toBe(true);
  expect(recordIn(foreign, id)).toContain('Back at theirs.');
  // Whatever was read twice was not mixed: each line stands there once.
  const uuids = recordIn(foreign, id)
    .split('\n')
    .flatMap((line) => /"uuid":"([^"]+)","timestamp"/.exec(line)?.[1] ?? []);
  expect(new Set(uuids).size).toBe(uuids.length);
  expect(
    fs.readdirSync(path.dirname(recordsIn(foreign, id)[0] as string)).filter((name) => /tmp|kept/.test(name)),
  ).toEqual([]);
});

it('a session that began under a foreign login goes on under ours, and the login is left as it was', async () => {
  const login = fs.readFileSync(path.join(foreign, '.credentials.json'), 'utf8');
  const kinds = { isLimited: false };
  const answer = (request: ModelRequest) =>
    kinds.isLimited && isOf('theirs')(request)
      ? [wall]
      : [{ text: `Said by ${isOf('ours')(request) ? 'ours' : 'theirs'}.` }];
  scene.plays('FIG', answer, { later: answer });
  const id = (await scene.cli(['sessions', 'new', 'grove', '-g', '4302'])).stdout.trim();
  const say = async (text: string) => (await scene.cli(['sessions', 'send', id, text, '--wait'])).stdout.trim();
  expect(await say('first FIG')).toBe('Said by theirs.');
  kinds.isLimited = true;
  expect(await say('second FIG')).toBe('Said by ours.');
  const [request] = scene.asked('second FIG').filter(isOf('ours'));
  for (const word of ['first FIG', 'Said by theirs.']) expect(textOfRequest(request as ModelRequest)).toContain(word);
  const [session] = JSON.parse((await scene.cli(['sessions', 'list', '--json'])).stdout);
  expect(session).toMatchObject({ account: 'ours', generation: 2 });
  expect(recordIn(shared(), session.agent_session_id)).toContain('Said by ours.');
  // The same conversation, not another one that was told of it.
  expect(recordIn(shared(), session.agent_session_id).startsWith(recordIn(foreign, session.agent_session_id))).toBe(
    true,
  );
  expect(recordIn(foreign, session.agent_session_id)).not.toContain('Said by ours.');
  expect((await scene.cli(['sessions', 'end', id])).exitCode).toBe(0);
  expect(fs.readFileSync(path.join(foreign, '.credentials.json'), 'utf8')).toBe(login);
});
