import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusMessage, type ServiceBusReceivedMessage } from '@azure/service-bus';
import rhea, { type Message } from 'rhea';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogEntry } from '../../../local/functionsHost/log.ts';
import { startServiceBus } from '../../../local/serviceBus/broker.ts';

const DEADLINE_MS = 120_000;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let bus: Awaited<ReturnType<typeof startServiceBus>>;
let client: ServiceBusClient;
let host: ChildProcess | undefined;
let logs: LogEntry[];
let output: string;
let results: ServiceBusReceivedMessage[];
let directory: string;

beforeEach(async () => {
  bus = await startServiceBus({
    queues: [
      { name: 'requests', requiresSession: true, maxDeliveryCount: 3, lockDurationSeconds: 10 },
      { name: 'short-lock', requiresSession: true, lockDurationSeconds: 8 },
      { name: 'results' },
    ],
  });
  directory = await mkdtemp(join(tmpdir(), 'host-'));
  client = new ServiceBusClient(bus.connectionString);
  logs = [];
  output = '';
  results = [];
  client.createReceiver('results', { receiveMode: 'receiveAndDelete' }).subscribe({
    processMessage: async (message) => void results.push(message),
    processError: async () => {},
  });
});

afterEach(async () => {
  if (host && host.exitCode === null && host.signalCode === null) {
    host.kill('SIGKILL');
    await once(host, 'exit');
  }
  host = undefined;
  await client.close();
  await bus.close();
  await rm(directory, { recursive: true, force: true });
});

/** Starts the host on an app; resolves with its IPC message, or its exit code if it ends first. */
async function startHost(
  environment: NodeJS.ProcessEnv = { Bus: bus.connectionString },
  app = 'probe',
): Promise<unknown> {
  const child = fork('local/functionsHost/main.ts', [`test/local/functionsHost/fixtures/${app}`, '--json'], {
    env: { ...process.env, RELEASE_FILE: releaseFile(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  host = child;
  let rest = '';
  child.stdout?.on('data', (data) => {
    output += data;
    const lines = (rest + data).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) logs.push(JSON.parse(line));
  });
  const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  return first;
}

/** Held invocations wait for this file. */
const releaseFile = () => join(directory, 'release');
const release = () => writeFile(releaseFile(), '');

async function exitCode(): Promise<unknown> {
  if (!host) throw new Error('No host runs.');
  return host.exitCode ?? (await once(host, 'exit'))[0];
}

const send = (...messages: ServiceBusMessage[]) => sendTo('requests', ...messages);

async function sendTo(queue: string, ...messages: ServiceBusMessage[]): Promise<void> {
  const sender = client.createSender(queue);
  for (const message of messages) await sender.sendMessages({ ...message, body: Buffer.from(message.body) });
  await sender.close();
}

/** Sends a message that the client cannot make. */
async function sendRaw(message: Message): Promise<void> {
  const connection = rhea.create_container().connect({ host: 'localhost', port: bus.port, reconnect: false });
  const sender = connection.open_sender('requests');
  await new Promise((resolve) => sender.once('sendable', resolve));
  const accepted = new Promise((resolve) => sender.once('accepted', resolve));
  sender.send(message);
  await accepted;
  connection.close();
}

const deadLetters = () => bus.queue('requests').deadLetters.messages();

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}. The host said: ${output}`);
    await sleep(10);
  }
}

const logged = (text: string) => logs.filter(({ message }) => message.includes(text));

it('says that it is ready over IPC', async () => {
  expect(await startHost()).toEqual({ type: 'ready', functions: ['probe'] });
});

it('names everything that is missing, and exits with 1', async () => {
  expect(await startHost({ REQUESTS_QUEUE: '' })).toBe(1);
  expect(output).toContain('REQUESTS_QUEUE is not set');
  expect(output).toContain('Connection \\"Bus\\" is not set');
});

it('gives a function the message as the extension does, and sends what it returns', async () => {
  await startHost();
  await send({
    body: 'hello',
    messageId: 'm1',
    sessionId: 's1',
    correlationId: 'c1',
    subject: 'toggle',
    contentType: 'text/plain',
    replyTo: 'back',
    applicationProperties: { 'Diagnostic-Id': `00-${TRACE_ID}-b7ad6b7169203331-01`, Ticket: 'T1' },
  });
  await until(() => results.length === 1, 'the result');
  const [{ body: seen, contentType } = { body: undefined, contentType: undefined }] = results;
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
  await startHost();
  await send({ body: 'fail-once', messageId: 'm1', sessionId: 's1' });
  await until(() => results.length === 1, 'the result');
  expect(results[0]?.body.metadata).toMatchObject({ messageId: 'm1', deliveryCount: 2 });
  expect(logged('(Failed')).toHaveLength(1);
});

it('keeps the order of a session, also past a message that fails at first', async () => {
  await startHost();
  await send(
    { body: 'one', messageId: 'm1', sessionId: 's1' },
    { body: 'fail-once', messageId: 'm2', sessionId: 's1' },
    { body: 'three', messageId: 'm3', sessionId: 's1' },
  );
  await until(() => results.length === 3, 'three results');
  expect(results.map(({ body }) => body.metadata.messageId)).toEqual(['m1', 'm2', 'm3']);
});

it('leaves a message that always fails to the dead-letter queue', async () => {
  await startHost();
  await send({ body: 'fail-always', messageId: 'm1', sessionId: 's1' });
  const deadLetters = client.createReceiver('requests', {
    subQueueType: 'deadLetter',
    receiveMode: 'receiveAndDelete',
  });
  const [message] = await deadLetters.receiveMessages(1, { maxWaitTimeInMs: DEADLINE_MS });
  expect(message?.messageId).toBe('m1');
  expect(logged('(Failed')).toHaveLength(3);
});

it.each([
  ['value', '{"text":"hello"}'],
  ['sequence', [['hello']]],
] as const)(
  'does not call the function with an AMQP %s as body, which ends as a dead letter',
  async (bodyType, body) => {
    await startHost();
    const sender = client.createSender('requests');
    await sender.sendMessages({
      body,
      bodyType,
      properties: { messageId: 'm1', groupId: 's1' },
    });
    await sender.close();
    await until(() => deadLetters().length === 1, 'the dead letter');
    expect(deadLetters()).toMatchObject([{ messageId: 'm1', deadLetterReason: 'MaxDeliveryCountExceeded' }]);
    expect(logged('(Failed')).toHaveLength(3);
    expect(logged(`is an AMQP ${bodyType}`)).toHaveLength(3);
    expect(logged('probing')).toEqual([]);
  },
);

it('joins several data sections to one body, and takes a message without a body for an empty one', async () => {
  await startHost();
  const { message } = rhea;
  await sendRaw({
    message_id: 'm1',
    group_id: 's1',
    body: message.data_sections([Buffer.from('hel'), Buffer.from('lo')]),
  });
  await until(() => results.length === 1, 'the first result');
  await sendRaw({ message_id: 'm2', group_id: 's1', body: null });
  await until(() => results.length === 2, 'the second result');
  expect(results.map(({ body }) => [body.metadata.messageId, body.isBuffer, body.body])).toEqual([
    ['m1', true, 'hello'],
    ['m2', true, ''],
  ]);
});

it('fails the invocation when its output cannot be sent', async () => {
  await startHost({ Bus: bus.connectionString, RESULTS_QUEUE: 'nowhere' });
  await send({ body: 'x', messageId: 'm1', sessionId: 's1' });
  await until(() => logged('(Failed').length > 0, 'a failed invocation');
  expect(logged('(Succeeded')).toEqual([]);
});

it('serves more sessions than it holds at once without waiting for idle ones to time out', async () => {
  await startHost({
    Bus: bus.connectionString,
    AzureFunctionsJobHost__extensions__serviceBus__maxConcurrentSessions: '2',
    AzureFunctionsJobHost__extensions__serviceBus__sessionIdleTimeout: '01:00:00',
  });
  await send(...Array.from({ length: 8 }, (_, n) => ({ body: 'x', messageId: `m${n}`, sessionId: `s${n}` })));
  await until(() => results.length === 8, 'eight results');
  expect(results.every(({ body }) => body.metadata.deliveryCount === 1)).toBe(true);
});

it('keeps the lock on a session for as long as an invocation takes', async () => {
  await startHost({ Bus: bus.connectionString, REQUESTS_QUEUE: 'short-lock' });
  await sendTo('short-lock', { body: 'held', messageId: 'm1', sessionId: 's1' });
  const renewals = () => bus.journal.filter(({ type }) => type === 'sessionLockRenewed');
  await until(() => renewals().length === 2, 'two renewals of the lock');
  await release();
  await until(() => logged('(Succeeded').length === 1, 'the invocation');
  expect(logged('Executing')).toHaveLength(1);
  expect(bus.journal.filter(({ type }) => type === 'sessionLockLost')).toEqual([]);
});

it('sends an array as one message per element', async () => {
  await startHost({ Bus: bus.connectionString }, 'textBody');
  await send({ body: 'x', messageId: 'm1', sessionId: 's1' });
  await until(() => results.length === 2, 'two messages');
  expect(results.map(({ body }) => (Buffer.isBuffer(body) ? String(body) : body))).toEqual([
    'm1',
    { again: true },
  ]);
  await until(() => logged('(Succeeded').length === 1, 'the invocation');
});

it('finishes what is in flight on SIGTERM, runs appTerminate hooks and exits with 0', async () => {
  await startHost();
  await send(
    { body: 'held', messageId: 'm1', sessionId: 's1' },
    { body: 'later', messageId: 'm2', sessionId: 's1' },
  );
  await until(() => logged('probing held').length > 0, 'the invocation');
  host?.kill('SIGTERM');
  await until(() => logged('Stopping').length > 0, 'the host to stop');
  await release();
  expect(await exitCode()).toBe(0);
  await until(() => results.length === 1, 'the result');
  expect(logged('(Succeeded')).toHaveLength(1);
  expect(output).toContain('appTerminate ran');
  expect(logged('probing later')).toEqual([]);
});

it('ends at once on a second signal', async () => {
  await startHost();
  await send({ body: 'hang', messageId: 'm1', sessionId: 's1' });
  await until(() => logged('probing hang').length > 0, 'the invocation');
  host?.kill('SIGTERM');
  await until(() => logged('Stopping').length > 0, 'the host to stop');
  host?.kill('SIGTERM');
  expect(await exitCode()).toBe(1);
});

it('ends with 1 when an invocation exceeds the function timeout', async () => {
  await startHost({ Bus: bus.connectionString, AzureFunctionsJobHost__functionTimeout: '00:00:01' });
  await send({ body: 'hang', messageId: 'm1', sessionId: 's1' });
  expect(await exitCode()).toBe(1);
  expect(output).toContain('Timeout value of 1 s exceeded');
});

it('ends with 1 when the app leaves a rejection unhandled', async () => {
  await startHost();
  await send({ body: 'crash', messageId: 'm1', sessionId: 's1' });
  expect(await exitCode()).toBe(1);
  expect(output).toContain('asked to crash');
});

it('stops when its parent goes away', async () => {
  await startHost();
  host?.disconnect();
  expect(await exitCode()).toBe(0);
});

it('goes on when the broker comes back', async () => {
  await startHost();
  await send({ body: 'nothing', messageId: 'm0', sessionId: 's0' });
  await until(() => logged('(Succeeded').length === 1, 'the connection');
  await client.close();
  await bus.close();
  await until(() => logged('cannot be received from').length > 0, 'the outage');
  bus = await startServiceBus({
    port: bus.port,
    queues: [{ name: 'requests', requiresSession: true }, { name: 'results' }],
  });
  client = new ServiceBusClient(bus.connectionString);
  await send({ body: 'nothing', messageId: 'm1', sessionId: 's1' });
  await until(() => logged('(Succeeded').length === 2, 'the invocation');
  expect(logged('can be received from again')).not.toEqual([]);
});
