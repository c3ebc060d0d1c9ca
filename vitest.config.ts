// How the tests run: real processes in forks, a home of their own, and a report that .ci/run counts.

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/fixtures/**'],
    globalSetup: ['test/support/isolated-run.ts'],
    pool: 'forks',
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A test that checks nothing cannot fail.
    expect: { requireAssertions: true },
    reporters: ['default', 'json'],
    outputFile: { json: 'node_modules/.cache/ccdispatch/test-report.json' },
  },
});
