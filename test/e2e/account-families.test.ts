// A weekly limit of one family of models, as the real agent's login meets it: the account rests for that family alone.

import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelRequest } from '../../src/lib/demo/model-server.ts';
import { type Scene, startScene } from '../support/e2e.ts';

const tokens = { one: 'sk-ant-oat01-families-one-0123456789-AAAA', two: 'sk-ant-oat01-families-two-0123456789-BBBB' };

let scene: Scene;

async function accounts(args: string[], input = ''): Promise<string> {
  const { stdout, stderr, exitCode } = await scene.cli(['accounts', ...args], { input });
  expect({ args, stderr: exitCode === 0 ? '' : stderr }).toEqual({ args, stderr: '' });
  return stdout;
}

/** The accounts that the service saw in conversations with the word. */
const askedIn = (word: string) =>
  new Set(
    scene.asked(word).map(({ apiKey }) => Object.entries(tokens).find(([, token]) => token === apiKey)?.[0] ?? apiKey),
  );

beforeAll(async () => {
  // One try of the agent's own: what goes on then is ours.
  scene = await startScene({ env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9', CLAUDE_CODE_MAX_RETRIES: '1' } });
  for (const name of ['one', 'two'] as const) {
    const login = ['--secret-env', 'CLAUDE_CODE_OAUTH_TOKEN=-', '--base-url', scene.model.url];
    await accounts(['add', name, ...login, '--priority', name === 'one' ? '9' : '5'], tokens[name]);
  }
});
afterAll(() => scene.close());

it('an account at its limit for opus is passed over for opus, and works on for sonnet', async () => {
  const resetsAt = Math.round(Date.now() / 1000) + 3 * 86_400;
  const isWalled = ({ apiKey, body }: ModelRequest) => apiKey === tokens.one && String(body.model).includes('opus');
  const refusal = {
    status: 429,
    message: 'This request would exceed your rate limit.',
    headers: {
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-representative-claim': 'seven_day_opus',
      'anthropic-ratelimit-unified-reset': String(resetsAt),
    },
  };
  const answers = (said: string) => (request: ModelRequest) => [isWalled(request) ? refusal : { text: said }];
  scene.plays('QUINCE', answers('Opus said it.'), { later: answers('Opus said it.') });
  const opus = await scene.ended(await scene.dispatch(['--model', 'opus', '-p', 'the QUINCE']));
  expect(opus).toMatchObject({
    status: 'completed',
    result: 'Opus said it.',
    runs: [
      { account: 'one', outcome: 'handed-over' },
      { account: 'two', outcome: 'completed' },
    ],
  });
  const until = new Date(resetsAt * 1000).toISOString();
  const state = JSON.parse(fs.readFileSync(path.join(scene.home, 'accounts/one/state.json'), 'utf8'));
  expect(state.limits).toMatchObject([{ model_family: 'opus', window: 'seven_day_opus', until }]);

  scene.plays('MEDLAR', answers('Sonnet said it.'));
  const sonnet = await scene.ended(await scene.dispatch(['--model', 'sonnet', '-p', 'the MEDLAR']));
  expect(sonnet).toMatchObject({ status: 'completed', account: 'one', runs: [{ account: 'one' }] });
  scene.plays('LOQUAT', answers('Opus again.'));
  const again = await scene.ended(await scene.dispatch(['--model', 'opus', '-p', 'the LOQUAT']));
  expect(again).toMatchObject({ status: 'completed', account: 'two', runs: [{ account: 'two' }] });
  expect([askedIn('MEDLAR'), askedIn('LOQUAT')]).toEqual([new Set(['one']), new Set(['two'])]);

  expect(await accounts(['list'])).toMatch(/^one +claude +limited for opus until /m);
  expect(await accounts(['show', 'one'])).toMatch(/^limit +seven_day_opus, opus, until /m);
  expect(JSON.parse(await accounts(['show', 'two', '--json']))).toMatchObject({ status: 'ready', limits: [] });
});
