import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The snippets that need more than Node, for `npm run test:guides`: no part of `npm test`. */
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '../..'),
    include: ['test/docs/*.check.ts'],
    globalSetup: 'test/helpers/buildApp.ts',
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
