import rhea from 'rhea';
import { expect, it, onTestFinished } from 'vitest';
import { startServiceBus } from '../../../../local/serviceBus/broker.ts';
import { patiently } from '../broker.ts';
import { arrivalsOn, connectAmqp, next } from './amqpClient.ts';

/** What becomes of a token for one audience. */
async function putToken(audience: string) {
  const bus = await startServiceBus({
    queues: [{ name: 'requests' }],
    topics: [{ name: 'results', subscriptions: [{ name: 'tickets' }] }],
  });
  onTestFinished(() => bus.close());
  const { session } = await connectAmqp(bus.port);
  const responses = arrivalsOn(session.open_receiver({ source: '$cbs', target: 'cbs' }));
  const sender = session.open_sender('$cbs');
  await next(sender, 'sendable');
  sender.send({
    message_id: 'm',
    reply_to: 'cbs',
    application_properties: {
      operation: 'put-token',
      type: 'servicebus.windows.net:sastoken',
      name: audience,
    },
    body: 'SharedAccessSignature any',
  });
  await expect.poll(() => responses.length, patiently).toBe(1);
  return rhea.message.decode(responses[0]?.message ?? Buffer.alloc(0)).application_properties;
}

it.each([
  'sb://localhost:5672/requests',
  'amqps://localhost/requests/',
  'amqp://localhost/Requests/$management',
  'sb://localhost/requests/$DeadLetterQueue',
  'sb://localhost/results',
  'sb://localhost/results/Subscriptions/tickets/$management',
  'sb://localhost/results/subscriptions/tickets/$deadletterqueue/$management',
  'sb://localhost:5672/',
  'sb://localhost:5672',
])('a token for what is there is taken: %s', async (audience) => {
  expect(await putToken(audience)).toEqual({ 'status-code': 202, 'status-description': 'Accepted' });
});

it.each([
  ['sb://localhost:5672/nowhere', 'nowhere'],
  ['amqps://localhost/nowhere/$management', 'nowhere'],
  ['sb://localhost/results/Subscriptions/none', 'results/Subscriptions/none'],
])('a token for what is not there is refused, with the name: %s', async (audience, name) => {
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`;
  expect(await putToken(audience)).toEqual({
    'status-code': 404,
    'status-description': expect.stringMatching(
      new RegExp(
        `^The messaging entity 'sb://localhost/${name}' could not be found\\. .* TrackingId:[-_0-9a-zA-Z]+, SystemTracker:localhost:${name}, Timestamp:${time}\\.$`,
      ),
    ),
  });
});
