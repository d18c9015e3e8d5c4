/**
 * The app in a fresh process. It handles one message, whose body is the second argument. Its telemetry takes until
 * there is a file, which the first argument names, and blocks the process all that time.
 */
import { existsSync } from 'node:fs';
import { createApp } from '../../shared/app.ts';
import { managedIdentity } from '../../shared/graph/managedIdentity.ts';
import { readSettings } from '../../shared/settings/settings.ts';

const [file = '', body = ''] = process.argv.slice(2);
const LONGEST_WAIT_MS = 60_000;
const PAUSE_MS = 10;

function blockUntilItIsThere(): boolean {
  const never = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < LONGEST_WAIT_MS; waited += PAUSE_MS) {
    if (existsSync(file)) return true;
    Atomics.wait(never, 0, 0, PAUSE_MS);
  }
  return false;
}

const app = createApp(readSettings(process.env), {
  identity: managedIdentity,
  loadTelemetry: async () => {
    process.send?.(blockUntilItIsThere());
    return { send() {}, async flush() {} };
  },
  warn: console.warn,
});

const { externalPartnerId } = JSON.parse(body);
void app.handle(Buffer.from(body), {
  log() {},
  warn() {},
  triggerMetadata: { messageId: externalPartnerId, sessionId: externalPartnerId },
});
