// What every command pays at its start: packages that are slow to load must stay behind the imports that need them.

import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const dist = path.resolve('dist');

/** All that Node loads before the first command runs: the entry point and what it imports statically. */
function readStartUp(name: string, seen = new Set<string>()): string {
  if (seen.has(name)) return '';
  seen.add(name);
  const text = fs.readFileSync(path.join(dist, name), 'utf8');
  const imported = Array.from(text.matchAll(/^(?:import .*|} from )"\.\/([^"]+)";$/gm), (match) => match[1] ?? '');
  return [text, ...imported.map((chunk) => readStartUp(chunk, seen))].join('\n');
}

/** The bundler notes above each module where it came from. */
function listPackages(bundle: string): string[] {
  const names = Array.from(bundle.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm), (match) => match[1] ?? '');
  return [...new Set(names)].sort();
}

it('loads only quick packages before a command runs', () => {
  const packages = listPackages(readStartUp('main.js'));
  expect(packages).toContain('commander');
  const quick = ['commander', 'zod'];
  expect(packages.filter((name) => !quick.includes(name))).toEqual([]);
});

it('takes only the small part of zod before a command runs', () => {
  expect(readStartUp('main.js')).not.toMatch(/^\/\/ node_modules\/zod\/v4\/(classic|locales)\//m);
});
