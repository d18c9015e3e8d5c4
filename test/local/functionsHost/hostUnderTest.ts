import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusMessage, type ServiceBusReceivedMessage } from '@azure/service-bus';
import rhea, { type Message } from 'rhea';
import type { HostCommand } from '../../../local/functionsHost/hostProcess.ts';
import type { LogEntry } from '../../../local/functionsHost/log.ts';
import { startServiceBus } from '../../../local/serviceBus/broker.ts';

const DEADLINE_MS = 120_000;

export type HostUnderTest = Awaited<ReturnType<typeof createHostUnderTest>>;

/** An app in the folder `fixtures`. */
export const appRoot = (name: string) => join('test/local/functionsHost/fixtures', name);

/** A broker, a client of it that takes results, and the host's own process, which is yet to be started. */
export async function createHostUnderTest() {
  const directory = await mkdtemp(join(tmpdir(), 'host-'));
  /** Held invocations wait for this file. */
  const releaseFile = join(directory, 'release');
  const bus = await startServiceBus({
    queues: [
      { name: 'requests', requiresSession: true, maxDeliveryCount: 3, lockDurationSeconds: 10 },
      { name: 'short-lock', requiresSession: true, lockDurationSeconds: 8 },
      { name: 'results' },
    ],
  });
  const client = new ServiceBusClient(bus.connectionString);
  const results: ServiceBusReceivedMessage[] = [];
  client.createReceiver('results', { receiveMode: 'receiveAndDelete' }).subscribe({
    processMessage: async (message) => void results.push(message),
    processError: async () => {},
  });
  const logs: LogEntry[] = [];
  let output = '';
  let child: ChildProcess | undefined;

  const running = () => {
    if (!child) throw new Error('No host runs.');
    return child;
  };

  const host = {
    bus,
    client,
    results,
    /** Everything that the host and the app have printed. */
    output: () => output,
    /** The lines of the log that have a text in them. */
    logged: (text: string) => logs.filter(({ message }) => message.includes(text)),
    /** How many deliveries each message in the queue has used up, by message id. */
    deliveryCounts: () =>
      Object.fromEntries(
        bus
          .queue('requests')
          .messages()
          .map(({ messageId, deliveryCount }) => [messageId, deliveryCount]),
      ),
    deadLetters: () => bus.queue('requests').deadLetters.messages(),

    /** Starts the host on an app; resolves with its IPC message, or its exit code if it ends first. */
    async start(
      environment: NodeJS.ProcessEnv = { Bus: bus.connectionString },
      app = appRoot('probe'),
    ): Promise<unknown> {
      const started = fork('local/functionsHost/main.ts', [app, '--json'], {
        env: { ...process.env, RELEASE_FILE: releaseFile, ...environment },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      child = started;
      let rest = '';
      started.stdout?.on('data', (data) => {
        output += data;
        const lines = (rest + data).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('{')) logs.push(JSON.parse(line));
      });
      const [first] = await Promise.race([once(started, 'message'), once(started, 'exit')]);
      return first;
    },

    signal: (signal: NodeJS.Signals) => running().kill(signal),
    ask: (command: HostCommand) => running().send(command),
    disconnect: () => running().disconnect(),
    exitCode: async (): Promise<unknown> => running().exitCode ?? (await once(running(), 'exit'))[0],

    /** Lets the invocations go on that are held. */
    release: () => writeFile(releaseFile, ''),

    send: (...messages: ServiceBusMessage[]) => host.sendTo('requests', ...messages),

    async sendTo(queue: string, ...messages: ServiceBusMessage[]): Promise<void> {
      const sender = client.createSender(queue);
      for (const message of messages) {
        await sender.sendMessages({ ...message, body: Buffer.from(message.body) });
      }
      await sender.close();
    },

    /** Sends a message that the client cannot make. */
    async sendRaw(message: Message): Promise<void> {
      const connection = rhea
        .create_container()
        .connect({ host: 'localhost', port: bus.port, reconnect: false });
      const sender = connection.open_sender('requests');
      await new Promise((resolve) => sender.once('sendable', resolve));
      const accepted = new Promise((resolve) => sender.once('accepted', resolve));
      sender.send(message);
      await accepted;
      connection.close();
    },

    async until(isTrue: () => boolean, what: string): Promise<void> {
      const deadline = Date.now() + DEADLINE_MS;
      while (!isTrue()) {
        if (Date.now() > deadline) throw new Error(`Waited in vain for ${what}. The host said: ${output}`);
        await sleep(10);
      }
    },

    async close() {
      if (child && child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      }
      await client.close();
      await bus.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return host;
}
