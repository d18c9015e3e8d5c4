/**
 * Checks the local Service Bus with the real .NET client, on which the extension of the Functions host is built.
 * Starts a broker and a way to break it, runs the checks in serviceBus/, and ends with their exit code.
 */
import { join } from 'node:path';
import { startHttpServer } from '../../local/http/httpServer.ts';
import { startServiceBus } from '../../local/serviceBus/broker.ts';
import { dotnet, hasDotnetSdk, outputFolder } from './dotnetSdk.ts';

const project = join(import.meta.dirname, 'serviceBus/ServiceBusCheck.csproj');
const program = join(outputFolder, 'bin/ServiceBusCheck/debug/ServiceBusCheck.dll');
const hostJson = join(import.meta.dirname, '../../host.json');
const longestBuildMs = 5 * 60_000;
const longestRunMs = 15 * 60_000;

/** As Broker.cs names them; the first is set up as the requests queue is. */
const entities = {
  queues: [
    {
      name: 'requests',
      requiresSession: true,
      duplicateDetectionWindowSeconds: 600,
      deadLetteringOnMessageExpiration: true,
    },
    { name: 'plain' },
    { name: 'unique', duplicateDetectionWindowSeconds: 600 },
    { name: 'brief-locks', lockDurationSeconds: 3 },
    { name: 'brief-sessions', requiresSession: true, lockDurationSeconds: 3 },
    { name: 'few-deliveries', maxDeliveryCount: 2 },
  ],
  topics: [
    {
      name: 'results',
      duplicateDetectionWindowSeconds: 600,
      subscriptions: [{ name: 'tickets', maxDeliveryCount: 2 }, { name: 'recent' }],
    },
  ],
};

/** Without build servers, which would go on running. */
const buildArguments = ['build', project, '--disable-build-servers', '--nologo', '-clp:ErrorsOnly'];

if (!hasDotnetSdk()) {
  console.log('There is no .NET SDK here: the local Service Bus is not checked with the .NET client.');
} else {
  const build = await dotnet(buildArguments, { timeoutMs: longestBuildMs });
  process.exitCode = build === 0 ? await check() : build;
}

/** Runs the checks against a broker of their own; returns their exit code. */
async function check(): Promise<number> {
  let serviceBus = await startServiceBus(entities);
  const { port, connectionString } = serviceBus;
  const actions: Record<string, (queue: string) => unknown> = {
    async restart() {
      await serviceBus.close();
      serviceBus = await startServiceBus({ port, ...entities });
    },
    'drop-connections': () => serviceBus.dropConnections(),
    'expire-locks': (queue) => serviceBus.expireLocks(queue),
    'send-with-empty-session': (queue) => serviceBus.send(queue, { body: Buffer.from('1'), sessionId: '' }),
    count: (queue) => serviceBus.queue(queue).messages().length,
  };
  const control = await startHttpServer({
    maxBodyBytes: 1024,
    async handle({ path }) {
      const [, name = '', queue = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
      const action = actions[name];
      return action === undefined ? { status: 404 } : { status: 200, body: String(await action(queue)) };
    },
  });
  const exitCode = await dotnet([program], {
    timeoutMs: longestRunMs,
    env: {
      CONTROL_URL: `${control.url}/`,
      ServiceBusConnection: connectionString,
      HOST_JSON: hostJson,
    },
  });
  await Promise.all([control.close(), serviceBus.close()]);
  return exitCode;
}
