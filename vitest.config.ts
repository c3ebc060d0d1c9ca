// How the tests run: real processes in forks, a home of their own, and a report that .ci/run counts.

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Whole programs at work, killed and watched; each of these files has a process of its own. */
const scenes = ['test/e2e/**/*.test.ts'];
const ofPrograms = [...scenes, 'test/crash/**/*.test.ts', 'test/commands/**/*.test.ts'];

const common = {
  pool: 'forks',
  testTimeout: 30_000,
  hookTimeout: 30_000,
  // A test that checks nothing cannot fail.
  expect: { requireAssertions: true },
} as const;

export default defineConfig({
  test: {
    // Once for all of them.
    globalSetup: ['test/support/isolated-run.ts'],
    // One more than there are cores: scenes wait for programs of theirs about a third of the time.
    maxWorkers: availableParallelism() + 1,
    reporters: ['default', 'json'],
    outputFile: { json: 'node_modules/.cache/ccdispatch/test-report.json' },
    projects: [
      { test: { ...common, name: 'scenes', include: scenes, testTimeout: 90_000 } },
      { test: { ...common, name: 'programs', include: ofPrograms, exclude: scenes } },
      {
        test: {
          ...common,
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/fixtures/**', ...ofPrograms],
          // They share a few processes: to load the same modules for each file anew takes longer than many of them.
          isolate: false,
        },
      },
    ],
  },
});
