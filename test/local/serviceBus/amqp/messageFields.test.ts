import type { Message } from 'rhea';
import rhea from 'rhea';
import { expect, it } from 'vitest';
import { minutes, patiently, startBroker } from '../broker.ts';
import { arrivalsOn, connectAmqp, next } from './amqpClient.ts';

/** How a message arrives that a bare client has sent. */
async function passOn(message: Message) {
  const { bus } = await startBroker();
  const { session } = await connectAmqp(bus.port);
  const sender = session.open_sender('requests');
  await next(sender, 'sendable');
  sender.send(message);
  await next(sender, 'accepted');
  const arrivals = arrivalsOn(session.open_receiver('requests'));
  await expect.poll(() => arrivals.length, patiently).toBe(1);
  return rhea.message.decode(arrivals[0]?.message ?? Buffer.alloc(0));
}

it.each([true, false, undefined])(
  'whether its sender is the first acquirer is passed on: %s',
  async (sent) => {
    const arrived = await passOn({ body: 1, ...(sent !== undefined && { first_acquirer: sent }) });
    expect(arrived.first_acquirer ?? undefined).toBe(sent);
  },
);

it('when a message expires is what the broker goes by, whatever its sender says', async () => {
  const arrived = await passOn({
    body: 1,
    ttl: minutes(2),
    creation_time: new Date(1_000),
    absolute_expiry_time: new Date(2_000),
    group_id: 'g',
  });
  const enqueuedAt = arrived.message_annotations?.['x-opt-enqueued-time'];
  expect(arrived.creation_time).toEqual(enqueuedAt);
  expect(Number(arrived.absolute_expiry_time) - Number(enqueuedAt)).toBe(minutes(2));
  expect(arrived.group_id).toBe('g');
});

it('a message that does not expire has no time of expiry, whatever its sender says', async () => {
  const arrived = await passOn({ body: 1, absolute_expiry_time: new Date(2_000) });
  expect(arrived.absolute_expiry_time ?? undefined).toBeUndefined();
});
