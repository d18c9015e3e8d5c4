import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Most tests wait for something, a retry for example.
    maxWorkers: 4,
    // End-to-end tests start processes and wait out real retries.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
