/**
 * How everything in this repository starts, in plain JavaScript that any Node runs: the TypeScript files need Node 24,
 * which runs them as they are.
 *
 *   node scripts/onNode24.mjs FILE [arguments]
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { runMain } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIRED = [24, 5];
/** As wrong usage: 1 would be a negative outcome. */
const NOT_SET_UP = 2;
/** Ctrl-C reaches the child itself. */
const PASSED_ON = ['SIGTERM', 'SIGHUP'];

const executable = `../node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`;
/** The Node that the development dependency `node` brings. */
const bundled = fileURLToPath(new URL(executable, import.meta.url));

/** What listens on this machine is reached without a proxy, whatever proxy the environment names. */
function keepLoopbackDirect({ env }) {
  const except = new Set([env.NO_PROXY, env.no_proxy, 'localhost', '127.0.0.1', '::1']);
  if (except.has('*')) return;
  env.NO_PROXY = [...except].filter(Boolean).join(',');
  env.no_proxy = env.NO_PROXY;
}

function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
}

function runIn(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  child.once('error', explain);
  child.once('exit', (code, signal) => {
    process.removeAllListeners();
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code;
  });
}

function explain() {
  console.error(`This needs Node ${REQUIRED.join('.')} or newer, and runs on Node ${process.versions.node}.
npm ci installs Node 24 for this project, unless install scripts are switched off (--ignore-scripts). Run

  npm rebuild node --ignore-scripts=false

or install Node 24 yourself (https://nodejs.org), and try again.`);
  process.exitCode = NOT_SET_UP;
}

keepLoopbackDirect(process);
const [file = '', ...args] = process.argv.slice(2);
if (isRecent(process.versions.node)) {
  process.argv = [process.execPath, resolve(file), ...args];
  // Unlike an import, this makes it the main module.
  runMain();
} else if (existsSync(bundled)) {
  runIn(bundled, [file, ...args]);
} else {
  explain();
}
