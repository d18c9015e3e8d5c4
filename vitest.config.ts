import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const all = 'test/**/*.test.ts';
/**
 * Folders whose tests start processes, wait out real retries, build bundles or load the parser of KQL; everything else
 * takes seconds.
 */
const e2e = 'test/{cli,docs,e2e,local,operations,scripts,soak}/**';

/** Most tests start a command or the app: Node keeps what it has compiled for the next start. */
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.local/compileCache');

/** Neither UTC nor any whole hour from it: what takes a time without a zone for UTC is found out. */
process.env.TZ = 'Asia/Kathmandu';

export default defineConfig({
  test: {
    // Most tests wait for something, a retry for example.
    maxWorkers: 4,
    // Room for a busy machine; no test waits that long to pass.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      { test: { name: 'unit', include: [all], exclude: [e2e] } },
      { test: { name: 'e2e', include: [`${e2e}/*.test.ts`], globalSetup: 'test/helpers/buildApp.ts' } },
    ],
  },
});
