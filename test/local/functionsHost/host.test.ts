import rhea from 'rhea';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHostUnderTest, type HostUnderTest } from './hostUnderTest.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let host: HostUnderTest;
beforeEach(async () => {
  host = await createHostUnderTest();
});
afterEach(() => host.close());

it('gives a function the message as the extension does, and sends what it returns', async () => {
  await host.start();
  await host.send({
    body: 'hello',
    messageId: 'm1',
    sessionId: 's1',
    correlationId: 'c1',
    subject: 'toggle',
    contentType: 'text/plain',
    replyTo: 'back',
    applicationProperties: { 'Diagnostic-Id': `00-${TRACE_ID}-b7ad6b7169203331-01`, Ticket: 'T1' },
  });
  await host.until(() => host.results.length === 1, 'the result');
  const [{ body: seen, contentType } = { body: undefined, contentType: undefined }] = host.results;
  expect(contentType).toBe('text/plain');
  expect(seen).toMatchObject({
    isBuffer: true,
    body: 'hello',
    metadata: {
      messageId: 'm1',
      sessionId: 's1',
      correlationId: 'c1',
      deliveryCount: 1,
      sequenceNumber: 1,
      subject: 'toggle',
      label: 'toggle',
      contentType: 'text/plain',
      replyTo: 'back',
      applicationProperties: { ticket: 'T1' },
      expiresAtUtc: '9999-12-31T23:59:59.9999999',
    },
  });
  expect(seen.metadata.enqueuedTimeUtc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
  expect(seen.traceContext.traceParent).toMatch(
    new RegExp(`^00-${TRACE_ID}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
  );
  expect(seen.traceContext.attributes).toMatchObject({
    OperationName: 'probe',
    InvocationId: seen.invocationId,
  });
});

it('delivers a message again when the function throws, with the next delivery count', async () => {
  await host.start();
  await host.send({ body: 'fail-once', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.results.length === 1, 'the result');
  expect(host.results[0]?.body.metadata).toMatchObject({ messageId: 'm1', deliveryCount: 2 });
  expect(host.logged('(Failed')).toHaveLength(1);
});

it('keeps the order of a session, also past a message that fails at first', async () => {
  await host.start();
  await host.send(
    { body: 'one', messageId: 'm1', sessionId: 's1' },
    { body: 'fail-once', messageId: 'm2', sessionId: 's1' },
    { body: 'three', messageId: 'm3', sessionId: 's1' },
  );
  await host.until(() => host.results.length === 3, 'three results');
  expect(host.results.map(({ body }) => body.metadata.messageId)).toEqual(['m1', 'm2', 'm3']);
});

it('leaves a message that always fails to the dead-letter queue', async () => {
  await host.start();
  await host.send({ body: 'fail-always', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.deadLetters().length === 1, 'the dead letter');
  expect(host.deadLetters()).toMatchObject([{ messageId: 'm1' }]);
  expect(host.logged('(Failed')).toHaveLength(3);
});

it.each([
  ['value', '{"text":"hello"}'],
  ['sequence', [['hello']]],
] as const)(
  'does not call the function with an AMQP %s as body, which ends as a dead letter',
  async (bodyType, body) => {
    await host.start();
    const sender = host.client.createSender('requests');
    await sender.sendMessages({
      body,
      bodyType,
      properties: { messageId: 'm1', groupId: 's1' },
    });
    await sender.close();
    await host.until(() => host.deadLetters().length === 1, 'the dead letter');
    expect(host.deadLetters()).toMatchObject([
      { messageId: 'm1', deadLetterReason: 'MaxDeliveryCountExceeded' },
    ]);
    expect(host.logged('(Failed')).toHaveLength(3);
    expect(host.logged(`is an AMQP ${bodyType}`)).toHaveLength(3);
    expect(host.logged('probing')).toEqual([]);
  },
);

it('joins several data sections to one body, and takes a message without a body for an empty one', async () => {
  await host.start();
  const { message } = rhea;
  await host.sendRaw({
    message_id: 'm1',
    group_id: 's1',
    body: message.data_sections([Buffer.from('hel'), Buffer.from('lo')]),
  });
  await host.until(() => host.results.length === 1, 'the first result');
  await host.sendRaw({ message_id: 'm2', group_id: 's1', body: null });
  await host.until(() => host.results.length === 2, 'the second result');
  expect(host.results.map(({ body }) => [body.metadata.messageId, body.isBuffer, body.body])).toEqual([
    ['m1', true, 'hello'],
    ['m2', true, ''],
  ]);
});

it('fails the invocation when its output cannot be sent', async () => {
  await host.start({ Bus: host.bus.connectionString, RESULTS_QUEUE: 'nowhere' });
  await host.send({ body: 'x', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.logged('(Failed').length > 0, 'a failed invocation');
  expect(host.logged('(Succeeded')).toEqual([]);
});

it('serves more sessions than it holds at once without waiting for idle ones to time out', async () => {
  await host.start({
    Bus: host.bus.connectionString,
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: '2',
    AzureFunctionsJobHost__extensions__serviceBus__sessionIdleTimeout: '01:00:00',
  });
  await host.send(
    ...Array.from({ length: 8 }, (_, n) => ({ body: 'x', messageId: `m${n}`, sessionId: `s${n}` })),
  );
  await host.until(() => host.results.length === 8, 'eight results');
  expect(host.results.every(({ body }) => body.metadata.deliveryCount === 1)).toBe(true);
});

it('keeps the lock on a session for as long as an invocation takes', async () => {
  await host.start({ Bus: host.bus.connectionString, REQUESTS_QUEUE: 'short-lock' });
  await host.sendTo('short-lock', { body: 'held', messageId: 'm1', sessionId: 's1' });
  const renewals = () => host.bus.journal.filter(({ type }) => type === 'sessionLockRenewed');
  await host.until(() => renewals().length === 2, 'two renewals of the lock');
  await host.release();
  await host.until(() => host.logged('(Succeeded').length === 1, 'the invocation');
  expect(host.logged('Executing')).toHaveLength(1);
  expect(host.bus.journal.filter(({ type }) => type === 'sessionLockLost')).toEqual([]);
});

it('sends an array as one message per element', async () => {
  await host.start({ Bus: host.bus.connectionString }, 'textBody');
  await host.send({ body: 'x', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.results.length === 2, 'two messages');
  expect(host.results.map(({ body }) => (Buffer.isBuffer(body) ? String(body) : body))).toEqual([
    'm1',
    { again: true },
  ]);
  await host.until(() => host.logged('(Succeeded').length === 1, 'the invocation');
});
