/** `npm run test:browser`: the board in a real browser, if there is one; says so if there is none. */
import { spawnSync } from 'node:child_process';
import { CHROMIUM } from './chromium.ts';

if (CHROMIUM === '') {
  console.log(
    'There is no Chromium, so the board was not looked at in one. Install it, or set CHROMIUM to a browser.',
  );
} else {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/browser/vitest.config.ts'];
  process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}
