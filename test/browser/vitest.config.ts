import { defineConfig } from 'vitest/config';

/** What needs a browser, for `npm run test:browser`: no part of `npm test`. */
export default defineConfig({
  test: { include: ['test/browser/*.check.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
});
