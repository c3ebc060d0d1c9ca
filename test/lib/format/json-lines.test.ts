// Lines are appended whole, also after a torn one, and come back last first from files of many blocks.

import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { appendLine, linesFromEnd } from '../../../src/lib/format/json-lines.ts';
import { makeHome } from '../../support/home.ts';

function makeFile(text = '') {
  const { files, paths } = makeHome();
  const path = join(paths.home, 'lines.jsonl');
  if (text !== '') fs.writeFileSync(path, text);
  const read = () => [...linesFromEnd(files, path)].filter((line) => line !== '').reverse();
  return { path, read, append: (line: string) => appendLine(files, path, line) };
}

it('gives nothing of a file that is not there', () => expect(makeFile().read()).toEqual([]));

it('begins a line of its own after one that was torn', async () => {
  const { path, read, append } = makeFile('"one"\n"tw');
  await append('"three"');
  await append('"four"');
  expect(fs.readFileSync(path, 'utf8')).toBe('"one"\n"tw\n"three"\n"four"\n');
  expect(read()).toEqual(['"one"', '"tw', '"three"', '"four"']);
});

it('reads lines that are longer than a block, and letters that lie across its border', () => {
  const lines = [0, 1, 21_845, 21_846, 70_000, 3, 65_535, 65_536].map((length, index) => index + '多'.repeat(length));
  expect(makeFile(lines.map((line) => `${line}\n`).join('')).read()).toEqual(lines);
  expect(makeFile(lines.join('\n')).read()).toEqual(lines);
});
