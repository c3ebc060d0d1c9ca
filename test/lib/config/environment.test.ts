// Variables of the environment are laid over the config, and what they cannot be laid over is left for the check to name.

import { describe, expect, it } from 'vitest';
import { environmentSettings, overlayEnvironment } from '../../../src/lib/config/environment.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';

describe('overlayEnvironment', () => {
  it('wins over the file, setting by setting, and leaves the file as it was', () => {
    const config = { telegram: { token: 'old', defaultChat: 1 }, agents: { default: 'x' } };
    const before = structuredClone(config);
    const env = { TELEGRAM_BOT_TOKEN: ' new ', CLAUDE_BIN: '/bin/claude', CLAUDE_TIMEOUT: '90' };
    expect(overlayEnvironment(config, env)).toEqual({
      telegram: { token: 'new', defaultChat: 1 },
      agents: { default: 'x', claude: { bin: '/bin/claude' } },
      timeouts: { silenceSeconds: 90 },
    });
    expect(config).toEqual(before);
  });

  it('takes an empty variable for none', () => {
    expect(overlayEnvironment({}, { TELEGRAM_BOT_TOKEN: '', CLAUDE_BIN: '  ', CLAUDE_TIMEOUT: undefined })).toEqual({});
  });

  it('keeps a text that is no number, so that the check can name it', () => {
    expect(overlayEnvironment({}, { CLAUDE_TIMEOUT: 'long' })).toEqual({ timeouts: { silenceSeconds: 'long' } });
  });

  it.each([[{ telegram: 'text', agents: 5 }], [{ telegram: [], agents: { claude: 5 } }]])(
    'leaves a faulty section to the check: %j',
    (config) => {
      const overlaid = overlayEnvironment(config, { TELEGRAM_BOT_TOKEN: 'new', CLAUDE_BIN: 'x' });
      expect(overlaid).toEqual(config);
      expect(configSchema.safeParse(overlaid).success).toBe(false);
    },
  );

  it.each(environmentSettings.map(({ name }) => [name]))('%s sets a setting that there is', (name) => {
    const values: Record<string, string> = {
      TELEGRAM_BOT_TOKEN: '12345:AAHfiqksKZ8WmR2zMnQgA',
      TELEGRAM_API_URL: 'http://127.0.0.1:1',
      TELEGRAM_PROXY: 'http://127.0.0.1:2',
      TELEGRAM_DEFAULT_CHAT: '-100',
      CLAUDE_BIN: 'claude',
      CLAUDE_TIMEOUT: '5',
    };
    const parsed = configSchema.parse(overlayEnvironment({}, { [name]: values[name] ?? '1' }));
    expect(parsed).not.toEqual(configSchema.parse({}));
  });
});
