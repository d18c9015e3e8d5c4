import type { Typed } from 'rhea';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { arrivalsOn, connectAmqp, next, sessionFilter } from './amqp/amqpClient.ts';
import { patiently, startBroker } from './broker.ts';

const { types } = rhea;

/** A queue, and a bare AMQP client that sends to it: the clients of Azure let no wrong id through. */
async function start(options: Parameters<typeof startBroker>[0] = {}) {
  const broker = await startBroker(options);
  const { session } = await connectAmqp(broker.bus.port);
  const sender = session.open_sender('requests');
  await next(sender, 'sendable');
  return { ...broker, sender };
}

describe('an id', () => {
  it.each([
    ['MessageId', 'message_id'],
    ['SessionId', 'group_id'],
  ])('of more than 128 characters is refused over AMQP: %s', async (name, field) => {
    const { bus, sender } = await start({ requiresSession: true });
    const settled = next(sender, 'rejected');
    sender.send({ body: 1, group_id: 'a', [field]: 'x'.repeat(129) });
    const { delivery } = await settled;

    expect(delivery?.remote_state).toMatchObject({
      error: {
        condition: 'com.microsoft:argument-error',
        description: `The ${name} has 129 characters; the limit is 128.`,
      },
    });
    expect(bus.journal).toMatchObject([{ type: 'refused', reason: 'argumentError' }]);
    const accepted = next(sender, 'accepted');
    sender.send({ body: 1, group_id: 'a', [field]: 'x'.repeat(128) });
    await accepted;
  });

  it.each(['MessageId', 'SessionId'])(
    'of more than 128 characters is refused over HTTP: %s',
    async (name) => {
      const { bus } = await start({ requiresSession: true });
      const send = (id: string) =>
        fetch(`${bus.httpUrl}/requests/messages`, {
          method: 'POST',
          headers: {
            Authorization: 'Bearer any',
            BrokerProperties: JSON.stringify({ SessionId: 'a', [name]: id }),
          },
          body: '1',
        });
      const refused = await send('x'.repeat(129));
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain(`The ${name} has 129 characters; the limit is 128.`);
      expect((await send('x'.repeat(128))).status).toBe(201);
    },
  );

  it.each<[string, Typed, string]>([
    [
      'a uuid',
      types.wrap_uuid(Buffer.from('b3548526e61537853118be70b3968ec5', 'hex')),
      'b3548526-e615-3785-3118-be70b3968ec5',
    ],
    ['a ulong', types.wrap_ulong(Buffer.from('ffffffffffffffff', 'hex')), '18446744073709551615'],
    ['a small ulong', types.wrap_ulong(7), '7'],
    ['a text', types.wrap_string('m'), 'm'],
  ])('of another AMQP type is told, and found again, as .NET prints it: %s', async (_, id, text) => {
    const { bus, sender } = await start({ duplicateDetectionWindowSeconds: 60 });
    for (const message_id of [id, id]) {
      const accepted = next(sender, 'accepted');
      sender.send({ body: 1, message_id: message_id as never, correlation_id: id as never });
      await accepted;
    }
    expect(bus.journal).toMatchObject([
      { type: 'enqueued', messageId: text },
      { type: 'duplicate', messageId: text },
    ]);
    expect(bus.queue('requests').messages()).toMatchObject([{ messageId: text, correlationId: text }]);
    const response = await fetch(`${bus.httpUrl}/requests/messages/head`, {
      method: 'DELETE',
      headers: { Authorization: 'Bearer any' },
    });
    expect(JSON.parse(response.headers.get('BrokerProperties') ?? '')).toMatchObject({
      MessageId: text,
      CorrelationId: text,
    });
  });

  it('of a session may be empty: a receiver is given that session', async () => {
    const { bus } = await startBroker({ requiresSession: true });
    bus.send('requests', { body: Buffer.from('1'), sessionId: '' });
    const { session } = await connectAmqp(bus.port);
    const receiver = session.open_receiver({ source: { address: 'requests', filter: sessionFilter(null) } });
    const arrivals = arrivalsOn(receiver);
    await next(receiver, 'receiver_open');

    expect(receiver.source.filter).toMatchObject({ 'com.microsoft:session-filter': '' });
    await expect.poll(() => arrivals.length, patiently).toBe(1);
  });
});
