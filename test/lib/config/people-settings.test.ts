// The settings about people: closed by default, ids as numbers or text, and lists from the environment.

import { describe, expect, it } from 'vitest';
import { checkSettings, loadSettings } from '../../../src/lib/config/load.ts';
import { pathsOf } from '../../../src/lib/config/paths.ts';
import { configSchema } from '../../../src/lib/config/schema.ts';
import { makeHome, type TestHome } from '../../support/home.ts';

const load = (home: TestHome, env: Record<string, string>) => ({
  env: { HOME: home.outside, ...env },
  home: home.home,
});

describe('the settings about people', () => {
  it('let nobody in by default', () => {
    expect(configSchema.parse({})).toMatchObject({
      telegram: { allowedUserIds: [], adminIds: [] },
      groups: {},
      bot: { confirmAfterSeconds: 3600, plainText: 'session' },
      approvals: { timeoutMinutes: 30, notByRequester: false },
    });
  });

  it('take ids as numbers and as text', () => {
    const { telegram, groups } = configSchema.parse({
      telegram: { allowedUserIds: [5, '123456789'], adminIds: ['7'] },
      groups: { '-1001': { shared: true }, '-1002': {} },
    });
    expect(telegram).toMatchObject({ allowedUserIds: ['5', '123456789'], adminIds: ['7'] });
    expect(groups).toEqual({ '-1001': { shared: true }, '-1002': { shared: false } });
  });

  it('come from the environment as lists, before the file', async () => {
    const home = makeHome();
    await home.files.replace(`${home.home}/config.json`, '{"telegram": {"allowedUserIds": [1], "adminIds": [2]}}');
    const { settings } = await loadSettings(
      load(home, { TELEGRAM_ALLOWED_USER_IDS: ' 5, 6,7 ,', TELEGRAM_ADMIN_IDS: ' ' }),
    );
    expect(settings.telegram).toMatchObject({ allowedUserIds: ['5', '6', '7'], adminIds: ['2'] });
  });

  it('name the variable of a bad id, and never show it', async () => {
    const home = makeHome();
    const { faults } = await checkSettings(load(home, { TELEGRAM_ADMIN_IDS: '5,@somebody,-7' }));
    expect(faults).toEqual([
      "telegram.adminIds.1: must be a person's Telegram id (digits) (from TELEGRAM_ADMIN_IDS)",
      "telegram.adminIds.2: must be a person's Telegram id (digits) (from TELEGRAM_ADMIN_IDS)",
    ]);
  });

  it.each([
    [{ groups: { '1001': {} } }],
    [{ telegram: { adminIds: [0] } }],
    [{ telegram: { adminIds: [1.5] } }],
    [{ bot: { plainText: 'chat' } }],
    [{ approvals: { timeoutMinutes: 0 } }],
  ])('refuse %j', (config) => expect(configSchema.safeParse(config).success).toBe(false));
});

it('the counters of a user lie below his id, and of nothing else', () => {
  const paths = pathsOf('/h');
  expect(paths.usage('123')).toBe('/h/usage/123');
  for (const text of ['', '../x', '-5', '0', '1\n', '1/2']) {
    expect(() => paths.usage(text)).toThrow(expect.objectContaining({ code: 'usage' }));
  }
});
