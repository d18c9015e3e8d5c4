import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { patiently, startBroker } from '../broker.ts';
import { arrivalsOn, askForSessions, connectAmqp, next, openingOf, sessionFilter } from './amqpClient.ts';

async function start(...options: Parameters<typeof startBroker>) {
  const { bus } = await startBroker(...options);
  return { amqp: await connectAmqp(bus.port) };
}

describe('an address', () => {
  const prefixes = [
    '',
    '/',
    'amqps://localhost/',
    'amqp://localhost:5671/',
    'sb://name.servicebus.windows.net/',
  ];

  it.each(
    prefixes.flatMap((prefix) => [
      `${prefix}requests`,
      `${prefix}Requests`,
      `${prefix}requests/$management`,
      `${prefix}requests%2F$management`,
      `${prefix}$cbs`,
    ]),
  )('of what a client sends to may be written %s', async (address) => {
    const { amqp } = await start();
    const link = amqp.session.open_sender(address);
    expect(await openingOf(link)).toBe('open');
    expect(link.target.address).toBe(address);
  });

  it.each(
    prefixes.flatMap((prefix) => [
      `${prefix}requests`,
      `${prefix}requests/$DeadLetterQueue`,
      `${prefix}requests/$management`,
    ]),
  )('of what a client receives from may be written %s', async (address) => {
    const { amqp } = await start();
    const link = amqp.session.open_receiver(address);
    expect(await openingOf(link)).toBe('open');
    expect(link.source.address).toBe(address);
  });

  it.each([
    'amqps://localhost/nowhere',
    'amqps://requests',
    'amqps://localhost/nowhere/$management',
    '100%',
    '',
  ])('that names nothing is not found: %s', async (address) => {
    const { amqp } = await start();
    expect(await openingOf(amqp.session.open_sender(address))).toMatchObject({ condition: 'amqp:not-found' });
  });

  it.each([
    ['nowhere', {}, undefined, 'amqp:not-found'],
    ['nowhere/$management', {}, undefined, 'amqp:not-found'],
    ['requests', {}, 'a', 'amqp:not-allowed'],
    ['requests', { requiresSession: true }, undefined, 'amqp:not-allowed'],
    ['requests', { requiresSession: true }, 'taken', 'com.microsoft:session-cannot-be-locked'],
    ['requests', { requiresSession: true }, null, 'com.microsoft:timeout'],
  ] as const)(
    'from which a client cannot receive is refused: %s, %j, %s',
    async (address, options, session, condition) => {
      const { amqp } = await start(options);
      const open = (id: string | null | undefined) =>
        amqp.session.open_receiver({
          source: { address, ...(id !== undefined && { filter: sessionFilter(id) }) },
          properties: { 'com.microsoft:timeout': rhea.types.wrap_uint(50) },
        });
      if (session === 'taken') await next(open(session), 'receiver_open');
      expect(await openingOf(open(session))).toMatchObject({ condition });
    },
  );

  it('as a URL is one to which management sends its response', async () => {
    const { amqp } = await start();
    const address = 'amqps://localhost/requests/$management';
    const target = 'amqps://localhost/replies';
    const other = arrivalsOn(amqp.session.open_receiver({ source: address, target: 'others' }));
    const responses = arrivalsOn(amqp.session.open_receiver({ source: address, target }));
    const requests = amqp.session.open_sender(address);
    await next(requests, 'sendable');
    askForSessions(requests, target);
    await expect.poll(() => responses.length, patiently).toBe(1);
    expect(other).toEqual([]);
  });
});
