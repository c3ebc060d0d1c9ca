#!/usr/bin/env node
require('node:module').enableCompileCache?.();
try {
  require('../dist/main.cjs');
} catch (error) {
  if (error?.code !== 'MODULE_NOT_FOUND' || !String(error.message).includes('main.cjs')) throw error;
  process.stderr.write('ccdispatch: this checkout is not built yet.\n  Build it with: npm run build\n');
  process.exitCode = 3;
}
