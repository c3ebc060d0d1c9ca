// Settings are found, laid over one another and checked as a whole; nothing of a faulty file is ever shown.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkSettings, type LoadRequest, loadSettings } from '../../../src/lib/config/load.ts';
import { makeHome, type TestHome } from '../../support/home.ts';

let home: TestHome;
let request: LoadRequest;

beforeEach(() => {
  home = makeHome();
  request = { env: { HOME: home.outside }, home: home.home };
});

function write(name: string, text: string, folder = home.home): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const secret = 'very-secret-word';

describe('the settings', () => {
  it('are the defaults where there is no file', async () => {
    const { settings, path } = await loadSettings(request);
    expect(path).toBe(null);
    expect(settings.limits.perUser).toBe(5);
  });

  it.each([
    ['config.json', '{"limits": {"perUser": 2}}'],
    ['config.yaml', 'limits:\n  perUser: 2\n'],
    ['config.yml', 'limits: {perUser: 2}'],
  ])('are read from %s', async (name, text) => {
    const path = write(name, text);
    expect(await loadSettings(request)).toMatchObject({ path, settings: { limits: { perUser: 2, maxSessions: 5 } } });
  });

  it('come from the home, else from the person, and from the environment before both', async () => {
    const own = write('.config/ccdispatch/config.json', '{"telegram": {"defaultChat": 1}}', home.outside);
    expect(await loadSettings(request)).toMatchObject({ path: own, settings: { telegram: { defaultChat: '1' } } });
    const path = write('config.json', '{"telegram": {"defaultChat": 2}}');
    expect(await loadSettings(request)).toMatchObject({ path, settings: { telegram: { defaultChat: '2' } } });
    request.env.TELEGRAM_DEFAULT_CHAT = '3';
    expect((await loadSettings(request)).settings.telegram.defaultChat).toBe('3');
    request.env.TELEGRAM_DEFAULT_CHAT = ' ';
    expect((await loadSettings(request)).settings.telegram.defaultChat).toBe('2');
  });

  it('come from the file that is named, which must be there', async () => {
    write('config.json', '{"limits": {"perUser": 2}}');
    const configPath = write('other.yaml', 'limits: {perUser: 3}', home.outside);
    expect(await loadSettings({ ...request, configPath })).toMatchObject({ settings: { limits: { perUser: 3 } } });
    await expect(loadSettings({ ...request, configPath: `${configPath}.yaml` })).rejects.toMatchObject({
      code: 'config',
      hint: expect.stringContaining('ccdispatch init'),
    });
  });

  it('are never read from a program', async () => {
    const configPath = write('config.mjs', 'globalThis.wasRun = true; export default {};', home.outside);
    await expect(loadSettings({ ...request, configPath })).rejects.toMatchObject({ code: 'config' });
    expect('wasRun' in globalThis).toBe(false);
  });
});

describe('faults', () => {
  it('are reported all at once, with path and origin', async () => {
    const path = write(
      'config.yaml',
      `language: fr\ntelegram: {token: ${secret}, x: 1}\nlimits: {perUser: 0}\nprofiles: {Ali: {}}\n`,
    );
    request.env.CLAUDE_TIMEOUT = 'long';
    const { faults } = await checkSettings(request);
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'language',
      'telegram.token',
      'telegram.x',
      'profiles.Ali',
      'timeouts.silenceSeconds',
      'limits.perUser',
    ]);
    expect(faults[4]).toContain('(from CLAUDE_TIMEOUT)');
    expect(faults.join()).not.toContain(secret);
    await expect(loadSettings(request)).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining(`6 faults in the settings (${path})`),
    });
  });

  it.each([
    ['config.json', `{"telegram":\n {"token": "${secret}" oops}`, 'line 2'],
    ['config.yaml', `telegram:\n  token: ${secret}\n bad: [x`, 'line 3'],
    ['config.yaml', `telegram: *${secret}`, 'unidentified alias, line 1'],
    ['config.yaml', `telegram: !${secret} x`, 'line 1'],
    ['config.yaml', `"${secret}": 1\n"${secret}": 2`, 'line 2'],
  ])('in the form of %s say where, and quote nothing: %j', async (name, text, place) => {
    const path = write(name, text);
    const error = await loadSettings(request).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'config', message: expect.stringContaining(path) });
    expect((error as Error).message).toContain(place);
    expect((error as Error).message).not.toContain(secret);
  });

  it.each(['[]', '"text"', '5'])('in the whole are named: %s', async (text) => {
    write('config.json', text);
    expect((await checkSettings(request)).faults).toEqual(['the whole: must be an object']);
  });
});
