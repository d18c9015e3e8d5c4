import { expect, test } from 'vitest';
import { startBroker } from './broker.ts';

test('thousands of messages in many sessions arrive once each, in order, and leave nothing behind', async () => {
  const { bus, client } = await startBroker({ requiresSession: true });
  const sessions = 50;
  const total = 5000;
  for (let body = 0; body < total; body += 1) {
    bus.send('requests', { body: Buffer.from(String(body)), sessionId: `s${body % sessions}` });
  }

  const received = new Map<string, number[]>();
  const drainSessions = async () => {
    while (bus.queue('requests').messages().length > 0) {
      const receiver = await client.acceptNextSession('requests').catch(() => undefined);
      if (receiver === undefined) return;
      const bodies = received.get(receiver.sessionId) ?? [];
      received.set(receiver.sessionId, bodies);
      const messages = await receiver.receiveMessages(total / sessions);
      bodies.push(...messages.map((message) => message.body));
      await Promise.all(messages.map((message) => receiver.completeMessage(message)));
      await receiver.close();
    }
  };
  await Promise.all(Array.from({ length: 8 }, drainSessions));

  expect(bus.queue('requests').messages()).toEqual([]);
  expect([...received.values()].flat()).toHaveLength(total);
  for (const bodies of received.values()) expect(bodies).toEqual(bodies.toSorted((a, b) => a - b));
});
