// The READMEs list what the bot understands: every command of its table, with its words and its help.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { botCommands } from '../src/lib/telegram/commands.ts';

const root = path.resolve(import.meta.dirname, '..');

describe.each([
  ['README.md', 'en', ', '],
  ['README.zh-CN.md', 'zh', '、'],
] as const)('%s', (file, language, comma) => {
  const lines = fs.readFileSync(path.join(root, file), 'utf8').split('\n');

  it('lists the commands of the chat', () => {
    const rows = botCommands.map(({ name, argument, words, help }) => {
      const usage = `/${name}${argument ? ` ${argument[language]}` : ''}`.replaceAll('|', '\\|');
      return `| \`${usage}\` | ${words.filter((word) => word !== name).join(comma)} | ${help[language]} |`;
    });
    expect(lines.filter((line) => line.startsWith('| `/'))).toEqual(rows);
  });
});
