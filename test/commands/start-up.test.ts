// Commands that are typed often, or run from a prompt, load nothing that is slow to load.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** A chunk of the bundle with all that it imports statically. */
function withImports(name: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(name)) return seen;
  const text = readFileSync(join(dist, name), 'utf8');
  seen.set(name, text);
  for (const [, chunk] of text.matchAll(/^(?:import .*|} from )"\.\/([^"]+)";$/gm)) withImports(chunk as string, seen);
  return seen;
}

it.each(['history', 'stats', 'tasks-list'])('%s', (command) => {
  const start = withImports('main.js');
  // The bundler names a chunk after the module that is imported when the command runs.
  const imports = [...start.values()].join('\n').matchAll(/import\("\.\/(.+)-[A-Z0-9]{8}\.js"\)/g);
  const [found] = Array.from(imports).filter(([, name]) => name === command);
  const chunk = /"\.\/(.+)"/.exec(found?.[0] ?? '')?.[1] ?? '';
  const loaded = new Map([...start, ...withImports(chunk)]);
  const packages = [...loaded.values()].flatMap((text) =>
    Array.from(text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm), (match) => match[1]),
  );
  expect(new Set(packages)).toEqual(new Set(['commander']));
});
