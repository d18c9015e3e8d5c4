import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import { type ServiceBus, startServiceBus } from '../../../local/serviceBus/broker.ts';
import { createEndQueue, type ServiceBusAccess } from '../../../shared/windows/endQueue.ts';
import { partnerId } from '../../helpers/factories.ts';

const queue = 'some/requests';
const end = { externalPartnerId: partnerId, enableConnection: false, endOf: 'w-1', reason: 'Müller ☕' };
const credential = { getToken: vi.fn(async () => ({ token: 'a-token', expiresOnTimestamp: 0 })) };

let serviceBus: ServiceBus;
beforeAll(async () => {
  serviceBus = await startServiceBus({ queues: [{ name: queue, requiresSession: true }] });
});
afterAll(() => serviceBus.close());
afterEach(() => {
  serviceBus.httpFault = undefined;
  vi.useRealTimers();
});

/** Puts an end, and returns the request that it took. */
async function put(access: ServiceBusAccess, at: Date, correlationId?: string): Promise<HttpRequest> {
  let seen: HttpRequest | undefined;
  serviceBus.httpFault = (request) => {
    seen = request;
    return undefined;
  };
  const putEnd = createEndQueue({ namespaceUrl: new URL(serviceBus.httpUrl), queue, access });
  await putEnd(end, at, { sessionId: partnerId, correlationId });
  if (!seen) throw new Error('Nothing was sent.');
  return seen;
}

describe('an end that is put on the queue', () => {
  it('waits there until the whole second at or after its time, with every character as it was', async () => {
    const at = new Date('2099-12-31T23:59:58.001Z');
    await put({ credential }, at, 'Ünïcode ✓');
    const message = serviceBus.queue(queue).messages().at(-1);
    expect(message).toMatchObject({
      sessionId: partnerId,
      correlationId: 'Ünïcode ✓',
      contentType: 'application/json',
      scheduledEnqueueTime: new Date('2099-12-31T23:59:59Z'),
      state: 'scheduled',
    });
    expect(JSON.parse(String(message?.body))).toEqual(end);
    await put({ credential }, at);
    const next = serviceBus.queue(queue).messages().at(-1);
    expect(next?.messageId).not.toBe(message?.messageId);
    expect(next?.correlationId).toBeUndefined();
  });

  it('is sent with a token for Service Bus', async () => {
    const { headers } = await put({ credential }, new Date());
    expect(headers.authorization).toBe('Bearer a-token');
    expect(credential.getToken).toHaveBeenLastCalledWith('https://servicebus.azure.net/.default');
  });

  it('is sent with a signature if the app has a key, which is not sent', async () => {
    const { headers } = await put({ keyName: 'some key', key: 'a+secret/=' }, new Date());
    const [, text = ''] = /^SharedAccessSignature (.*)$/.exec(String(headers.authorization)) ?? [];
    const fields = new URLSearchParams(text.replaceAll('+', '%2B'));
    const expiry = Number(fields.get('se'));
    const resource = encodeURIComponent(`${serviceBus.httpUrl}/${queue}`);
    expect(fields.get('skn')).toBe('some key');
    expect(text).toContain(`sr=${resource}&`);
    const signature = createHmac('sha256', 'a+secret/=').update(`${resource}\n${expiry}`).digest('base64');
    expect(fields.get('sig')).toBe(signature);
    expect(expiry).toBeGreaterThan(Date.now() / 1000);
    expect(JSON.stringify(headers)).not.toContain('a+secret');
  });

  it('is not there if Service Bus does not respond', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const putEnd = createEndQueue({
      namespaceUrl: new URL(serviceBus.httpUrl),
      queue,
      access: { credential },
    });
    serviceBus.httpFault = () => {
      queueMicrotask(() => vi.advanceTimersByTime(10_000));
      return { kind: 'hang' };
    };
    await expect(putEnd(end, new Date(), { sessionId: partnerId })).rejects.toMatchObject({
      name: 'WindowsError',
      code: 'noEnd',
      message: 'The end of the window could not be put on the queue: timeout: no response within 10 s.',
    });
  });

  it('is not there without a token, of which nothing is told', async () => {
    const access = {
      credential: {
        getToken: async () => {
          throw new Error('denied: Bearer abc.def');
        },
      },
    };
    const putEnd = createEndQueue({ namespaceUrl: new URL(serviceBus.httpUrl), queue, access });
    await expect(putEnd(end, new Date(), { sessionId: partnerId })).rejects.toMatchObject({
      code: 'noEnd',
      message: expect.not.stringContaining('abc.def'),
    });
  });
});
