import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCertificates } from '../../local/http/certificates.ts';
import { type StandIns, startStandIns } from '../../local/standIns.ts';
import { type Ended, epc } from '../helpers/command.ts';
import { startWebSocketBridge } from '../helpers/webSocketBridge.ts';

let directory: string;
let standIns: StandIns;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'external-partner-'));
  standIns = await startStandIns({ directory });
});
afterAll(async () => {
  await standIns?.close();
  await rm(directory, { recursive: true, force: true });
});

const commands: [string, string[]][] = [
  ['enable', [randomUUID()]],
  ['requests', []],
  ['results', ['--once']],
  ['dead-letters', []],
];

/** One sentence for a person, and no more. */
function expectSentence({ code, stdout, stderr }: Ended, sentence: string): void {
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/s3cret|\n\s+at /);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
}

const connectionTo = (port: number) =>
  `Endpoint=sb://localhost:${port};SharedAccessKeyName=local;SharedAccessKey=s3cret;UseDevelopmentEmulator=true;`;

describe.each(commands)('%s %j ends with 5 and one sentence', (name, args) => {
  it('if nothing listens', async () => {
    const environment = { ServiceBusConnection: connectionTo(1) };
    expectSentence(
      await epc([name, ...args], { environment }),
      'Cannot reach localhost: connection refused. Is `npm start` or `npm run local` running?',
    );
  });

  it('if nobody is signed in', async () => {
    const environment = {
      SERVICE_BUS_NAMESPACE: 'name.servicebus.windows.net',
      // Keeps the sign-in on this machine, on which no such tool is found.
      AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential',
      PATH: directory,
    };
    expectSentence(
      await epc([name, ...args], { environment }),
      'Not signed in to Azure. Run az login or azd auth login, then try again.',
    );
  });

  it('if there is no such queue or topic', async () => {
    const environment = { ...standIns.environment, REQUESTS_QUEUE: 'none', RESULTS_TOPIC: 'none' };
    const { code, stderr } = await epc([name, ...args], { environment });
    expect(stderr).toMatch(/^localhost: .*'sb:\/\/localhost\/none[^']*' could not be found\./);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(5);
  });
});

it('--web-sockets connects through a WebSocket', async () => {
  const { ca, ...tls } = await createCertificates();
  const caFile = join(directory, 'bridge.pem');
  await writeFile(caFile, ca);
  const bridge = await startWebSocketBridge(tls, standIns.serviceBus.port);
  try {
    const environment = {
      ...standIns.environment,
      ServiceBusConnection: connectionTo(bridge.port),
      NODE_EXTRA_CA_CERTS: caFile,
    };
    const sent = await epc(['enable', randomUUID(), '--at', '+4h', '--web-sockets'], {
      environment,
    });
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Scheduled .* on localhost\./) });
    expect(bridge.paths).toEqual(['/$servicebus/websocket']);
    const listed = await epc(['requests', '--web-sockets', '--json'], { environment });
    expect(JSON.parse(listed.stdout)).toMatchObject({ requests: [{ state: 'scheduled' }] });
  } finally {
    await bridge.close();
  }
});

it('--web-sockets says so if there is no WebSocket', async () => {
  const environment = { ...standIns.environment, ServiceBusConnection: connectionTo(1) };
  const refused = await epc(['requests', '--web-sockets'], { environment });
  expectSentence(refused, 'Cannot open a WebSocket to localhost. Check the name and your network.');
});

it('a malformed connection string is a wrong setting', async () => {
  const refused = await epc(['requests'], { environment: { ServiceBusConnection: 'bad' } });
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toContain('ServiceBusConnection is not a connection string of Service Bus.');
});
