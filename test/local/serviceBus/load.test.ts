import { expect, it } from 'vitest';
import { receiveOne, startBroker } from './broker.ts';

/** Many times what it takes: on a busy machine it is slow, but ends. */
const timeout = 240_000;

it('thousands of messages in many sessions arrive once each, in order, and leave nothing behind', async () => {
  const { bus, connect } = await startBroker({ requiresSession: true });
  const client = connect({ timeoutInMs: timeout });
  const send = (body: number, sessionId: string) =>
    bus.send('requests', { body: Buffer.from(String(body)), sessionId });
  const sessions = 50;
  const total = 5000;
  for (let body = 0; body < total; body += 1) send(body, `s${body % sessions}`);

  const received = new Map<string, number[]>();
  const receiveUntilEnd = async () => {
    for (;;) {
      const receiver = await client.acceptNextSession('requests');
      const isEnd = receiver.sessionId.startsWith('end');
      const messages = isEnd
        ? [await receiveOne(receiver)]
        : await receiver.receiveMessages(total / sessions, { maxWaitTimeInMs: timeout });
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      await receiver.close();
      if (isEnd) return;
      const bodies = received.get(receiver.sessionId) ?? [];
      received.set(receiver.sessionId, bodies);
      bodies.push(...messages.map((message) => message.body));
    }
  };
  const receivers = Array.from({ length: 8 }, receiveUntilEnd);
  await expect.poll(() => bus.queue('requests').messages().length, { timeout }).toBe(0);
  for (const index of receivers.keys()) send(0, `end${index}`);
  await Promise.all(receivers);

  expect(bus.queue('requests').messages()).toEqual([]);
  expect([...received.values()].flat()).toHaveLength(total);
  for (const bodies of received.values()) expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
}, 300_000);
