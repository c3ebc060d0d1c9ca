// What the built program loads, by its chunks: what each requires at once, and from which packages it was made.

import fs from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../scripts/build.mjs';

const dist = path.join(projectRoot, 'dist');
export const entry = 'main.cjs';

const read = (name: string) => fs.readFileSync(path.join(dist, name), 'utf8');

/** A chunk and all that it requires at once, by their names. */
export function loadedWith(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const [, chunk] of read(name).matchAll(/^(?:var \w+ = )?require\("\.\/([^"]+)"\);$/gm)) {
    loadedWith(chunk as string, seen);
  }
  return seen;
}

/** The chunk that one of these requires when a module of that name (`tasks-list`) is imported; the bundler names it so. */
export function chunkOf(module: string, chunks: ReadonlySet<string>): string {
  for (const name of chunks) {
    const found = new RegExp(`=> .*require\\("\\./(${module}-[A-Z0-9]{8}\\.cjs)"\\)`).exec(read(name));
    if (found) return found[1] as string;
  }
  throw new Error(`nothing imports ${module} lazily`);
}

/** The files that went into these chunks, relative to the project. */
export function sourcesOf(chunks: ReadonlySet<string>): string[] {
  return [...chunks].flatMap((name) =>
    (JSON.parse(read(`${name}.map`)) as { sources: string[] }).sources.map((source) =>
      path.posix.join('dist', source).replace(/\\/g, '/'),
    ),
  );
}

/** The packages that went into these chunks, each once. */
export function packagesOf(chunks: ReadonlySet<string>): string[] {
  const names = sourcesOf(chunks).flatMap((source) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
  return [...new Set(names)].sort();
}
