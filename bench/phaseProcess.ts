/** The app's own parts, one after the other as a request goes through them, with a clock between them. */
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { createGraph } from '../shared/graph/graph.ts';
import { managedIdentity } from '../shared/graph/managedIdentity.ts';
import { receiveMessage } from '../shared/receive/message.ts';
import { createApplicationInsights, type TelemetrySink } from '../shared/report/applicationInsights.ts';
import { createRecorder } from '../shared/report/record.ts';
import { createInvocation } from './invocation.ts';
import type { Phases } from './phases.ts';

const { GRAPH_BASE_URL, APPLICATIONINSIGHTS_CONNECTION_STRING } = process.env;
const spent = new Map<string, number>();

function add(phase: string, ms: number): void {
  spent.set(phase, (spent.get(phase) ?? 0) + ms);
}

async function timed<T>(phase: string, work: () => Promise<T> | T): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    add(phase, performance.now() - start);
  }
}

subscribe('http.client.request.start', (message) => {
  const { request } = message as { request: ClientRequest };
  if (request.method !== 'PATCH') return;
  const start = performance.now();
  request.once('close', () => add('wire', performance.now() - start));
});

const identity = managedIdentity();
const graph = createGraph({
  baseUrl: new URL(GRAPH_BASE_URL ?? ''),
  timeoutMs: 30_000,
  credential: { getToken: (scopes) => timed('token', () => identity.getToken(scopes)) },
});
const { record } = createRecorder(async () => {
  const sink = createApplicationInsights({
    connectionString: APPLICATIONINSIGHTS_CONNECTION_STRING ?? '',
    role: { name: 'bench', instance: 'bench' },
    warn: console.warn,
  });
  const timedSink: TelemetrySink = { ...sink, flush: () => timed('flush', () => sink.flush()) };
  return timedSink;
});

async function request(index: number): Promise<void> {
  const startedAt = Date.now();
  const { body, metadata, traceContext } = createInvocation(index);
  const { MessageId: messageId, SessionId: sessionId } = metadata;
  const message = await timed('parse', () => receiveMessage(Buffer.from(body), { messageId, sessionId }));
  if (!message.request) throw new Error(message.problem);
  const { request } = message;
  const clientRequestId = randomUUID();
  const { result, calls } = await timed('call', () =>
    graph.setEnableConnection(request, { clientRequestId, mayLeave: () => true }),
  );
  if (!('done' in result) || result.done === 'withheld') throw new Error(JSON.stringify(result));
  const course = { attempts: 1, clientRequestId, startedAt, completedAt: Date.now() };
  const report = { ...result.done, ...course, message, calls };
  await timed('recordAndFlush', () =>
    record(report, { log() {}, warn() {}, ...(traceContext && { traceContext }) }),
  );
}

process.on('message', async ({ count }: { count: number }) => {
  spent.clear();
  for (let index = 0; index < count; index++) await request(index);
  const mean = (phase: string) => (spent.get(phase) ?? 0) / count;
  const split: Phases = {
    parse: mean('parse'),
    token: mean('token'),
    'Graph client': mean('call') - mean('wire') - mean('token'),
    wire: mean('wire'),
    record: mean('recordAndFlush') - mean('flush'),
    flush: mean('flush'),
  };
  process.send?.(split);
});
process.send?.('ready');
