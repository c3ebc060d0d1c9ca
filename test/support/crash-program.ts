// Bundles a program of the tests where it finds the project's packages, and runs it.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../scripts/build.mjs';

export interface TestProgram {
  file: string;
  remove(): void;
}

/** CommonJS parts inside the bundle call `require`, which ES modules do not have. */
const banner = { js: `import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);` };

/** Bundles `test/support/<name>`. Whoever asks for it removes it. */
export async function bundleProgram(name: string): Promise<TestProgram> {
  const cache = join(projectRoot, 'node_modules', '.cache', 'ccdispatch');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'program-'));
  const file = join(folder, `${basename(name, '.ts')}.mjs`);
  await build({
    absWorkingDir: projectRoot,
    entryPoints: [join('test', 'support', name)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    banner,
    define: { CCDISPATCH_VERSION: '"0.0.0"' },
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs it with one argument; says how it ended. Its error output goes through. */
export function runProgram(file: string, argument: string): Promise<{ code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, [file, argument], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}
