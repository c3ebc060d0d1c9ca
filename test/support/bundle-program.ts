// Turns a TypeScript program of the tests into one that Node runs as a process of its own.

import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../scripts/build.mjs';

export interface BundledProgram {
  path: string;
  remove(): void;
}

/** Builds the program where it finds the project's packages. The caller removes it. */
export async function bundleProgram(entry: string): Promise<BundledProgram> {
  const cache = path.join(projectRoot, 'node_modules', '.cache', 'ccdispatch');
  fs.mkdirSync(cache, { recursive: true });
  const folder = fs.mkdtempSync(path.join(cache, 'program-'));
  const outfile = path.join(folder, `${path.basename(entry, '.ts')}.mjs`);
  const common = { bundle: true, platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent' } as const;
  await build({ ...common, entryPoints: [entry], outfile });
  return { path: outfile, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
