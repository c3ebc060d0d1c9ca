// A file that people edit: not read again as long as it stays the same, and each change of it seen at once.

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { realFiles } from '../../../src/lib/adapters/files.ts';
import { createKeptFile } from '../../../src/lib/config/kept-file.ts';
import { makeHome } from '../../support/home.ts';

function openFile() {
  const { outside, locks } = makeHome();
  const at = (name: string) => path.join(outside, name);
  const place = { path: at('numbers'), goodPath: at('numbers.good'), lockPath: at('.lock') };
  let reads = 0;
  const files = {
    ...realFiles,
    read(path: string) {
      if (path === place.path) reads++;
      return realFiles.read(path);
    },
  };
  const file = createKeptFile<number>(
    { files, locks },
    {
      ...place,
      empty: 0,
      parse: (text) => (/^\d+$/.test(text) ? { document: Number(text) } : { fault: { line: 1, what: 'no number' } }),
      render: String,
      withoutCopy: 'so there is no number',
      look: 'look',
    },
  );
  /** What it says, and how often it was read for that. */
  const look = () => {
    reads = 0;
    const { document, fault } = file.read();
    return [document, fault?.what ?? null, reads];
  };
  const longAgo = new Date(Date.now() - 60_000);
  /** Writes it in place, as though that had been a minute ago. */
  const write = (text: string) => {
    fs.writeFileSync(place.path, text);
    fs.utimesSync(place.path, longAgo, longAgo);
  };
  return { ...place, file, look, write };
}

it('is read once as long as it stays the same', async () => {
  const { file, look, write } = openFile();
  write('11');
  expect([look(), look(), look()]).toEqual([
    [11, null, 1],
    [11, null, 0],
    [11, null, 0],
  ]);
  await file.settled();
});

it('is read again where it was changed a moment ago: it may change once more without showing it', async () => {
  const { path, file, look } = openFile();
  fs.writeFileSync(path, '11');
  expect([look(), look()]).toEqual([
    [11, null, 1],
    [11, null, 1],
  ]);
  await file.settled();
});

it('shows each change, also one of the same length and with the same time', async () => {
  const { path, file, look, write } = openFile();
  write('11');
  look();
  await file.settled();
  write('22');
  expect(look()).toEqual([22, null, 1]);
  await file.settled();
  write('no');
  expect([look(), look()]).toEqual([
    [22, 'no number', 1],
    [22, 'no number', 0],
  ]);
  fs.rmSync(path);
  expect(look().slice(0, 2)).toEqual([22, 'the file is gone']);
  write('33');
  expect(look()).toEqual([33, null, 1]);
  await file.edit((before) => ({ result: null, document: before + 1 }));
  expect(look().slice(0, 2)).toEqual([34, null]);
  await file.settled();
});
