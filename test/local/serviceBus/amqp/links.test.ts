import rhea from 'rhea';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { socketOf } from '../../../../local/serviceBus/amqp/brokerContainer.ts';
import { patiently, startBroker } from '../broker.ts';
import type { AmqpClient } from './amqpClient.ts';
import {
  arrivalsOn,
  askForSessions,
  connectAmqp,
  inOnePiece,
  next,
  openingOf,
  sessionFilter,
} from './amqpClient.ts';

async function start(...options: Parameters<typeof startBroker>) {
  const broker = await startBroker(...options);
  const send = (...bodies: string[]) => {
    for (const body of bodies) broker.bus.send('requests', { body: Buffer.from(body), sessionId: 'a' });
  };
  return { ...broker, send, amqp: await connectAmqp(broker.bus.port) };
}

/** What is printed from now on, by rhea for example; it does not get to the console. */
function watchConsole(): unknown[] {
  const printed: unknown[] = [];
  for (const method of ['log', 'warn', 'error'] as const) {
    const spy = vi.spyOn(console, method).mockImplementation((...words) => printed.push(words));
    onTestFinished(() => spy.mockRestore());
  }
  return printed;
}

describe('a link on which the client sends', () => {
  it.each([
    ['$cbs', 1, 0],
    ['requests/$management', 1, 0],
    ['requests', 0, 0],
    ['requests', 1, 0],
    ['requests', 2, 1],
  ] as const)('to %s gets the settle modes that it asks for: %i, %i', async (address, sending, receiving) => {
    const { amqp } = await start();
    const link = amqp.session.open_sender({
      target: address,
      snd_settle_mode: sending,
      rcv_settle_mode: receiving,
    });
    await next(link, 'sender_open');
    expect([link.snd_settle_mode, link.rcv_settle_mode]).toEqual([sending, receiving]);
  });

  it('gets the defaults of AMQP if it asks for nothing', async () => {
    const { amqp } = await start();
    const link = amqp.session.open_sender('requests');
    await next(link, 'sender_open');
    expect([link.snd_settle_mode, link.rcv_settle_mode]).toEqual([2, 0]);
  });

  it('in receiver settle mode second has its messages settled at once, as in the first', async () => {
    const printed = watchConsole();
    const { amqp } = await start();
    const link = amqp.session.open_sender({ target: 'requests', rcv_settle_mode: 1 });
    await next(link, 'sendable');
    link.send({ body: 'one' });
    const { delivery } = await next(link, 'accepted');
    expect(delivery?.remote_settled).toBe(true);
    // The client settles too, and says no more than that.
    delivery?.update(true);
    link.close();
    await next(link, 'sender_close');
    expect(printed).toEqual([]);
  });

  it('and sends settled messages is not told what became of them', async () => {
    const { bus, amqp } = await start();
    const link = amqp.session.open_sender({ target: 'requests', snd_settle_mode: 1 });
    await next(link, 'sendable');
    const told: unknown[] = [];
    link.on('accepted', ({ delivery }) => told.push(delivery));
    link.send({ body: 'one' });
    link.close();
    await next(link, 'sender_close');
    expect(bus.queue('requests').messages()).toHaveLength(1);
    expect(told).toEqual([]);
  });
});

describe('credit that comes with the attach', () => {
  it.each([
    ['a queue', {}, 'requests', undefined],
    ['a dead-letter queue', { maxDeliveryCount: 1 }, 'requests/$deadletterqueue', undefined],
    ['a session', { requiresSession: true }, 'requests', 'a'],
    ['the next session', { requiresSession: true }, 'requests', null],
  ] as const)('gets what is there from %s, after the attach', async (_, options, address, session) => {
    const { bus, send, amqp } = await start(options);
    send('1', '2');
    if (address !== 'requests') await abandonAll(bus.port, 2);

    const arrivals = receiveInOnePiece(amqp, address, session);

    await expect.poll(() => arrivals.length, patiently).toBe(2);
    expect(amqp.errors).toEqual([]);
  });

  it.each([
    ['a queue', {}, undefined],
    ['the next session', { requiresSession: true }, null],
  ] as const)('gets what comes later from %s', async (_, options, session) => {
    const { send, amqp } = await start(options);
    const arrivals = receiveInOnePiece(amqp, 'requests', session);
    // The broker has read the attach once it has handled what comes after it.
    await next(amqp.session.open_sender('requests'), 'sender_open');
    send('1', '2');
    await expect.poll(() => arrivals.length, patiently).toBe(2);
    expect(amqp.errors).toEqual([]);
  });

  it('is given back if the client drains it before a session is accepted', async () => {
    const { bus, send, amqp } = await start({ requiresSession: true });
    const receiver = amqp.session.open_receiver({
      source: { address: 'requests', filter: sessionFilter(null) },
      credit_window: 0,
      autoaccept: false,
    });
    const arrivals = arrivalsOn(receiver);
    receiver.add_credit(5);
    receiver.drain_credit();
    await next(amqp.session.open_sender('requests'), 'sender_open');
    const drained = next(receiver, 'receiver_drained');
    send('1');
    await drained;
    send('2');
    await next(amqp.session.open_sender('requests'), 'sender_open');
    expect(arrivals).toHaveLength(1);
    expect(bus.queue('requests').counts()).toMatchObject({ active: 2, locked: 1 });
    expect(amqp.errors).toEqual([]);
  });

  it('of a link for responses gets the response after the attach', async () => {
    const { amqp } = await start();
    const requests = amqp.session.open_sender('requests/$management');
    await next(requests, 'sendable');
    let responses: unknown[] = [];
    inOnePiece(amqp, () => {
      const receiver = amqp.session.open_receiver({
        source: 'requests/$management',
        target: 'replies',
        credit_window: 0,
      });
      responses = arrivalsOn(receiver);
      receiver.add_credit(1);
      // rhea would write it before the attach.
      process.nextTick(() => askForSessions(requests));
    });
    await expect.poll(() => responses.length, patiently).toBe(1);
    expect(amqp.errors).toEqual([]);
  });
});

/** Opens a receiving link with credit, so that the broker reads the attach and the credit at once. */
function receiveInOnePiece(amqp: AmqpClient, address: string, session: string | null | undefined) {
  let arrivals: unknown[] = [];
  inOnePiece(amqp, () => {
    const filter = session === undefined ? {} : { filter: sessionFilter(session) };
    const receiver = amqp.session.open_receiver({
      source: { address, ...filter },
      credit_window: 0,
      autoaccept: false,
    });
    arrivals = arrivalsOn(receiver);
    receiver.add_credit(10);
  });
  return arrivals;
}

/** Abandons messages of a queue that takes no second delivery: they are dead-lettered. */
async function abandonAll(port: number, count: number): Promise<void> {
  const { session } = await connectAmqp(port);
  const receiver = session.open_receiver({ source: 'requests', autoaccept: false, autosettle: false });
  const arrivals = arrivalsOn(receiver);
  await expect.poll(() => arrivals.length, patiently).toBe(count);
  for (const { delivery } of arrivals) delivery.modified({ delivery_failed: true });
  receiver.close();
  await next(receiver, 'receiver_close');
}

it('a response comes after the request was settled, as the Python client wants it', async () => {
  const { amqp } = await start();
  const requests = amqp.session.open_sender('requests/$management');
  const replies = amqp.session.open_receiver({ source: 'requests/$management', target: 'replies' });
  await next(requests, 'sendable');
  const request = askForSessions(requests);
  const settledBefore = new Promise((resolve) =>
    replies.once('message', () => resolve(request.remote_settled)),
  );
  expect(await settledBefore).toBe(true);
});

it('a message that is settled without an outcome stays locked, and nothing is printed', async () => {
  const printed = watchConsole();
  const { bus, amqp, send } = await start();
  send('1');
  const receiver = amqp.session.open_receiver({ source: 'requests', autoaccept: false, autosettle: false });
  const { delivery } = await next(receiver, 'message');
  delivery?.update(true);
  receiver.close();
  await next(receiver, 'receiver_close');
  expect(bus.queue('requests').counts()).toMatchObject({ locked: 1 });
  expect(printed).toEqual([]);
});

it.each([
  ['a detach', '00000011 02000000 005316c00403434140'],
  ['an end', '0000000f 02000000 005317c0020140'],
])('%s that comes after the end of its session is passed over', async (_, frame) => {
  const { amqp } = await start();
  amqp.session.close();
  await next(amqp.session, 'session_close');
  socketOf(amqp.connection).write(Buffer.from(frame.replaceAll(' ', ''), 'hex'));
  const later = amqp.connection.create_session();
  later.open();
  await Promise.race([next(later, 'session_open'), next(amqp.connection, 'disconnected')]);
  expect(later.is_open()).toBe(true);
});

describe('a transaction', () => {
  const { types } = rhea;
  it.each([
    ['a coordinator', types.wrap_ulong(0x30), 'The local Service Bus does not support transactions.'],
    [
      'a coordinator by its name',
      types.wrap_symbol('amqp:coordinator:list'),
      'The local Service Bus does not support transactions.',
    ],
    [
      'another kind of target',
      types.wrap_ulong(0x99),
      'The local Service Bus knows no such source or target.',
    ],
  ])('is refused for what it is, without a word on the console: %s', async (_, descriptor, description) => {
    const printed = watchConsole();
    const { amqp } = await start();
    const link = amqp.session.open_sender('replaced');
    const { local } = link as unknown as { local: { attach: { target: unknown } } };
    local.attach.target = types.described(descriptor, types.wrap_list([]));
    expect(await openingOf(link)).toEqual({ condition: 'amqp:not-implemented', description });
    expect(printed).toEqual([]);
  });
});
