// Bundles bench/main.ts into the cache folder, because Node 20 does not run TypeScript, and runs it in this process.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { projectRoot } from './build.mjs';

const outfile = path.join(projectRoot, 'node_modules', '.cache', 'ccdispatch', 'bench.mjs');
await build({
  absWorkingDir: projectRoot,
  entryPoints: ['bench/main.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
});
process.chdir(projectRoot);
await import(pathToFileURL(outfile).href);
