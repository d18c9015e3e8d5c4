import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient, type ServiceBusMessage } from '@azure/service-bus';
import { inject } from 'vitest';
import { type HostProcess, startHostProcess } from '../../local/functionsHost/hostProcess.ts';
import { startStandIns } from '../../local/standIns.ts';
import local from '../../local.settings.json' with { type: 'json' };
import type { Result } from '../../shared/contract/resultSchema.ts';
import { resultProblem } from './contract.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const RESULT_TIMEOUT_MS = 120_000;

export type App = Awaited<ReturnType<typeof startApp>>;

/**
 * The built app in its host, on stand-ins of its own, and a requester who talks to its queues.
 *
 * @param settings changes to the app's settings
 * @param standIns changes to the stand-ins
 * @param appRoot the folder of the app; default: the app that is built for this run
 * @param takesResults whether the requester has a subscription to results, and takes them from it
 */
export async function startApp(
  settings: Readonly<Record<string, string>> = {},
  standInOptions: Parameters<typeof startStandIns>[0] = {},
  { appRoot = inject('appRoot'), takesResults = true }: { appRoot?: string; takesResults?: boolean } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'external-partner-'));
  const resultsSubscriptions = takesResults ? [{ name: 'tests' }] : [];
  const standIns = await startStandIns({ directory, resultsSubscriptions, ...standInOptions });
  const client = new ServiceBusClient(standIns.serviceBus.connectionString);
  const sender = client.createSender(REQUESTS_QUEUE);
  const results: Result[] = [];
  if (takesResults) {
    client.createReceiver(RESULTS_TOPIC, 'tests', { receiveMode: 'receiveAndDelete' }).subscribe({
      processMessage: async ({ body }) => void results.push(body),
      processError: async () => {},
    });
  }
  const logs: string[] = [];
  let host: HostProcess | undefined;

  const app = {
    ...standIns,
    client,
    results,
    /** Everything that the host and the app have printed. */
    logs,

    /** @param changes to the settings, for this host only */
    async startHost(changes: Readonly<Record<string, string>> = {}) {
      host = await startHostProcess({
        appRoot,
        environment: { ...standIns.environment, ...settings, ...changes },
        onLine: (line) => logs.push(`${line}\n`),
      }).catch((error) => {
        throw new Error(`${error.message} It said: ${logs.join('')}`);
      });
    },

    /** Lets the host finish what is in flight, and ends it. */
    stopHost: async () => host?.drain(),

    /** Ends the host as SIGTERM does. */
    shutDownHost: async (options?: { graceMs?: number }) => host?.shutDown(options),

    /** Ends the host in the middle of its work. */
    killHost: async () => host?.kill(),

    /** Posts a request; returns its message id. */
    async send(
      externalPartnerId: string,
      properties: object,
      message: Partial<ServiceBusMessage> = {},
    ): Promise<string> {
      const messageId = randomUUID();
      await sender.sendMessages({
        messageId,
        sessionId: externalPartnerId.toLowerCase(),
        body: { externalPartnerId, ...properties },
        ...message,
      });
      return String(message.messageId ?? messageId);
    },

    /** Waits for the result of a request. */
    resultOf: (messageId: string) =>
      eventually(() => {
        const problem = results.map(resultProblem).find((one) => one !== undefined);
        if (problem) throw new Error(`A result breaks the contract: ${problem}`);
        return results.find((result) => result.messageId === messageId);
      }, `the result of ${messageId}`),

    async request(
      externalPartnerId: string,
      properties: object,
      message: Partial<ServiceBusMessage> = {},
    ): Promise<Result> {
      return app.resultOf(await app.send(externalPartnerId, properties, message));
    },

    /** The PATCHes that Graph received for a partner. */
    patches: (externalPartnerId: string) =>
      standIns.graph.journal.filter(
        (call) => call.method === 'PATCH' && call.externalPartnerId === externalPartnerId,
      ),

    /** The recorded event of a request. */
    eventOf: (messageId: string) =>
      eventually(
        () =>
          standIns.ingestion
            .events('ExternalPartnerRequestCompleted')
            .find(({ properties }) => properties.messageId === messageId),
        `the event of ${messageId}`,
      ),

    async stop() {
      await client.close();
      await app.stopHost();
      await standIns.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await app.startHost();
  return app;
}

/** Waits until something is there, and fails with a name for it where it never comes. */
export async function eventually<T>(find: () => T | undefined, what: string): Promise<T> {
  const deadline = Date.now() + RESULT_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const found = find();
    if (found !== undefined) return found;
    await sleep(10);
  }
  throw new Error(`Waited in vain for ${what}.`);
}
