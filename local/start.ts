import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { ServiceBusClient } from '@azure/service-bus';
import local from '../local.settings.json' with { type: 'json' };
import { buildApp } from '../scripts/build.ts';
import { followRequests } from './followRequests.ts';
import { samplePartners } from './graph/samplePartners.ts';
import { sampleRequests } from './sampleRequests.ts';
import { startOnFixedPorts, startStandIns } from './standIns.ts';

const { REQUESTS_QUEUE } = local.Values;
const RESULT_TIMEOUT_MS = 30_000;

const isOnce = process.argv.includes('--once');
const say = (line = '') => console.log(line);

/** Starts the built app in a process of its own; what it logs is shown only where it is a warning or worse. */
async function startHost(environment: Readonly<Record<string, string>>): Promise<ChildProcess> {
  const host = fork('local/functionsHost/main.ts', ['--json'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [host.stdout, host.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => showLog(line));
  }
  const exit = once(host, 'exit').then(([code]) => {
    throw new Error(`The host ended with code ${code} before it was ready.`);
  });
  await Promise.race([once(host, 'message'), exit]);
  exit.catch(() => {});
  return host;
}

function showLog(line: string): void {
  const { level, message }: { level: string; message: string } = line.startsWith('{')
    ? JSON.parse(line)
    : { level: 'error', message: line };
  if (['warning', 'error', 'critical'].includes(level)) say(styleText('yellow', `host: ${message}`));
}

say(
  `${styleText('bold', 'External partner connections')}, on stand-ins: no Azure, nothing leaves this machine.\n`,
);
say(styleText('dim', 'Building the app …'));
await buildApp();
say(styleText('dim', 'Starting the stand-ins …'));
const standIns = await (isOnce ? startStandIns() : startOnFixedPorts());
say(styleText('dim', 'Starting the app in its host …'));
const host = await startHost(standIns.environment);
let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  host.kill('SIGTERM');
  if (host.exitCode === null) await once(host, 'exit');
  await standIns.close();
};
host.on('exit', (code) => {
  if (stopping) return;
  say(styleText('red', `The host ended unexpectedly (code ${code}).`));
  process.exitCode = 1;
  void stop();
});
process.once('SIGINT', stop);
process.once('SIGTERM', stop);

const samples = sampleRequests();
const titles = new Map(samples.map(({ title, message }) => [message.messageId, title]));
const requests = followRequests(standIns, say, (messageId) => titles.get(messageId) ?? 'A request');
const client = new ServiceBusClient(standIns.serviceBus.connectionString);
const sender = client.createSender(REQUESTS_QUEUE);
const unexpected: string[] = [];

for (const { title, message, expected } of samples) {
  await sender.sendMessages(message);
  const until = Date.now() + RESULT_TIMEOUT_MS;
  const request = () => requests.get(String(message.messageId));
  while (!(request()?.result && request()?.isRecorded) && Date.now() < until) await sleep(20);
  const outcome = request()?.result?.outcome;
  const tooEarly = (request()?.enqueuedAt ?? 0) < (message.scheduledEnqueueTimeUtc?.getTime() ?? 0);
  if (outcome !== expected.outcome || !request()?.isRecorded || tooEarly) {
    unexpected.push(
      `${title}: expected ${expected.outcome}, on record and in time, and got ${outcome ?? 'no result'}`,
    );
  }
  const { externalPartnerId, enableConnection } = expected;
  if (
    externalPartnerId &&
    standIns.graph.partners.get(externalPartnerId)?.enableConnection !== enableConnection
  ) {
    unexpected.push(`${title}: Graph does not show enableConnection ${enableConnection}`);
  }
}
await client.close();

say();
if (unexpected.length > 0) {
  process.exitCode = 1;
  for (const text of unexpected) say(styleText('red', `Not as expected. ${text}.`));
} else {
  say(styleText('green', `All ${requests.size} sample requests ended as expected.`));
}
if (isOnce) {
  await stop();
} else {
  say(`\nSend one more from another terminal, look at the partners, follow the results:

  npm run send -- disable ${samplePartners[0]?.id} --reference CHG0031337 --wait
  npm run partners
  npm run results

The REST API of Service Bus is at ${standIns.serviceBus.httpUrl} (docs/guides/http.md).
Ctrl-C ends it.`);
}
