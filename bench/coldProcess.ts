/**
 * One cold start, in a process of its own: loads the app in the directory that the first argument names, makes as
 * many requests at once as the second one says, and says so, as early as can be, on standard output. With `--count`
 * it says as well what had been loaded when the first PATCH set off.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { startWorker } from '../local/functionsHost/worker.ts';
import { createInvocation } from './invocation.ts';

const [appRoot = '', messages, option] = process.argv.slice(2);

if (option === '--count') {
  const loaded = { modules: 0, bytes: 0 };
  registerHooks({
    load(url, context, nextLoad) {
      const result = nextLoad(url, context);
      if (url.startsWith('file:')) {
        loaded.modules++;
        loaded.bytes += Buffer.byteLength(result.source?.toString() ?? '');
      }
      return result;
    },
  });
  // By the built-in fetch or by Node's own `https`.
  for (const channel of ['undici:request:create', 'http.client.request.start']) {
    subscribe(channel, (message) => {
      const { request } = message as { request: { method: string } };
      if (request.method === 'PATCH') writeSync(1, `${JSON.stringify(loaded)}\n`);
    });
  }
}

async function start(): Promise<void> {
  const worker = await startWorker({ appRoot, log: () => {} });
  writeSync(1, 'loaded\n');
  const invocations = Array.from({ length: Number(messages) }, (_, index) => createInvocation(index));
  await Promise.all(
    invocations.map((invocation) => worker.invoke('setExternalPartnerConnection', invocation)),
  );
  writeSync(1, 'done\n');
}

void start();
