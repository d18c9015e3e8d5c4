import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startWorker, type Worker, type WorkerLog } from '../../../local/functionsHost/worker.ts';

const appRoot = resolve('test/local/functionsHost/fixtures/probe');
const logs: WorkerLog[] = [];
let worker: Worker;

beforeAll(async () => {
  worker = await startWorker({ appRoot, log: (entry) => logs.push(entry) });
});

/** Calls the binary function, and reads what it says it was given. */
async function seenBy(body: string, metadata: Record<string, unknown> = {}) {
  const { returnValue } = await worker.invoke('probe', { body: Buffer.from(body), metadata });
  return JSON.parse(returnValue?.json ?? 'null');
}

it('registers what main of package.json names, with the bindings as the host sees them', () => {
  const [registered] = worker.functions;
  const bindings = Object.values(registered?.bindings ?? {});
  expect(registered?.name).toBe('probe');
  expect(bindings).toMatchObject([
    {
      type: 'serviceBusTrigger',
      direction: 'in',
      connection: 'Bus',
      queueName: '%REQUESTS_QUEUE%',
      isSessionsEnabled: true,
      dataType: 'binary',
    },
    { type: 'serviceBus', direction: 'out', connection: 'Bus', queueName: '%RESULTS_QUEUE%' },
  ]);
  expect(registered?.bindings.$return).toBe(bindings[1]);
});

it('runs the app in its own directory, after its appStart hooks', async () => {
  expect(await seenBy('x')).toMatchObject({ workingDirectory: appRoot, startedHook: true });
});

it('gives the bytes of a binary body as a Buffer', async () => {
  expect(await seenBy('{"a":1}')).toMatchObject({ isBuffer: true, body: '{"a":1}' });
});

it('parses metadata strings as the library does: numbers lose digits, "true" becomes a boolean', async () => {
  const metadata = { MessageId: '12345678901234567890', SessionId: 'true', CorrelationId: 'plain' };
  expect((await seenBy('x', metadata)).metadata).toEqual({
    messageId: 12345678901234567000,
    sessionId: true,
    correlationId: 'plain',
  });
});

it('leaves out metadata that the message does not have', async () => {
  const { metadata } = await seenBy('x', { ReplyTo: undefined, To: null, DeliveryCount: 2 });
  expect(metadata).toEqual({ deliveryCount: 2 });
});

it('does not let a binary body change the metadata', async () => {
  const { metadata } = await seenBy('{"deliveryCount":1,"messageId":"other"}', { DeliveryCount: 4 });
  expect(metadata).toEqual({ deliveryCount: 4 });
});

it('hands the trace context over', async () => {
  const traceContext = {
    traceParent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    traceState: 'a=b',
    attributes: { OperationName: 'probe' },
  };
  const { returnValue } = await worker.invoke('probe', {
    body: Buffer.from('x'),
    metadata: {},
    traceContext,
  });
  expect(JSON.parse(returnValue?.json ?? '')).toMatchObject({ traceContext });
});

it('rejects with what the function threw', async () => {
  await expect(seenBy('fail-always')).rejects.toThrow('asked to fail');
});

it('rejects for a function that nobody registered', async () => {
  await expect(worker.invoke('other', { body: Buffer.of(), metadata: {} })).rejects.toThrow(
    'Function "other" is not loaded',
  );
});

it('has no return value if the function returns nothing', async () => {
  const { returnValue } = await worker.invoke('probe', { body: Buffer.from('nothing'), metadata: {} });
  expect(returnValue).toBeUndefined();
});

it('passes context.log on with the invocation it belongs to', async () => {
  const invocationId = '7f4c7c4e-8f2b-4d08-a8b8-2a9ff9f5a2c1';
  await worker.invoke('probe', { body: Buffer.from('hello'), metadata: {}, invocationId });
  expect(logs).toContainEqual({
    level: 'information',
    category: 'user',
    message: 'probing hello',
    functionName: 'probe',
    invocationId,
  });
});
