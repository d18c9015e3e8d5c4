import { defineConfig } from 'vitest/config';

/** What a mutation run asks about every mutant: the tests that need neither the bundle nor other processes. */
export default defineConfig({
  test: {
    include: ['test/{functions,shared}/**/*.test.ts', 'test/{asyncApi,schemas}.test.ts'],
    testTimeout: 60_000,
  },
});
