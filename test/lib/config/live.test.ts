// Settings that follow their file: the new ones where it changed, the last good ones while it is faulty.

import { beforeEach, expect, it } from 'vitest';
import { followSettings, type LiveSettings } from '../../../src/lib/config/live.ts';
import { configSchema, type Settings } from '../../../src/lib/config/schema.ts';

const settingsOf = (perUser: number) => configSchema.parse({ limits: { perUser } });
let stamp: string;
let load: () => Promise<Settings>;
let loads: number;
let faults: unknown[];
let live: LiveSettings;

beforeEach(() => {
  stamp = '1';
  load = async () => settingsOf(2);
  loads = 0;
  faults = [];
  live = openLive('1');
});

/** Follows them from what was read when the stamp was this one. */
function openLive(firstStamp: string): LiveSettings {
  return followSettings({
    first: settingsOf(1),
    firstStamp,
    stamp: () => stamp,
    load: () => {
      loads++;
      return load();
    },
    onFault: (error) => void faults.push(error),
  });
}

it('are read again where the file changed after they were read first, and before anybody followed them', async () => {
  live = openLive('0');
  await live.refresh();
  expect([live.current().limits.perUser, loads]).toEqual([2, 1]);
});

it('are read again where the file changed, and only then', async () => {
  await live.refresh();
  expect([live.current().limits.perUser, loads]).toEqual([1, 0]);
  stamp = '2';
  await live.refresh();
  await live.refresh();
  expect([live.current().limits.perUser, loads]).toEqual([2, 1]);
});

it('stay the last good ones while the file is faulty, which is said once', async () => {
  stamp = '2';
  load = () => Promise.reject(new Error('faulty'));
  await live.refresh();
  await live.refresh();
  expect([live.current().limits.perUser, faults]).toEqual([1, [new Error('faulty')]]);
  stamp = '3';
  load = async () => settingsOf(3);
  await live.refresh();
  expect(live.current().limits.perUser).toBe(3);
});

it('are the new ones for each who asked after the change, also while they are being read', async () => {
  stamp = '2';
  const seen = async () => {
    await live.refresh();
    return live.current().limits.perUser;
  };
  expect(await Promise.all([seen(), seen(), seen()])).toEqual([2, 2, 2]);
  expect(loads).toBe(1);
});
