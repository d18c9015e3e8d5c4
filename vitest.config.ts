import { defineConfig } from 'vitest/config';

const all = 'test/**/*.test.ts';
/** Folders whose tests start processes, open ports or wait out real retries; everything else takes seconds. */
const e2e = 'test/{cli,docs,e2e,local,soak}/**';

export default defineConfig({
  test: {
    // Most tests wait for something, a retry for example.
    maxWorkers: 4,
    // Room for a busy machine; no test waits that long to pass.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      { test: { name: 'unit', include: [all], exclude: [e2e] } },
      { test: { name: 'e2e', include: [`${e2e}/*.test.ts`] } },
    ],
  },
});
