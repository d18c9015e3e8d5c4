/**
 * The built app in a fresh process, from the folder that the first argument names. It handles one message, whose body
 * follows, and tells whether that loaded the built-in fetch.
 */
import { startWorker } from '../../local/functionsHost/worker.ts';

const [appRoot = '', body = ''] = process.argv.slice(2);
const { externalPartnerId } = JSON.parse(body);

/** The built-in fetch leaves its dispatcher there as it is loaded. */
const isFetchLoaded = () => Symbol.for('undici.globalDispatcher.1') in globalThis;

const worker = await startWorker({ appRoot, log: () => {} });
await worker.invoke('setExternalPartnerConnection', {
  body: Buffer.from(body),
  metadata: { MessageId: externalPartnerId, SessionId: externalPartnerId, DeliveryCount: 1 },
});
const byTheApp = isFetchLoaded();
await fetch('data:,');
process.send?.({ byTheApp, byFetch: isFetchLoaded() });
