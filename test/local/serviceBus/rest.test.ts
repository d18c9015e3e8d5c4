import { expect, it } from 'vitest';
import { call } from '../http/httpClient.ts';
import { minutes, receiveOne, startBroker } from './broker.ts';

const authorization = { Authorization: 'Bearer any' };

/** A broker, and what an HTTP client may ask of its queue. */
async function start(...options: Parameters<typeof startBroker>) {
  const broker = await startBroker(...options);
  const ask = (method: string, path: string, init: RequestInit = {}) =>
    fetch(`${broker.bus.httpUrl}/${path}`, {
      method,
      ...init,
      headers: { ...authorization, ...init.headers },
    });
  const send = (body: string, properties: object, headers: Record<string, string> = {}) =>
    ask('POST', 'requests/messages', {
      body,
      headers: { BrokerProperties: JSON.stringify(properties), ...headers },
    });
  return { ...broker, ask, send };
}

const propertiesOf = ({ headers }: Response) => JSON.parse(headers.get('BrokerProperties') ?? '{}');

it('a posted message arrives over AMQP with everything its sender set', async () => {
  const { bus, client } = await start({ requiresSession: true });
  const brokerProperties = {
    MessageId: 'm-1',
    SessionId: 's-1',
    CorrelationId: 'c-1',
    Label: 'enable',
    ReplyTo: 'results',
    TimeToLive: 90,
    Unknown: 1,
  };
  const { status } = await call(`${bus.httpUrl}/requests/messages`, {
    method: 'POST',
    body: '{"enableConnection":true}',
    headers: {
      ...authorization,
      BrokerProperties: JSON.stringify(brokerProperties),
      'Content-Type': 'application/json',
      'User-Agent': 'any',
      Urgent: 'true',
      Attempt: '3',
      'Diagnostic-Id': 'plain',
      Team: '"one"',
    },
  });
  expect(status).toBe(201);
  const message = await receiveOne(await client.acceptSession('requests', 's-1'));
  expect(message).toMatchObject({
    body: { enableConnection: true },
    messageId: 'm-1',
    sessionId: 's-1',
    correlationId: 'c-1',
    subject: 'enable',
    replyTo: 'results',
    timeToLive: 90_000,
    contentType: 'application/json',
  });
  expect(message.applicationProperties).toEqual({
    Urgent: true,
    Attempt: 3,
    'Diagnostic-Id': 'plain',
    Team: 'one',
  });
});

it('a message that was posted under an id already seen is dropped', async () => {
  const { bus, send } = await start({ duplicateDetectionWindowSeconds: 60 });
  expect((await send('1', { MessageId: 'same' })).status).toBe(201);
  expect((await send('2', { MessageId: 'same' })).status).toBe(201);
  expect(bus.queue('requests').messages()).toHaveLength(1);
});

it.each([
  ['ISO 8601', '2999-01-31T18:00:00Z'],
  ['ISO 8601 with an offset', '2999-01-31T19:00:00+01:00'],
  ['ISO 8601 without an offset, in UTC', '2999-01-31T18:00:00'],
  ['RFC 1123', new Date('2999-01-31T18:00:00Z').toUTCString()],
])('a scheduled message waits for its time in %s', async (_, ScheduledEnqueueTimeUtc) => {
  const { bus, send } = await start();
  expect((await send('1', { ScheduledEnqueueTimeUtc })).status).toBe(201);
  expect(bus.queue('requests').messages()).toMatchObject([
    { state: 'scheduled', scheduledEnqueueTime: new Date('2999-01-31T18:00:00Z') },
  ]);
});

it('a scheduled message is there once its time has come', async () => {
  const { clock, client, send } = await start();
  await send('"later"', { ScheduledEnqueueTimeUtc: new Date(Date.now() + minutes(60)).toISOString() });
  clock.advance(minutes(60));
  expect((await receiveOne(client.createReceiver('requests'))).body).toBe('later');
});

it('receive-and-delete takes a message with its properties, and then there is none', async () => {
  const { bus, client, ask } = await start();
  await client.createSender('requests').sendMessages({
    body: { outcome: 'applied' },
    messageId: 'm-1',
    subject: 'grüß',
    contentType: 'application/json',
    timeToLive: 60_000,
    applicationProperties: { Team: 'Ü"1"', Attempt: 3, 'not a header': 1 },
  });
  const response = await ask('DELETE', 'requests/messages/head?timeout=5');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ outcome: 'applied' });
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('attempt')).toBe('3');
  expect(JSON.parse(response.headers.get('team') ?? '')).toBe('Ü"1"');
  const properties = propertiesOf(response);
  expect(properties).toMatchObject({
    MessageId: 'm-1',
    Label: 'grüß',
    SequenceNumber: 1,
    DeliveryCount: 1,
    State: 'Active',
    TimeToLive: 60,
  });
  expect(properties.EnqueuedTimeUtc).toMatch(/ GMT$/);
  expect(properties).not.toHaveProperty('LockToken');
  expect(bus.queue('requests').messages()).toEqual([]);
  expect((await ask('DELETE', 'requests/messages/head?timeout=0')).status).toBe(204);
});

it('a receiver that waits gets the message that comes', async () => {
  const { bus, ask } = await start();
  const waiting = ask('DELETE', 'requests/messages/head');
  bus.send('requests', { body: Buffer.from('late') });
  expect(await (await waiting).text()).toBe('late');
});

it('a locked message is renewed and completed at its location, and under its id and lock token', async () => {
  const { bus, ask, send } = await start();
  await send('1', { MessageId: 'a b/c' });
  const locked = await ask('POST', 'requests/messages/head?timeout=5');
  expect(locked.status).toBe(201);
  const { LockToken, LockedUntilUtc } = propertiesOf(locked);
  expect(Date.parse(LockedUntilUtc)).toBeGreaterThan(Date.now());
  const location = locked.headers.get('location') ?? '';
  expect(location).toBe(`${bus.httpUrl}/requests/messages/1/${LockToken}`);
  expect((await fetch(location, { method: 'POST', headers: authorization })).status).toBe(200);
  expect(bus.journal.at(-1)).toMatchObject({ type: 'lockRenewed' });
  expect((await ask('DELETE', `requests/messages/${encodeURIComponent('a b/c')}/${LockToken}`)).status).toBe(
    200,
  );
  expect(bus.queue('requests').messages()).toEqual([]);
});

it('an unlocked message is there for the next receiver, with one delivery more', async () => {
  const { ask, send, client } = await start();
  await send('1', { MessageId: 'm-1' });
  const location = (await ask('POST', 'requests/messages/head')).headers.get('location') ?? '';
  expect((await ask('DELETE', 'requests/messages/head?timeout=0')).status).toBe(204);
  expect((await fetch(location, { method: 'PUT', headers: authorization })).status).toBe(200);
  expect((await fetch(location, { method: 'DELETE', headers: authorization })).status).toBe(404);
  expect(await receiveOne(client.createReceiver('requests'))).toMatchObject({ deliveryCount: 1 });
});

it('a lock token does not settle another message', async () => {
  const { bus, ask, send } = await start();
  await send('1', {});
  await send('2', {});
  const { LockToken } = propertiesOf(await ask('POST', 'requests/messages/head'));
  expect((await ask('DELETE', `requests/messages/2/${LockToken}`)).status).toBe(404);
  expect(bus.queue('requests').messages()).toHaveLength(2);
});

it('dead-lettered messages are received from the dead-letter queue', async () => {
  const { client, ask, send } = await start();
  await send('"bad"', { MessageId: 'm-1' });
  const receiver = client.createReceiver('requests');
  await receiver.deadLetterMessage(await receiveOne(receiver), {
    deadLetterReason: 'because',
    deadLetterErrorDescription: 'of this',
  });
  const response = await ask('DELETE', 'requests/$DeadLetterQueue/messages/head');
  expect(await response.json()).toBe('bad');
  expect(response.headers.get('deadletterreason')).toBe('"because"');
});

it('a client that goes away while it waits takes no message with it', async () => {
  const { bus, ask } = await start();
  // Whatever came earlier on other connections has been read by the time that this gets its response.
  const statusOfAnother = async () => (await ask('DELETE', 'requests/messages/head?timeout=0')).status;
  const leaving = new AbortController();
  const waiting = ask('DELETE', 'requests/messages/head', { signal: leaving.signal });
  expect(await statusOfAnother()).toBe(204);
  leaving.abort();
  await expect(waiting).rejects.toThrow();
  expect(await statusOfAnother()).toBe(204);
  bus.send('requests', { body: Buffer.from('1') });
  expect(bus.queue('requests').messages()).toHaveLength(1);
  expect(bus.journal.map((entry) => entry.type)).toEqual(['enqueued']);
});

it('a receiver waits for as long as it says', async () => {
  const { clock, ask } = await start();
  let isOver = false;
  const waiting = ask('DELETE', 'requests/messages/head?timeout=3600').finally(() => {
    isOver = true;
  });
  expect((await ask('DELETE', 'requests/messages/head?timeout=0')).status).toBe(204);
  clock.advance(minutes(55));
  expect((await ask('DELETE', 'requests/messages/head?timeout=0')).status).toBe(204);
  expect(isOver).toBe(false);
  clock.advance(minutes(5));
  expect((await waiting).status).toBe(204);
});

it('closing ends the receivers that wait', async () => {
  const { bus, ask } = await start();
  const waiting = expect(ask('POST', 'requests/messages/head?timeout=600')).rejects.toThrow();
  expect((await ask('DELETE', 'requests/messages/head?timeout=0')).status).toBe(204);
  await bus.close();
  await waiting;
});

it.each([
  ['no authorization', 401, 'POST', 'requests/messages', { Authorization: '' }, 'MissingToken'],
  ['another scheme', 401, 'POST', 'requests/messages', { Authorization: 'Basic eDp5' }, 'MissingToken'],
  ['an unknown queue', 404, 'POST', 'nowhere/messages', {}, "'sb://localhost/nowhere' could not be found"],
  [
    'an unknown lock',
    404,
    'DELETE',
    'requests/messages/1/6f1ed002-ab5b-4a1e-8bd0-1e1d0d0ad4a4',
    {},
    'this lock',
  ],
  ['another path', 404, 'POST', 'requests', {}, 'no operation'],
  ['another method', 405, 'GET', 'requests/messages/head', {}, 'no operation'],
  ['a malformed path', 400, 'POST', '%FF/messages', {}, 'percent-encoded'],
  ['a malformed timeout', 400, 'DELETE', 'requests/messages/head?timeout=soon', {}, 'timeout'],
  ['text for properties', 400, 'POST', 'requests/messages', { BrokerProperties: 'x' }, 'not a JSON object'],
  [
    'a list for properties',
    400,
    'POST',
    'requests/messages',
    { BrokerProperties: '[]' },
    'not a JSON object',
  ],
  [
    'a number for an id',
    400,
    'POST',
    'requests/messages',
    { BrokerProperties: '{"MessageId":1}' },
    'MessageId',
  ],
  [
    'a text for a span',
    400,
    'POST',
    'requests/messages',
    { BrokerProperties: '{"TimeToLive":"1"}' },
    'TimeToLive',
  ],
  [
    'no time',
    400,
    'POST',
    'requests/messages',
    { BrokerProperties: '{"ScheduledEnqueueTimeUtc":"tomorrow"}' },
    'ScheduledEnqueueTimeUtc',
  ],
  [
    'a batch',
    501,
    'POST',
    'requests/messages',
    { 'Content-Type': 'application/vnd.microsoft.servicebus.json' },
    'batches',
  ],
])('%s is refused with %i', async (_, status, method, path, headers, detail) => {
  const { bus, ask } = await start();
  const response = await ask(method, path, { headers });
  expect(response.status).toBe(status);
  const text = await response.text();
  expect(text).toMatch(new RegExp(`^<Error><Code>${status}</Code><Detail>.*</Detail></Error>$`));
  expect(text).toContain(detail);
  expect(bus.queue('requests').messages()).toEqual([]);
});

it('a queue that requires sessions takes no message without one, and is not received from over HTTP', async () => {
  const { ask, send } = await start({ requiresSession: true });
  const refused = await send('1', { MessageId: 'm-1' });
  expect(refused.status).toBe(405);
  expect(await refused.text()).toContain('SessionId was not set');
  const unreadable = await ask('DELETE', 'requests/messages/head');
  expect(unreadable.status).toBe(405);
  expect(await unreadable.text()).toContain('requires sessions');
});

it('a full queue is refused with 403', async () => {
  const { bus, send } = await start();
  bus.refuse('requests', true);
  expect((await send('1', {})).status).toBe(403);
  bus.refuse('requests', false);
  expect((await send('1', {})).status).toBe(201);
});

it.each([
  ['256 KiB', 256 * 1024],
  ['1 MiB', 1024 * 1024],
  ['a byte more', 1024 * 1024 + 1],
  ['8 MiB', 8 * 1024 * 1024],
])('a message of %s is refused with 403, and says why', async (_, bytes) => {
  const { bus, send } = await start();
  const refused = await send('x'.repeat(bytes), {});
  expect(refused.status).toBe(403);
  expect(await refused.text()).toMatch(/<Code>403<\/Code><Detail>.*262144 bytes/);
  expect(bus.queue('requests').messages()).toEqual([]);
});
