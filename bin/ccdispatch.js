#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();
try {
  await import('../dist/main.js');
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('main.js')) throw error;
  process.stderr.write('ccdispatch: this checkout is not built yet.\n  Build it with: npm run build\n');
  process.exitCode = 3;
}
