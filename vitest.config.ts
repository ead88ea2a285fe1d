import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most of the time a test waits for a process of its own: servers, clients, scans.
    maxWorkers: Math.max(3, availableParallelism()),
    reporters: ['default', './test/reporter.ts'],
  },
});
