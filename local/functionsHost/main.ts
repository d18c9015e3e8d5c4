/**
 * Runs an app in a process of its own: `node local/functionsHost/main.ts [appRoot] [--json]`.
 *
 * Exit codes: 0 after a stop that was asked for; 1 if it cannot start, an invocation exceeds `functionTimeout`, or the
 * app leaves an error unhandled. The process that started it may start it again: the broker delivers again what was in
 * flight. SIGTERM and SIGINT shut it down, a second one ends it at once. A parent with an IPC channel hears
 * `{ type: 'ready', functions }` once the host looks for messages, and ends it with a `HostCommand` or by its own end;
 * what the terminal sends at Ctrl-C is then the parent's to handle.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { LocalSettingsError, readLocalSettings } from '../localSettings.ts';
import { type Host, startHost } from './host.ts';
import type { HostCommand } from './hostProcess.ts';
import { describeError, type LogEntry, toText } from './log.ts';
import { StartupError } from './startupError.ts';

const { values: options, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const appRoot = resolve(positionals[0] ?? '.');

function log(entry: LogEntry): void {
  const line = options.json ? JSON.stringify(entry) : toText(entry, { color: process.stdout.isTTY });
  process.stdout.write(`${line}\n`);
}

/** Whether the message of an error says all that a person needs. */
function isExplained(error: unknown): error is Error {
  return error instanceof StartupError || error instanceof LocalSettingsError;
}

function say(level: LogEntry['level'], message: string): void {
  log({ time: new Date().toISOString(), level, category: 'Host', message });
}

let host: Host | undefined;

/** Ends the process after what was written to a pipe has left it. */
function exit(code: number): void {
  process.exitCode = code;
  process.stdout.write('', () => process.exit(code));
  setTimeout(() => process.exit(code), 1_000);
}

function fail(reason: string): void {
  say('critical', reason);
  Promise.resolve(host?.abandon(reason)).finally(() => exit(1));
}

// With the parent gone there is nobody to read.
process.stdout.on('error', () => {});

process.on('unhandledRejection', (error) =>
  fail(`The app left a promise rejection unhandled: ${describeError(error)}`),
);
process.on('uncaughtException', (error) =>
  fail(`The app threw outside of an invocation: ${describeError(error)}`),
);

/** How long invocations may take to end if the parent has ended, and with it all that they could talk to. */
const ORPHAN_DRAIN_MS = 2_000;

let signals = 0;

function endBy(way: Promise<void> | undefined, code = 0): void {
  Promise.resolve(way).then(
    () => exit(code),
    (error) => fail(describeError(error)),
  );
}

function onSignal(): void {
  signals += 1;
  if (signals > 1) exit(1);
  else endBy(host?.shutDown());
}

process.on('SIGTERM', onSignal);
process.on('SIGINT', () => {
  if (!process.send) onSignal();
});
if (process.send) {
  process.on('disconnect', () => endBy(host?.drain({ drainMs: ORPHAN_DRAIN_MS })));
  process.on('message', (message: HostCommand) => {
    endBy(message.type === 'drain' ? host?.drain(message) : host?.shutDown(message));
  });
}

/**
 * Adds the certificates that local settings name in `NODE_EXTRA_CA_CERTS`, which Node reads before any local settings
 * can say it. A file that the environment names is trusted as well.
 */
function trustExtraCertificates(path: string): void {
  try {
    tls.setDefaultCACertificates([
      ...tls.getCACertificates('default'),
      readFileSync(resolve(appRoot, path), 'utf8'),
    ]);
  } catch (error) {
    say('warning', `NODE_EXTRA_CA_CERTS of local.settings.json is ignored: ${error}`);
  }
}

try {
  const localSettings = readLocalSettings(pathToFileURL(join(appRoot, '/')));
  for (const [name, value] of Object.entries(localSettings)) process.env[name] ??= value;
  if (localSettings.NODE_EXTRA_CA_CERTS) trustExtraCertificates(localSettings.NODE_EXTRA_CA_CERTS);
  host = await startHost({ appRoot, log, onTimeout: () => endBy(host?.timeOut(), 1) });
  say('information', 'ready');
  process.send?.({ type: 'ready', functions: host.functions });
} catch (error) {
  fail(isExplained(error) ? error.message : describeError(error));
}
