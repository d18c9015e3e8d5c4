import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { buildLocalApp } from '../local/buildLocalApp.ts';
import { startStandIns } from '../local/standIns.ts';
import local from '../local.settings.json' with { type: 'json' };
import type { Result } from '../shared/contract/resultSchema.ts';
import { asObject, parseJson } from '../shared/kit/json.ts';
import { createAdjustableClock } from '../test/local/serviceBus/adjustableClock.ts';
import { endFaults, graphFaults, ingestionFaults, storageFaults } from './chaos.ts';
import { check, type Verdict } from './check.ts';
import { POSTPONEMENT_MS } from './checkWindows.ts';
import type { Observation, Posted } from './observation.ts';
import { aPartner } from './partner.ts';
import { planMessage } from './plan.ts';
import { createRandom, guid } from './random.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const BATCH = 25;
const MAX_DELIVERY_COUNT = 100;
/** Further than any request or window of the plan. */
const FAR_AHEAD_MS = 60_000;
const settings = {
  RETRY_BUDGET_SECONDS: '20',
  GRAPH_TIMEOUT_SECONDS: '1',
  MAX_DELIVERY_COUNT: String(MAX_DELIVERY_COUNT),
};

export type SoakOptions = {
  readonly seed: number;
  readonly requests: number;
  readonly partners: number;
  /** Requests posted in a second. */
  readonly rate: number;
  /** From its first delivery the host lives this long on average before it is killed, in milliseconds. */
  readonly killEveryMs: number;
  /** No result for so long means that there will be none, in milliseconds. */
  readonly drainMs: number;
};

export type SoakReport = {
  readonly verdict: Verdict;
  /** Of the host, over all its lives, in MiB; 0 where the system does not tell. */
  readonly peakRssMiB: number;
  readonly seconds: number;
  /** Tokens that were found in what the host printed, in results or in records. */
  readonly leaks: number;
};

/** Runs the app under every fault at once, and holds what the stand-ins saw against the promises. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const started = Date.now();
  const random = createRandom(options.seed);
  const partners = Array.from({ length: options.partners }, () => aPartner(guid(random)));
  const partnerIds = partners.map(({ id }) => id) as [string, ...string[]];
  const directory = await mkdtemp(join(tmpdir(), 'external-partner-soak-'));
  const appRoot = await buildLocalApp(directory);
  const clock = createAdjustableClock();
  const standIns = await startStandIns({
    directory,
    partners,
    keepJournal: false,
    clock,
    requestsQueue: { maxDeliveryCount: MAX_DELIVERY_COUNT, lockDurationSeconds: 10 },
  });
  const posted: Posted[] = [];
  const observations: Observation[] = [];
  let lastResultAt = Date.now();
  const texts: string[] = [];
  const work = new EventEmitter();

  standIns.serviceBus.onEntry(({ queue, type, messageId = '', sessionId = '', body }) => {
    const at = Date.now();
    if (queue === RESULTS_TOPIC && type === 'published' && body) {
      const { messageId: of = '', outcome } = JSON.parse(body.toString()) as Result;
      observations.push({ type: 'result', at, messageId: of, outcome });
      lastResultAt = at;
      texts.push(body.toString());
    }
    if (queue !== REQUESTS_QUEUE) return;
    const end = type === 'enqueued' && body && readEnd(messageId, body);
    if (end) posted.push(end);
    if (type === 'enqueued' || type === 'deadLettered') observations.push({ type, at, messageId });
    if (type !== 'delivered') return;
    observations.push({ type, at, messageId, sessionId });
    work.emit('delivered');
  });
  standIns.graph.onEntry(({ receivedAt: at, externalPartnerId, enableConnection, applied }) => {
    if (!applied || externalPartnerId === undefined || enableConnection === undefined) return;
    observations.push({ type: 'applied', at, externalPartnerId, enableConnection });
  });

  standIns.graph.fault = graphFaults(createRandom(options.seed + 1), partnerIds);
  standIns.ingestion.fault = ingestionFaults(createRandom(options.seed + 2));
  standIns.blobStorage.fault = storageFaults(createRandom(options.seed + 4));
  standIns.serviceBus.httpFault = endFaults(createRandom(options.seed + 5));
  const host = superviseHost({
    appRoot,
    environment: { ...standIns.environment, ...settings },
    work,
    killEveryMs: options.killEveryMs,
    random: createRandom(options.seed + 3),
    onKill: () => observations.push({ type: 'killed', at: Date.now() }),
    onOutput: (text) => texts.push(text),
  });

  const client = new ServiceBusClient(standIns.serviceBus.connectionString);
  const sender = client.createSender(REQUESTS_QUEUE);
  let requests = 0;
  const isStuck = () => Date.now() > lastResultAt + options.drainMs;
  const queue = standIns.serviceBus.queue(REQUESTS_QUEUE);
  try {
    while (requests < options.requests) {
      const count = Math.min(BATCH, options.requests - requests);
      requests += count;
      const planned = Array.from({ length: count }, () => planMessage(random, partnerIds)).flat();
      posted.push(...new Map(planned.map((one) => [one.posted.messageId, one.posted])).values());
      await sender.sendMessages(planned.map(({ message }) => message));
      await sleep((1000 * BATCH) / options.rate);
      // On a slow machine windows would be over before their turn comes.
      while (queue.counts().active > options.partners && !isStuck()) await sleep(50);
    }
    for (let left = queue.messages(); left.length > 0 && !isStuck(); left = queue.messages()) {
      // Only ends wait so long, those that could not be applied: their time comes at once.
      const isFarAhead = ({ state, scheduledEnqueueTime }: (typeof left)[number]) =>
        state === 'scheduled' && Number(scheduledEnqueueTime) > clock.now() + FAR_AHEAD_MS;
      if (left.every(isFarAhead)) clock.advance(POSTPONEMENT_MS);
      await sleep(100);
    }
    await host.stop();

    const waiting = new Set(queue.messages().map(({ messageId }) => messageId ?? ''));
    const states = new Map(
      [...standIns.graph.partners].map(([id, partner]) => [id, partner.enableConnection]),
    );
    texts.push(JSON.stringify(standIns.ingestion.envelopes));
    return {
      verdict: check(posted, observations, states, waiting, windowsLeftIn(texts.join(''))),
      peakRssMiB: host.peakRssMiB(),
      seconds: Math.round((Date.now() - started) / 1000),
      leaks: [...standIns.identity.issued.keys()].filter((token) =>
        texts.some((text) => text.includes(token)),
      ).length,
    };
  } finally {
    await client.close();
    await host.stop();
    await standIns.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** An end that the app has put on the queue; undefined for any other message. */
function readEnd(messageId: string, body: Buffer): Posted | undefined {
  const { externalPartnerId, endOf } = asObject(parseJson(body.toString()));
  return typeof endOf === 'string'
    ? { messageId, externalPartnerId: String(externalPartnerId), enableConnection: false, endOf }
    : undefined;
}

/** The requests that could not close windows, as the host has printed it. */
function windowsLeftIn(text: string): Set<string> {
  const records = text.matchAll(/ExternalPartnerWindowsLeft.{0,2000}?messageId\W+([\da-f-]{36})/g);
  return new Set(Array.from(records, ([, messageId = '']) => messageId));
}

/** Keeps a host running, and kills it in the middle of its work again and again. */
function superviseHost({
  appRoot,
  environment,
  work,
  killEveryMs,
  random,
  onKill,
  onOutput,
}: {
  appRoot: string;
  environment: Readonly<Record<string, string>>;
  /** Emits `delivered` with each delivery. */
  work: EventEmitter;
  killEveryMs: number;
  random: ReturnType<typeof createRandom>;
  onKill: () => void;
  onOutput: (text: string) => void;
}) {
  const stopping = new AbortController();
  const { signal } = stopping;
  let peakKiB = 0;

  const workFor = (ms: number) =>
    once(work, 'delivered', { signal })
      .then(() => sleep(ms, 'over', { signal }))
      .catch(() => 'asked');

  const live = async () => {
    while (!signal.aborted) {
      const child = fork('local/functionsHost/main.ts', [appRoot, '--json'], {
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => onOutput(String(data)));
      const exit = once(child, 'exit');
      const [life] = await Promise.all([
        Promise.race([workFor(killEveryMs * (0.5 + random.next())), exit.then(() => 'ended')]),
        once(child, 'spawn'),
      ]);
      peakKiB = Math.max(peakKiB, peakRssKiB(child.pid));
      if (life === 'over') {
        onKill();
        child.kill('SIGKILL');
      }
      if (life === 'asked') child.send({ type: 'drain' });
      await exit;
    }
  };
  const over = live();

  return {
    peakRssMiB: () => Math.round(peakKiB / 1024),
    async stop() {
      stopping.abort();
      await over;
    },
  };
}

/** The most memory that a process has had, as Linux tells it. */
function peakRssKiB(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
