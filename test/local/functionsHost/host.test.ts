import rhea from 'rhea';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appRoot, createHostUnderTest, type HostUnderTest } from './hostUnderTest.ts';

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
    applicationProperties: {
      'Diagnostic-Id': `00-${TRACE_ID}-b7ad6b7169203331-01`,
      Ticket: 'T1',
      due: new Date('2026-01-31T17:00:00Z'),
      late: new Date('2026-01-31T17:00:00.120Z'),
    },
  });
  await host.until(() => host.results.length === 1, 'the result');
  const [{ body: seen } = { body: undefined }] = host.results;
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
      applicationProperties: { ticket: 'T1', due: '2026-01-31T17:00:00Z', late: '2026-01-31T17:00:00.12Z' },
      expiresAtUtc: '9999-12-31T23:59:59.9999999',
    },
  });
  expect(seen.metadata.enqueuedTimeUtc).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?$/);
  expect(seen.traceContext.traceParent).toMatch(
    new RegExp(`^00-${TRACE_ID}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`),
  );
  expect(seen.metadata).not.toHaveProperty('enqueuedSequenceNumber');
  expect(seen.traceContext.attributes).toMatchObject({
    OperationName: 'probe',
    InvocationId: seen.invocationId,
  });
});

it('says with a result which invocation it is of, in the trace of the message', async () => {
  await host.start();
  const applicationProperties = { 'Diagnostic-Id': `00-${TRACE_ID}-b7ad6b7169203331-01` };
  await host.send({ body: 'x', messageId: 'm1', sessionId: 's1', applicationProperties });
  await host.until(() => host.results.length === 1, 'the result');
  const [result] = host.results;
  expect(result?.contentType).toBe('text/plain');
  expect(result?.applicationProperties).toEqual({
    $AzureWebJobsParentId: result?.body.invocationId,
    'Diagnostic-Id': expect.stringMatching(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`)),
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

it('takes a session whose id is empty for one like any other, as the .NET client does', async () => {
  await host.start();
  await host.send(
    { body: 'fail-once', messageId: 'm1', sessionId: '' },
    { body: 'hello', messageId: 'm2', sessionId: '' },
    { body: 'hello', messageId: 'm3', sessionId: 's1' },
  );
  await host.until(() => host.results.length === 3, 'three results');
  const ofEmpty = host.results.map(({ body }) => body.metadata).filter(({ sessionId }) => sessionId === '');
  expect(ofEmpty.map(({ messageId, deliveryCount }) => [messageId, deliveryCount])).toEqual([
    ['m1', 2],
    ['m2', 1],
  ]);
  expect(host.logged('cannot be received from')).toEqual([]);
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

it('does not call the function with an AMQP value of bytes, which is what Qpid Proton sends', async () => {
  await host.start();
  await host.sendRaw({
    message_id: 'm1',
    group_id: 's1',
    body: rhea.types.wrap_binary(Buffer.from('{"text":"hello"}')),
  });
  await host.until(() => host.deadLetters().length === 1, 'the dead letter');
  expect(host.logged('is an AMQP value')).toHaveLength(3);
  expect(host.logged('probing')).toEqual([]);
});

it('prints ids that are not text as .NET does', async () => {
  await host.start();
  // rhea sends bytes as a uuid, and a number as an ulong.
  await host.sendRaw({
    message_id: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
    correlation_id: 12345678901,
    group_id: 's1',
    body: rhea.message.data_section(Buffer.from('x')),
  });
  await host.until(() => host.results.length === 1, 'the result');
  expect(host.results[0]?.body.metadata).toMatchObject({
    messageId: '00112233-4455-6677-8899-aabbccddeeff',
    correlationId: 12345678901,
  });
});

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

it('keeps the place of an idle session, whoever waits: more sessions than it holds come in waves', async () => {
  const places = 16;
  const idleMs = 1_000;
  await host.start({
    Bus: host.bus.connectionString,
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: `${places}`,
    AzureFunctionsJobHost__extensions__serviceBus__sessionIdleTimeout: '00:00:01',
  });
  const sessions = 3 * places;
  for (let n = 0; n < sessions; n += 1) {
    host.bus.send('requests', { body: Buffer.from('nothing'), messageId: `m${n}`, sessionId: `s${n}` });
  }
  await host.until(() => host.logged('(Succeeded').length === sessions, 'all of them');
  const starts = host.logged('Executing').map(({ time }) => Date.parse(time));
  const waits = (n: number) => (starts[n] ?? 0) - (starts[0] ?? 0);
  // The waves of the real host with the same messages, to a few milliseconds of a timer; a busy machine is later.
  expect(waits(places)).toBeGreaterThan(idleMs - 10);
  expect(waits(2 * places)).toBeGreaterThan(2 * idleMs - 20);
  expect(host.logged('DeliveryCount=1')).toHaveLength(sessions);
});

it.each(['s1', ''])(
  'keeps the lock on a session for as long as an invocation takes: "%s"',
  async (sessionId) => {
    await host.start({ Bus: host.bus.connectionString, REQUESTS_QUEUE: 'short-lock' });
    await host.sendTo('short-lock', { body: 'held', messageId: 'm1', sessionId });
    const renewals = () => host.bus.journal.filter(({ type }) => type === 'sessionLockRenewed');
    await host.until(() => renewals().length === 2, 'two renewals of the lock');
    await host.release();
    await host.until(() => host.logged('(Succeeded').length === 1, 'the invocation');
    expect(host.logged('Executing')).toHaveLength(1);
    expect(host.bus.journal.filter(({ type }) => type === 'sessionLockLost')).toEqual([]);
  },
);

it('renews the lock on a session no longer than host.json says, from when the session was accepted', async () => {
  await host.start({
    Bus: host.bus.connectionString,
    REQUESTS_QUEUE: 'short-lock',
    AzureFunctionsJobHost__extensions__serviceBus__maxAutoLockRenewalDuration: '00:00:01',
  });
  await host.sendTo('short-lock', { body: 'held', messageId: 'm1', sessionId: 's1' });
  const seen = (wanted: string) => host.bus.journal.filter(({ type }) => type === wanted);
  await host.until(() => seen('sessionLockLost').length === 1, 'the loss of the lock');
  expect(seen('sessionLockRenewed')).toEqual([]);
});

it('sends an array as one message per element', async () => {
  await host.start({ Bus: host.bus.connectionString }, appRoot('textBody'));
  await host.send({ body: 'x', messageId: 'm1', sessionId: 's1' });
  await host.until(() => host.results.length === 2, 'two messages');
  expect(host.results.map(({ body }) => (Buffer.isBuffer(body) ? String(body) : body))).toEqual([
    'm1',
    { again: true },
  ]);
  await host.until(() => host.logged('(Succeeded').length === 1, 'the invocation');
});
