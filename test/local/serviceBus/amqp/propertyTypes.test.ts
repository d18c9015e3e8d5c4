import type { Delivery, Receiver, Typed } from 'rhea';
import rhea from 'rhea';
import { describe, expect, it } from 'vitest';
import { encode, encodedValueOf, readMap } from '../../../../local/serviceBus/encoding/amqpValue.ts';
import { section, sectionsOf } from '../../../../local/serviceBus/encoding/messageSections.ts';
import { patiently, startBroker } from '../broker.ts';
import { arrivalsOn, connectAmqp, lockTokenOf, next } from './amqpClient.ts';

const { types } = rhea;
/** rhea's typings leave it out. */
const { Decimal128 } = types as unknown as { Decimal128: (bytes: Buffer) => Typed };

/** What the .NET client sends for an application property of each of its types. */
const properties: Readonly<Record<string, Typed>> = {
  'small long': types.wrap_long(5),
  long: types.wrap_long(Buffer.from('0020000000000001', 'hex')),
  'negative long': types.wrap_long(Buffer.from('ffdfffffffffffff', 'hex')),
  ulong: types.wrap_ulong(Buffer.from('ffffffffffffffff', 'hex')),
  'whole double': types.wrap_double(3),
  float: types.wrap_float(0.5),
  short: types.wrap_short(-300),
  ubyte: types.wrap_ubyte(200),
  char: types.wrap_char(252),
  boolean: types.wrap_boolean(false),
  null: types.wrap(null),
  text: types.wrap_string('grüß'),
  bytes: types.wrap_binary(Buffer.from([0, 255])),
  time: types.wrap_timestamp(1_900_000_000_000),
  guid: types.wrap_uuid(Buffer.from('b3548526e61537853118be70b3968ec5', 'hex')),
  decimal: Decimal128(Buffer.from('30380000000000000000000000bc614e', 'hex')),
  span: types.described(types.wrap_symbol('com.microsoft:timespan'), types.wrap_long(900_000_000)),
};
const encoded = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, hexOf(value)]));
const info = { ...properties, DeadLetterReason: 'Invalid', DeadLetterErrorDescription: 'no id' };

function hexOf(value: Typed): string {
  return encode(value).toString('hex');
}

/** The application properties of an encoded message, each value in its encoding. */
function propertiesOf(message: Buffer): Record<string, string> {
  const entries = [...sectionsOf(message)]
    .filter(({ code }) => code === section.applicationProperties)
    .flatMap(({ value }) => readMap(value, 0));
  return Object.fromEntries(entries.map((entry) => [entry.key, encodedValueOf(entry).toString('hex')]));
}

async function start() {
  const { bus } = await startBroker();
  const amqp = await connectAmqp(bus.port);
  const receiverOf = (address: string): Receiver =>
    amqp.session.open_receiver({
      source: address,
      rcv_settle_mode: 1,
      autoaccept: false,
      autosettle: false,
    });
  const receiver = receiverOf('requests');
  const arrivals = arrivalsOn(receiver);
  const arrivalAt = async (index: number, from = arrivals) => {
    await expect.poll(() => from.length, patiently).toBeGreaterThan(index);
    const arrival = from[index];
    if (arrival === undefined) throw new Error('No message came.');
    return arrival;
  };
  bus.send('requests', {
    body: Buffer.from('1'),
    applicationProperties: { kept: 'yes', long: 'replaced' },
  });
  return { bus, amqp, receiver, receiverOf, arrivalAt };
}

const kept = { kept: hexOf(types.wrap_string('yes')) };

describe('properties that a receiver changes keep their AMQP types', () => {
  it('when it abandons a message', async () => {
    const { arrivalAt } = await start();
    const { delivery } = await arrivalAt(0);
    delivery.modified({ delivery_failed: true, message_annotations: properties });
    expect(propertiesOf((await arrivalAt(1)).message)).toEqual({ ...kept, ...encoded });
  });

  it('when it abandons a message twice: the later value stands', async () => {
    const { arrivalAt } = await start();
    (await arrivalAt(0)).delivery.modified({ message_annotations: properties });
    const long = types.wrap_int(7);
    (await arrivalAt(1)).delivery.modified({ message_annotations: { long } });
    expect(propertiesOf((await arrivalAt(2)).message)).toEqual({ ...kept, ...encoded, long: hexOf(long) });
  });

  it('when it dead-letters a message, beside the reason and the description', async () => {
    const { arrivalAt, receiverOf } = await start();
    reject((await arrivalAt(0)).delivery, { condition: 'com.microsoft:dead-letter', info });
    const deadLetters = arrivalsOn(receiverOf('requests/$deadletterqueue'));
    expect(propertiesOf((await arrivalAt(0, deadLetters)).message)).toEqual({
      ...kept,
      ...encoded,
      DeadLetterReason: hexOf(types.wrap_string('Invalid')),
      DeadLetterErrorDescription: hexOf(types.wrap_string('no id')),
    });
  });

  it('when it settles by a request to management', async () => {
    const { amqp, arrivalAt } = await start();
    const { delivery } = await arrivalAt(0);
    const requests = amqp.session.open_sender('requests/$management');
    amqp.session.open_receiver({ source: 'requests/$management', target: 'replies' });
    await next(requests, 'sendable');
    requests.send({
      message_id: 'm-1',
      reply_to: 'replies',
      application_properties: { operation: 'com.microsoft:update-disposition' },
      body: {
        'disposition-status': 'abandoned',
        'lock-tokens': types.wrap_array([lockTokenOf(delivery)], 0x98, undefined),
        'properties-to-modify': types.wrap_map(properties),
      },
    });
    expect(propertiesOf((await arrivalAt(1)).message)).toEqual({ ...kept, ...encoded });
  });
});

it('a whole number that JavaScript cannot hold is exact in the view of a message and over HTTP', async () => {
  const { bus, receiver, arrivalAt } = await start();
  const settled = next(receiver, 'settled');
  reject((await arrivalAt(0)).delivery, { condition: 'com.microsoft:dead-letter', info });
  await settled;
  expect(bus.queue('requests').deadLetters.messages()).toMatchObject([
    {
      applicationProperties: {
        kept: 'yes',
        text: 'grüß',
        'small long': 5,
        long: 9_007_199_254_740_993n,
        'negative long': -9_007_199_254_740_993n,
        ulong: 2n ** 64n - 1n,
      },
    },
  ]);
  const response = await fetch(`${bus.httpUrl}/requests/$deadletterqueue/messages/head`, {
    method: 'DELETE',
    headers: { Authorization: 'Bearer any' },
  });
  expect(response.headers.get('long')).toBe('9007199254740993');
});

it('what an application property cannot be is left out', async () => {
  const { arrivalAt } = await start();
  const changes = {
    list: types.wrap_list([1]),
    none: types.wrap_list([]),
    map: types.wrap_map({ a: 1 }),
    ok: true,
  };
  (await arrivalAt(0)).delivery.modified({ message_annotations: changes });
  const { long, ...others } = propertiesOf((await arrivalAt(1)).message);
  expect(long).toBe(hexOf(types.wrap_string('replaced')));
  expect(others).toEqual({ ...kept, ok: hexOf(types.wrap_boolean(true)) });
});

it('a message that is given back without a change stays as it was sent', async () => {
  const { arrivalAt } = await start();
  const { delivery, message } = await arrivalAt(0);
  delivery.modified({ delivery_failed: true });
  expect(propertiesOf((await arrivalAt(1)).message)).toEqual(propertiesOf(message));
});

it('a rejection without an error dead-letters the message without a reason', async () => {
  const { bus, receiver, arrivalAt } = await start();
  const settled = next(receiver, 'settled');
  reject((await arrivalAt(0)).delivery);
  await settled;
  expect(bus.queue('requests').deadLetters.messages()).toMatchObject([{ deadLetterReason: undefined }]);
});

/** rhea's typings want a description, and leave out what comes with the error. */
function reject(delivery: Delivery, error?: { condition: string; info: Record<string, unknown> }): void {
  (delivery as unknown as { reject(error: unknown): void }).reject(error);
}
