import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceBusClient } from '@azure/service-bus';
import { withTimeout } from '../../shared/kit/withTimeout.ts';
import { resolveBindings } from './bindings.ts';
import { connect, connectionProblem } from './connection.ts';
import { acceptEmptySessionId } from './emptySessionId.ts';
import { readHostSettings } from './hostJson.ts';
import { describeError, type LogEntry } from './log.ts';
import { createMessageHandler, type MessageHandler } from './messageHandler.ts';
import { createOutputSender } from './outputSender.ts';
import type { RpcLogLevel } from './rpc.ts';
import { startSessionPump } from './sessionPump.ts';
import { StartupError } from './startupError.ts';
import { startWorker, type Worker, type WorkerLog } from './worker.ts';

const DRAIN_MS = 30_000;
/** How long the real host waits on SIGTERM for what is in flight, and goes on taking messages meanwhile. */
const GRACE_MS = 10_000;
/** As long as the real host gives the appTerminate hooks. */
const TERMINATE_MS = 5_000;
const CLOSE_MS = 3_000;
/** How long the real host takes to give a message back whose invocation has exceeded `functionTimeout`. */
const TIMED_OUT_MS = 12_000;

/** A running host. */
export type Host = {
  /** Names of the functions that receive messages. */
  readonly functions: readonly string[];
  /**
   * Ends as an instance does that the platform drains: takes no more messages and waits for invocations in flight.
   *
   * @param drainMs how long invocations may take; default: 30 s
   */
  drain(options?: { drainMs?: number }): Promise<void>;
  /**
   * Ends as the real host does on SIGTERM: goes on taking messages for as long as what is in flight takes; then fails
   * what is still in flight.
   *
   * @param graceMs how long what is in flight may take; default: 10 s
   */
  shutDown(options?: { graceMs?: number }): Promise<void>;
  /** Ends as the real host ends a worker whose invocation has exceeded `functionTimeout`: its message comes back after 12 s. */
  timeOut(): Promise<void>;
  /** Fails what is in flight, as the real host does once its worker has crashed: all of it is delivered again. */
  abandon(reason: string): Promise<void>;
};

/**
 * Loads an app, as the Functions worker does, and runs its Service Bus functions as the host does: peek-lock, one
 * message at a time per session, outputs after the handler, complete on success, abandon on a throw.
 * Resolves as soon as it looks for messages, whether or not the broker can be reached yet.
 *
 * @param environment where settings are taken from; host.json is read from `appRoot`, local.settings.json is not
 * @param onTimeout an invocation has exceeded `functionTimeout`; the real host kills the worker process then
 * @throws StartupError naming everything that is missing
 */
export async function startHost({
  appRoot,
  environment = process.env,
  log,
  onTimeout,
}: {
  appRoot: string;
  environment?: Readonly<Record<string, string | undefined>>;
  log: (entry: LogEntry) => void;
  onTimeout: (invocationId: string) => void;
}): Promise<Host> {
  const write = (level: RpcLogLevel, category: string, message: string, invocationId?: string) =>
    log({ time: new Date().toISOString(), level, category, message, ...(invocationId && { invocationId }) });

  const settings = await readHostSettings(appRoot, environment);
  const worker = await loadApp(appRoot, ({ level, category, message, functionName, invocationId }) => {
    const user = category === 'user' ? '.User' : '';
    write(level, functionName ? `Function.${functionName}${user}` : 'Worker', message, invocationId);
  });
  const { queueFunctions, problems } = resolveBindings(worker.functions, environment);
  const connections = new Set(
    queueFunctions.flatMap(({ trigger, outputs }) => [
      trigger.connection,
      ...[...outputs.values()].map(({ connection }) => connection),
    ]),
  );
  for (const connection of connections) {
    const problem = connectionProblem(connection, environment);
    if (problem) problems.push(problem);
  }
  if (worker.functions.length === 0) problems.push('No job functions found: the app registers none.');
  if (problems.length > 0) throw new StartupError(problems);

  acceptEmptySessionId();
  const clients = new Map<string, ServiceBusClient>();
  for (const connection of connections) clients.set(connection, await connect(connection, environment));
  const outputs = createOutputSender(clients);
  const hostInstanceId = randomUUID();
  const handlers: MessageHandler[] = [];
  const inFlight = () => handlers.reduce((sum, handler) => sum + handler.inFlight, 0);

  const pumps = queueFunctions.map((target) => {
    const { connection, entity: queue } = target.trigger;
    const client = clients.get(connection);
    if (!client) throw new Error(`No connection "${connection}".`);
    const handler = createMessageHandler({
      target,
      worker,
      outputs,
      hostInstanceId,
      functionTimeoutMs: settings.functionTimeoutMs,
      write,
      onTimeout,
    });
    handlers.push(handler);
    write(
      'information',
      'Host',
      `Function "${target.name}" receives from queue "${queue}", up to ${settings.maxConcurrentSessions} sessions.`,
    );
    return startSessionPump({
      client,
      queue,
      maxConcurrentSessions: settings.maxConcurrentSessions,
      sessionIdleTimeoutMs: settings.sessionIdleTimeoutMs,
      maxAutoLockRenewalMs: settings.maxAutoLockRenewalMs,
      handle: handler.handle,
      onTrouble: (error) =>
        write('warning', 'Host', `Queue "${queue}" cannot be received from; trying again: ${error}`),
      onRecovered: () => write('information', 'Host', `Queue "${queue}" can be received from again.`),
    });
  });

  const stopPumps = () => Promise.all(pumps.map((pump) => pump.stop()));
  const invocationsEnd = () => Promise.all(handlers.map((handler) => handler.ended()));
  const sayStopping = () =>
    write('information', 'Host', `Stopping: no more messages are taken, ${inFlight()} in flight.`);

  async function abandon(reason: string): Promise<void> {
    const settled = stopPumps();
    for (const handler of handlers) handler.fail(reason);
    await within(CLOSE_MS, settled);
  }

  /** Ends the worker, then the connections; what is in flight by then fails, after `failsAfterMs`. */
  async function end(failsAfterMs = 0): Promise<void> {
    const failing = sleep(failsAfterMs);
    await within(
      TERMINATE_MS,
      worker
        .terminate()
        .catch((error) => write('error', 'Host', `An appTerminate hook failed: ${describeError(error)}`)),
    );
    if (inFlight() > 0) {
      write('warning', 'Host', `${inFlight()} invocations did not end; their messages are delivered again.`);
    }
    await failing;
    await abandon('The worker has ended.');
    await within(
      CLOSE_MS,
      outputs.close().then(() => Promise.allSettled([...clients.values()].map((client) => client.close()))),
    );
    write('information', 'Host', 'Stopped.');
  }

  let ended: Promise<void> | undefined;
  /** The first way to end is the only one. */
  const once = (way: () => Promise<void>) => {
    ended ??= way();
    return ended;
  };

  return {
    functions: queueFunctions.map(({ name }) => name),
    drain: ({ drainMs = DRAIN_MS } = {}) =>
      once(async () => {
        sayStopping();
        await within(drainMs, stopPumps());
        await end();
      }),
    shutDown: ({ graceMs = GRACE_MS } = {}) =>
      once(async () => {
        write('information', 'Host', `Shutting down: ${inFlight()} in flight.`);
        await within(graceMs, invocationsEnd());
        sayStopping();
        void stopPumps();
        await end();
      }),
    timeOut: () =>
      once(async () => {
        sayStopping();
        void stopPumps();
        await end(TIMED_OUT_MS);
      }),
    abandon,
  };
}

async function loadApp(appRoot: string, log: (entry: WorkerLog) => void): Promise<Worker> {
  try {
    return await startWorker({ appRoot, log });
  } catch (error) {
    // The app says which settings are wrong; where it says so is of no use to a person.
    const isSetting = error instanceof Error && error.name === 'SettingsError';
    const reason = isSetting ? error.message : describeError(error);
    throw new StartupError([`the app in ${appRoot} could not be loaded: ${reason}`]);
  }
}

/** Waits for a promise, but no longer than `ms`. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const ended = promise.then(
    () => {},
    () => {},
  );
  await withTimeout(ended, ms, '').catch(() => {});
}
