// The house rules, held against the sources: direction of imports, cycles, sizes, names, and the README's command table.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterEach, describe, expect, it } from 'vitest';
import { createProgram } from '../src/program.ts';
import {
  checkCycles,
  checkImports,
  checkNames,
  checkOpenings,
  checkSizes,
  checkTargets,
} from './support/architecture-rules.ts';
import { compareCommands, readCommandRows } from './support/command-table.ts';
import { parseSource, readSources, type SourceFile } from './support/source-tree.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

describe('this repository', () => {
  const sources = readSources(root, ['src', 'test', 'bench', 'scripts']);

  it('has sources to check', () => {
    expect(sources.filter((source) => source.path.startsWith('src/lib/')).length).toBeGreaterThan(20);
    expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(100);
  });

  it('imports one way, adapters as types alone', () => expect(checkImports(sources)).toEqual([]));
  it('has no import cycles', () => expect(checkCycles(sources)).toEqual([]));
  it('imports only files that exist', () => expect(checkTargets(root, sources)).toEqual([]));
  it('keeps files and functions short', () => expect(checkSizes(sources)).toEqual([]));
  it('has no names that say nothing', () => expect(checkNames(sources)).toEqual([]));
  it('opens every file with its job', () => expect(checkOpenings(sources)).toEqual([]));

  it.each(['README.md', 'README.zh-CN.md'])('%s lists the commands of the program', (name) => {
    const rows = readCommandRows(fs.readFileSync(path.join(root, name), 'utf8'));
    expect(compareCommands(rows, createProgram())).toEqual([]);
  });
});

describe('the checks', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
  });

  /** Writes a tree of sources into a folder of its own and reads it as the repository is read. */
  function readTree(files: Record<string, string>): { folder: string; sources: SourceFile[] } {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'architecture-'));
    folders.push(folder);
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), text);
    }
    return { folder, sources: readSources(folder, ['src', 'test']) };
  }

  it.each([
    ['a lower room imports a higher one', 'src/lib/tasks/a.ts', '../runs/b.ts', 'downwards'],
    ['records import one another', 'src/lib/tasks/a.ts', '../users/b.ts', 'downwards'],
    ['operations import one another', 'src/lib/cleanup/a.ts', '../doctor/b.ts', 'downwards'],
    ['agents import sessions', 'src/lib/agents/a.ts', '../sessions/b.ts', 'downwards'],
    ['sessions import runs', 'src/lib/sessions/a.ts', '../runs/b.ts', 'downwards'],
    ['records import notifications', 'src/lib/tasks/a.ts', '../notifications/b.ts', 'downwards'],
    ['lib imports a command', 'src/lib/telegram/a.ts', '../../commands/b.ts', 'downwards'],
    ['a command imports the program', 'src/commands/a.ts', '../program.ts', 'downwards'],
    ['the composition root imports a command', 'src/app.ts', './commands/b.ts', 'downwards'],
    ['an adapter is imported as a value in lib', 'src/lib/runs/a.ts', '../adapters/b.ts', 'only src/app'],
    ['an adapter is imported as a value by main', 'src/main.ts', './lib/adapters/b.ts', 'only src/app'],
    ['an adapter is imported as a value by a command', 'src/commands/a.ts', '../lib/adapters/b.ts', 'only src/app'],
    ['an adapter imports records', 'src/lib/adapters/a.ts', '../tasks/b.ts', 'the kernel alone'],
    ['notifications import records as values', 'src/lib/notifications/a.ts', '../tasks/b.ts', 'types alone'],
    ['the demo is imported by lib', 'src/lib/telegram/a.ts', '../demo/b.ts', 'commands alone'],
    ['a file stands outside of all rooms', 'src/lib/loose.ts', './tasks/b.ts', 'in no room'],
    ['an unknown room appears', 'src/lib/things/a.ts', '../tasks/b.ts', 'in no room'],
    ['sources import tests', 'src/lib/tasks/a.ts', '../../../test/b.ts', 'in no room'],
  ])('see that %s', (_fault, file, specifier, reason) => {
    for (const statement of [
      `import { b } from '${specifier}';`,
      `import { type B } from '${specifier}';`,
      `export * from '${specifier}';`,
      `async function a() {\n  await import('${specifier}');\n}`,
    ]) {
      const faults = checkImports([parseSource(file, `${statement}\n`)]);
      expect(faults, statement).toHaveLength(1);
      expect(faults[0]).toContain(reason);
    }
  });

  it.each([
    ['a higher room imports a lower one', 'src/lib/runs/a.ts', "import { b } from '../sessions/b.ts';"],
    ['kernel rooms know one another', 'src/lib/config/a.ts', "import { b } from '../errors/b.ts';"],
    ['a room imports its own files', 'src/lib/runs/deep/a.ts', "import { b } from '../b.ts';"],
    ['lib takes adapters as types', 'src/lib/config/a.ts', "import type { B } from '../adapters/b.ts';"],
    ['lib names an adapter type inline', 'src/lib/runs/a.ts', "let b: import('../adapters/b.ts').B;"],
    ['a part of the program imports commands', 'src/program-tasks.ts', "import('./commands/b.ts');"],
    ['a command takes the composition root', 'src/commands/a.ts', "import type { App } from '../app.ts';"],
    ['the composition root imports adapters', 'src/app.ts', "import { b } from './lib/adapters/b.ts';"],
    ['adapters import the kernel', 'src/lib/adapters/a.ts', "import { b } from '../errors/b.ts';"],
    ['notifications take records as types', 'src/lib/notifications/a.ts', "import type { B } from '../tasks/b.ts';"],
    ['a command plays the demo', 'src/commands/demo.ts', "const { b } = await import('../lib/demo/b.ts');"],
    ['packages are imported', 'src/lib/tasks/a.ts', "import { z } from 'zod';\nimport fs from 'node:fs';"],
    ['an import stands in a text', 'src/lib/tasks/a.ts', 'const b = "import { b } from \'../runs/b.ts\'";'],
  ])('allow that %s', (_case, file, text) => {
    expect(checkImports([parseSource(file, text)])).toEqual([]);
  });

  it('see cycles of any length, through types too, and only cycles', () => {
    const { sources } = readTree({
      'src/lib/runs/a.ts': "import './b.ts';",
      'src/lib/runs/b.ts': "import type { C } from './c.ts';",
      'src/lib/runs/c.ts': "export const a = () => import('./a.ts');",
      'src/lib/runs/d.ts': "import './a.ts'; import './c.ts';",
    });
    expect(checkCycles(sources)).toEqual([
      'import cycle: src/lib/runs/a.ts → src/lib/runs/b.ts → src/lib/runs/c.ts → src/lib/runs/a.ts',
    ]);
  });

  it('see imports of files that do not exist', () => {
    const { folder, sources } = readTree({ 'src/a.ts': "import './b.ts';\nimport './gone.ts';", 'src/b.ts': '' });
    expect(checkTargets(folder, sources)).toEqual(['src/a.ts:2: src/gone.ts does not exist']);
  });

  it('see files over 400 and functions over 80 lines', () => {
    const long = (lines: number) => Array.from({ length: lines }, (_, index) => `  f(${index});`).join('\n');
    const { sources } = readTree({
      'src/file-400.ts': `${long(400)}\n`,
      'src/file-401.ts': `${long(401)}\n`,
      'src/functions.ts': `function a() {\n${long(78)}\n}\n\nfunction b() {\n${long(79)}\n}\n`,
      'src/method.ts': `class A {\n  b = 1;\n  private async c(): Promise<void> {\n${long(80)}\n  }\n}\n`,
      'src/arrow.ts': `const a = { b: () => {\n${long(80)}\n} };\n`,
      'test/group.ts': `describe('a', () => {\n${long(90)}\n});\ndescribe.runIf(true)('b', () => {\n${long(90)}\n});\n`,
      'test/one.ts': `it('a', () => {\n${long(90)}\n});\n`,
      'test/fixtures/data.ts': `${long(500)}\n`,
    });
    expect(checkSizes(sources).map((fault) => fault.replace(/, at most.*/, ''))).toEqual([
      'src/arrow.ts:1: a function of 82 lines',
      'src/file-401.ts: 401 lines',
      'src/functions.ts:82: a function of 81 lines',
      'src/method.ts:3: a function of 82 lines',
      'test/one.ts:1: a function of 92 lines',
    ]);
  });

  it('see names that say nothing', () => {
    const { sources } = readTree({
      'src/lib/tasks/utils.ts': '',
      'src/lib/tasks/session-manager.ts': '',
      'src/lib/helpers/read.ts': '',
      'src/lib/tasks/types.ts': '',
      'src/lib/tasks/prototypes.ts': '',
    });
    expect(checkNames(sources).map((fault) => fault.split(':')[0])).toEqual([
      'src/lib/helpers/read.ts',
      'src/lib/tasks/session-manager.ts',
      'src/lib/tasks/types.ts',
      'src/lib/tasks/utils.ts',
    ]);
  });

  it('see files that do not say their job', () => {
    const { sources } = readTree({
      'src/block.ts': '/** Keeps the records of tasks. */\nexport {};\n',
      'src/lines.ts': '// Keeps the records\n// of tasks.\nexport {};\n',
      'src/shebang.ts': '#!/usr/bin/env node\n// Keeps the records of tasks.\n',
      'src/none.ts': "import fs from 'node:fs';\n// Keeps the records of tasks.\n",
      'src/empty.ts': '/** */\nexport {};\n',
      'src/word.ts': '// Records.\nexport {};\n',
    });
    expect(checkOpenings(sources).map((fault) => fault.split(':')[0])).toEqual([
      'src/empty.ts',
      'src/none.ts',
      'src/word.ts',
    ]);
  });

  it('see commands that the table leaves out or makes up', () => {
    const program = new Command('ccdispatch');
    program.command('dispatch').argument('[prompt...]');
    program.command('completion').argument('<shell>');
    program.command('internal', { hidden: true });
    const tasks = program.command('tasks');
    for (const name of ['list', 'show', 'why']) tasks.command(name);
    const table = (rows: string[]) =>
      [
        '# Name',
        '',
        '## All commands',
        '',
        '| command | does |',
        '| --- | --- |',
        ...rows,
        '',
        '## Next',
        '| `ccdispatch other` |',
      ].join('\n');
    const good = [
      '| `ccdispatch dispatch [prompt…]` | a |',
      '| `ccdispatch completion bash\\|zsh` | b |',
      '| `ccdispatch tasks list\\|show` | c |',
      '| `ccdispatch tasks why <id>` | d |',
    ];
    expect(compareCommands(readCommandRows(table(good)), program)).toEqual([]);
    expect(
      compareCommands(readCommandRows(table([...good.slice(0, 3), '| `ccdispatch tasks shout` | e |'])), program),
    ).toEqual([
      'the table has `ccdispatch tasks shout`, the program does not',
      'the program has `ccdispatch tasks why`, the table does not',
    ]);
    expect(() => readCommandRows('# Name\n\n## Commands\n\nNone.\n')).toThrow('there is no table');
    expect(readCommandRows('## 命令\n| `ccdispatch tasks` | 任务 |\n### 更多\n| `ccdispatch demo` | 演示 |\n')).toEqual(
      ['tasks', 'demo'],
    );
  });
});
