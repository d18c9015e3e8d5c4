import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { styleText } from 'node:util';
import { ServiceBusClient } from '@azure/service-bus';
import { withTimeout } from '../shared/kit/withTimeout.ts';
import { followRequests, type RequestProgress } from './followRequests.ts';
import { type HostProcess, startHostProcess } from './functionsHost/hostProcess.ts';
import { samplePartners } from './graph/samplePartners.ts';
import { inOrder } from './http/fault.ts';
import { localValue } from './localSettings.ts';
import { LocalStartError } from './localStartError.ts';
import { impatientSettings, type NamedFault } from './namedFaults.ts';
import { type SampleRequest, sampleRequests, sampleRequestsDuring } from './sampleRequests.ts';
import { type StandIns, startStandIns } from './standIns.ts';

const REQUESTS_QUEUE = localValue('REQUESTS_QUEUE');
const RESULT_TIMEOUT_MS = 60_000;
/** How long invocations may take to end at Ctrl-C. */
const DRAIN_MS = 5_000;
/** How long the whole stop may take before the host is killed. */
const STOP_MS = 20_000;

const print = (line = '') => console.log(line);

/**
 * Starts the stand-ins and the app, sends sample requests and prints what happens to them. Then serves until the
 * process is told to end; with `isOnce` it ends by itself, and leaves nothing behind.
 *
 * Sets exit code 1 if a request did not end as expected, or the host ends unexpectedly.
 *
 * @param fault stays on from the start
 * @throws LocalStartError if something cannot start
 */
export async function demonstrate({
  isOnce,
  fault,
}: {
  isOnce: boolean;
  fault: NamedFault | undefined;
}): Promise<void> {
  const directory = isOnce ? await mkdtemp(join(tmpdir(), 'external-partner-')) : '.local';
  const closing: (() => Promise<unknown>)[] = [];
  if (isOnce) process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= closeAll(closing);
    return stopped;
  };

  try {
    print('Starting the stand-ins for Service Bus, Graph, the managed identity and Application Insights …');
    const standIns = await startStandIns({
      fixedPorts: !isOnce,
      directory,
      ...(fault && { requestsQueue: { maxDeliveryCount: Number(impatientSettings.MAX_DELIVERY_COUNT) } }),
    });
    closing.push(standIns.close);
    fault?.start(standIns);
    print('Building the app …');
    const appRoot = await buildApp(directory);
    print('Starting the app in its host …');
    const host = await startHost(appRoot, { ...standIns.environment, ...(fault && impatientSettings) });
    closing.push(() => stopHost(host));

    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
    void host.exited.then((code) => {
      if (stopped) return;
      print(styleText('red', `The host ended unexpectedly (exit code ${code}).`));
      process.exitCode = 1;
      void stop();
    });

    const samples = fault ? sampleRequestsDuring(fault) : sampleRequests();
    if (fault) printFault(fault);
    print(`Sending ${samples.length} sample requests.`);
    const unexpected = await sendSamples(samples, standIns, () => stopped !== undefined);
    if (stopped) return;
    fault?.stop?.(standIns);
    if (unexpected.length > 0) process.exitCode = 1;
    print();
    print(summary(samples.length, unexpected));
    if (!isOnce) {
      const { openBoard } = await import('../cli/board/openBoard.ts');
      const board = await openBoard({ port: 0 });
      closing.push(board.close);
      printWhatIsNext(standIns, board.url);
    }
  } finally {
    if (isOnce) await stop();
  }
}

/** Closes what was started, the latest first. */
async function closeAll(closing: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const close of closing.toReversed()) await close();
}

async function buildApp(directory: string): Promise<string> {
  const { buildLocalApp } = await import('./buildLocalApp.ts');
  return buildLocalApp(directory).catch(() => {
    throw new LocalStartError('The app cannot be built; the compiler says why above.');
  });
}

/** Starts the built app; what it logs is shown only if it is a warning or worse. */
async function startHost(
  appRoot: string,
  environment: Readonly<Record<string, string>>,
): Promise<HostProcess> {
  try {
    return await startHostProcess({ appRoot, environment, onLine: printLog });
  } catch (error) {
    throw new LocalStartError((error as Error).message);
  }
}

function printLog(line: string): void {
  const { level, message }: { level: string; message: string } = line.startsWith('{')
    ? JSON.parse(line)
    : { level: 'error', message: line };
  if (['warning', 'error', 'critical'].includes(level))
    print(styleText('yellow', `host: ${message.split('\n')[0]}`));
}

async function stopHost(host: HostProcess): Promise<void> {
  await withTimeout(host.drain({ drainMs: DRAIN_MS }), STOP_MS, 'The host does not stop.').catch(host.kill);
}

/** Sends the samples one after the other, each when the one before has ended; returns what was not as expected. */
async function sendSamples(
  samples: readonly SampleRequest[],
  standIns: StandIns,
  isStopped: () => boolean,
): Promise<string[]> {
  const titles = new Map(samples.map(({ title, messageId }) => [messageId, title]));
  const requests = followRequests(standIns, print, (messageId) => titles.get(messageId) ?? 'A request');
  const client = new ServiceBusClient(standIns.serviceBus.connectionString);
  const sender = client.createSender(REQUESTS_QUEUE);
  const unexpected: string[] = [];
  try {
    for (const sample of samples) {
      if (sample.graphFault) standIns.graph.fault = inOrder(sample.graphFault);
      const message = sample.message();
      await sender.sendMessages(message);
      const dueAt = message.scheduledEnqueueTimeUtc?.getTime() ?? 0;
      await waitUntilOver(() => requests.get(sample.messageId), sample, isStopped);
      if (isStopped()) return unexpected;
      unexpected.push(...compare(sample, requests.get(sample.messageId), dueAt, standIns));
    }
    for (const sample of samples.filter(({ expected }) => expected.hasEnd)) {
      const end = () => requests.get(sample.messageId)?.end;
      await waitUntilOver(end, sample, isStopped);
      if (isStopped()) return unexpected;
      unexpected.push(...compare(endOf(sample), end(), 0, standIns));
    }
  } finally {
    await client.close();
  }
  return unexpected;
}

/** Waits for the result of a sample, and its record if there is to be one. */
async function waitUntilOver(
  find: () => RequestProgress | undefined,
  { expected: { isRecorded } }: SampleRequest,
  isStopped: () => boolean,
): Promise<void> {
  const isOver = (request: RequestProgress | undefined) =>
    request !== undefined &&
    (request.result !== undefined || request.isDeadLettered === true) &&
    (request.isRecorded || !isRecorded);
  const deadline = Date.now() + RESULT_TIMEOUT_MS;
  while (!isOver(find()) && Date.now() < deadline && !isStopped()) await sleep(20);
}

/** What is expected of the end of a window. */
function endOf({ title, expected }: SampleRequest): Pick<SampleRequest, 'title' | 'expected'> {
  const { partner } = expected;
  return {
    title: `The end of: ${title}`,
    expected: { ...expected, ...(partner && { partner: { ...partner, enableConnection: false } }) },
  };
}

function compare(
  { title, expected }: Pick<SampleRequest, 'title' | 'expected'>,
  request: RequestProgress | undefined,
  dueAt: number,
  { graph }: StandIns,
): string[] {
  const { outcome, attempts, isRecorded, partner } = expected;
  const result = request?.result;
  const ending = request?.isDeadLettered ? 'deadLettered' : result?.outcome;
  const problems = [
    ending !== outcome && `expected ${outcome}, and got ${ending ?? 'no result'}`,
    attempts !== undefined &&
      result?.attempts !== attempts &&
      `expected ${attempts} attempts, and got ${result?.attempts}`,
    isRecorded && !request?.isRecorded && 'it is not on record',
    (request?.enqueuedAt ?? 0) < dueAt && 'it was delivered before its time',
    partner &&
      graph.partners.get(partner.id)?.enableConnection !== partner.enableConnection &&
      `Graph does not show enableConnection ${partner.enableConnection}`,
  ];
  return problems.filter((problem) => typeof problem === 'string').map((problem) => `${title}: ${problem}.`);
}

function printFault({ description, stop }: NamedFault): void {
  const { RETRY_BUDGET_SECONDS, MAX_DELIVERY_COUNT } = impatientSettings;
  print(styleText('yellow', `\n${description}${stop ? '' : ' This fault stays on.'}`));
  print(
    `So that you see results within seconds, the app tries for ${RETRY_BUDGET_SECONDS} s in a delivery, and the queue delivers
${MAX_DELIVERY_COUNT} times. By default it tries for minutes, and in more deliveries.`,
  );
}

function summary(count: number, unexpected: readonly string[]): string {
  return unexpected.length > 0
    ? unexpected.map((problem) => styleText('red', `Not as expected. ${problem}`)).join('\n')
    : styleText('green', `All ${count} sample requests ended as expected.`);
}

function printWhatIsNext({ serviceBus }: StandIns, board: string): void {
  print(`
Look at it in your browser: ${board}
From another terminal, send one more, look at the partners, follow the results:

  npx epc enable ${samplePartners[0].id} --for 1m --reference CHG0031337 --wait
  npx epc partners
  npx epc results

The REST API of Service Bus is at ${serviceBus.httpUrl} (docs/guides/http.md).
To see how the app copes with a fault: npm start -- --help

Press Ctrl-C to stop.`);
}
