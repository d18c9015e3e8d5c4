import type { Typed } from 'rhea';
import rhea from 'rhea';
import { expect, it } from 'vitest';
import { patiently, startBroker } from '../broker.ts';
import { arrivalsOn, connectAmqp, lockTokenOf, next } from './amqpClient.ts';

const { types } = rhea;

/** A broker, and a way to make requests to the management node of its queue. */
async function start() {
  const broker = await startBroker();
  const { session } = await connectAmqp(broker.bus.port);
  const address = 'requests/$management';
  const responses = arrivalsOn(session.open_receiver({ source: address, target: 'replies' }));
  const sender = session.open_sender(address);
  await next(sender, 'sendable');
  const request = async (operation: string, body: Record<string, Typed>) => {
    const index = responses.length;
    sender.send({
      message_id: index,
      reply_to: 'replies',
      application_properties: { operation: `com.microsoft:${operation}` },
      body,
    });
    await expect.poll(() => responses.length, patiently).toBe(index + 1);
    return rhea.message.decode(responses[index]?.message ?? Buffer.alloc(0));
  };
  return { ...broker, session, request };
}

it('a response has the request’s message id as its correlation id, and the status of the operation', async () => {
  const { request } = await start();
  const response = await request('cancel-scheduled-message', {
    'sequence-numbers': types.wrap_array([7], 0x81, undefined),
  });
  expect(response).toMatchObject({
    correlation_id: 0,
    application_properties: {
      statusCode: 404,
      errorCondition: 'com.microsoft:message-not-found',
      statusDescription: expect.stringContaining('sequence number 7'),
    },
  });
});

it('an operation that is not there is refused by its name', async () => {
  const { request } = await start();
  const response = await request('receive-by-sequence-number', {});
  expect(response.application_properties).toMatchObject({
    statusCode: 501,
    errorCondition: 'amqp:not-implemented',
    statusDescription: expect.stringContaining('receive-by-sequence-number'),
  });
});

it('deferring a message is refused as not supported, and counts as abandoning it', async () => {
  const { bus, session, request } = await start();
  bus.send('requests', { body: Buffer.from('1') });
  const arrivals = arrivalsOn(
    session.open_receiver({ source: 'requests', rcv_settle_mode: 1, autoaccept: false }),
  );
  await expect.poll(() => arrivals.length, patiently).toBe(1);
  const [first] = arrivals;
  if (first === undefined) throw new Error('No message came.');

  const response = await request('update-disposition', {
    'disposition-status': types.wrap_string('defered'),
    'lock-tokens': types.wrap_array([lockTokenOf(first.delivery)], 0x98, undefined),
  });

  expect(response.application_properties).toMatchObject({
    statusCode: 501,
    statusDescription: expect.stringContaining('does not defer messages'),
  });
  await expect.poll(() => arrivals.length, patiently).toBe(2);
  expect(bus.queue('requests').messages()).toMatchObject([{ deliveryCount: 1 }]);
});
