// Settings are shown with their origin, and never with a secret.

import { describe, expect, it } from 'vitest';
import { type ConfigFile, configSchema } from '../../../src/lib/config/schema.ts';
import { describeSettings } from '../../../src/lib/setup/describe-settings.ts';

const path = '/home/ali/.ccdispatch/config.yaml';

function described(config: ConfigFile, env: Record<string, string> = {}) {
  const all = describeSettings(configSchema.parse(config), path, env);
  return new Map(all.map(({ key, value, from }) => [key, [value, from]]));
}

describe('describeSettings', () => {
  it('tells values of the file, of variables, and defaults apart', () => {
    const found = described({ limits: { perUser: 2 }, timeouts: { silenceSeconds: 60 } }, { CLAUDE_TIMEOUT: '60' });
    expect(found.get('limits.perUser')).toEqual([2, path]);
    expect(found.get('timeouts.silenceSeconds')).toEqual([60, 'CLAUDE_TIMEOUT']);
    expect(found.get('limits.maxSessions')).toEqual([5, 'default']);
    expect(found.get('telegram.token')).toEqual([undefined, 'default']);
    expect(found.get('timeouts.wallSeconds')).toEqual([null, 'default']);
    expect(found.has('agents.claude')).toBe(false);
  });

  it('masks what is secret', () => {
    const found = described({
      telegram: { token: '123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
      profiles: { ali: { apiKey: 'key', authToken: 'word', env: { MY_PASSWORD: 'short', REGION: 'eu' } } },
      agents: { custom: { mine: { command: ['run', '--fast'], env: { API_KEY: 'x' } } } },
    });
    expect(found.get('telegram.token')).toEqual(['123456789:***', path]);
    for (const key of ['profiles.ali.apiKey', 'profiles.ali.authToken', 'profiles.ali.env.MY_PASSWORD']) {
      expect(found.get(key)).toEqual(['***', path]);
    }
    expect(found.get('agents.custom.mine.env.API_KEY')).toEqual(['***', path]);
    expect(found.get('profiles.ali.env.REGION')).toEqual(['eu', path]);
    expect(found.get('agents.custom.mine.command')).toEqual([['run', '--fast'], path]);
  });
});
