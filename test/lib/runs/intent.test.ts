// What was asked of a run is written down once, before any signal, and whoever sees the end reads it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { loadIntent, overrulePause, saveIntent } from '../../../src/lib/runs/intent.ts';
import { makeHome } from '../../support/home.ts';
import { anIntent } from './run-views.ts';

let folder: string;
beforeEach(() => {
  folder = makeHome().outside;
});

it('the first intent stands', async () => {
  expect(loadIntent(realFiles, folder)).toBe(null);
  expect(await saveIntent(realFiles, folder, anIntent({ detail: 'first' }))).toBe(true);
  expect(await saveIntent(realFiles, folder, anIntent({ kind: 'timeout', detail: 'second' }))).toBe(false);
  expect(loadIntent(realFiles, folder)).toEqual(anIntent({ detail: 'first' }));
});

it.each(['', '{"kind":"cancel"', 'null', '5', '{}', '{"kind":"dance"}'])('what is none counts as none: %j', (text) => {
  writeFileSync(join(folder, 'intent.json'), text);
  expect(loadIntent(realFiles, folder)).toBe(null);
});

it.each(['pause', 'takeover'] as const)(
  'a %s is overruled by what a person asks for, and nothing else is',
  async (kind) => {
    await saveIntent(realFiles, folder, anIntent({ kind, reason: 'limit' }));
    await overrulePause(realFiles, folder, anIntent({ kind: 'cancel' }));
    await overrulePause(realFiles, folder, anIntent({ kind: 'pause' }));
    expect(loadIntent(realFiles, folder)).toMatchObject({ kind: 'cancel', reason: 'user' });
  },
);
