import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startWorker, type Worker } from '../../../local/functionsHost/worker.ts';

let worker: Worker;

beforeAll(async () => {
  worker = await startWorker({
    appRoot: resolve('test/local/functionsHost/fixtures/textBody'),
    log: () => {},
  });
});

async function seenBy(body: string, metadata: Record<string, unknown> = {}) {
  const { returnValue } = await worker.invoke('text', { body: Buffer.from(body), metadata });
  return JSON.parse(returnValue?.json ?? 'null');
}

it('loads CommonJS apps', () => {
  expect(worker.functions.map(({ name }) => name)).toEqual(['text']);
});

it('gives a text body parsed if it is JSON, and as it is if not', async () => {
  expect(await seenBy('{"a":1}')).toMatchObject({ body: { a: 1 } });
  expect(await seenBy('plain')).toMatchObject({ body: 'plain' });
});

it('copies the properties of a JSON body over the metadata, whatever their case', async () => {
  const body = JSON.stringify({
    deliveryCount: 1,
    MESSAGEID: 'forged',
    list: [1],
    none: null,
    nested: { A: 1 },
  });
  const { metadata } = await seenBy(body, { DeliveryCount: 9, MessageId: 'real', SessionId: 's' });
  expect(metadata).toEqual({ deliveryCount: 1, messageId: 'forged', sessionId: 's', nested: { a: 1 } });
});

it('refuses the hooks that it does not run, as a worker that is too old for them does', async () => {
  const { unsupportedHooks } = await seenBy('x');
  expect(unsupportedHooks).toEqual([
    expect.stringContaining('"preInvocation"'),
    expect.stringContaining('"postInvocation"'),
    expect.stringContaining('Log hooks'),
  ]);
});

it('gives back extra outputs by the name of their binding', async () => {
  const { outputs } = await worker.invoke('text', { body: Buffer.from('x'), metadata: { MessageId: 'm' } });
  expect(JSON.parse(outputs.copy?.json ?? '')).toEqual(['m', { again: true }]);
});
