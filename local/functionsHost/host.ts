import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceBusClient, ServiceBusReceivedMessage } from '@azure/service-bus';
import { type QueueFunction, resolveBindings } from './bindings.ts';
import { connect, connectionProblem } from './connection.ts';
import { readHostSettings } from './hostJson.ts';
import { describeError, type LogEntry } from './log.ts';
import { Outputs } from './outputs.ts';
import { pumpMessages } from './plainPump.ts';
import type { RpcLogLevel } from './rpc.ts';
import { type HandleMessage, type Pump, pumpSessions } from './sessionPump.ts';
import { StartupError } from './startupError.ts';
import { traceContext } from './traceContext.ts';
import { messageBody, triggerMetadata } from './triggerMetadata.ts';
import { startWorker, type Worker, type WorkerLog } from './worker.ts';

const DRAIN_MS = 30_000;
/** What the real host gives the appTerminate hooks. */
const TERMINATE_MS = 5_000;
const CLOSE_MS = 3_000;

/** A running host. */
export type Host = {
  /** Names of the functions whose queues are pumped. */
  readonly functions: readonly string[];
  /** Invocations that run now. */
  readonly inFlight: number;
  /**
   * Takes no more messages, waits for invocations in flight, runs the `appTerminate` hooks, disconnects.
   *
   * @param drainMs how long invocations may take; 30 s where not given
   */
  stop(options?: { drainMs?: number }): Promise<void>;
};

/**
 * Loads an app, as the Functions worker does, and runs its Service Bus functions as the host does: peek-lock, one
 * message at a time per session, outputs after the handler, complete on success, abandon on a throw.
 * Resolves once it looks for messages, whether or not the broker can be reached yet.
 *
 * @param environment what settings are taken from; host.json is read from `appRoot`, local.settings.json is not
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

  const clients = new Map<string, ServiceBusClient>();
  for (const connection of connections) clients.set(connection, await connect(connection, environment));
  const outputs = new Outputs(clients);
  const hostInstanceId = randomUUID();
  let inFlight = 0;

  /** Runs one message through a function; rejects where the message is to be delivered again. */
  async function invoke(target: QueueFunction, message: ServiceBusReceivedMessage, invocationId: string) {
    const trace = traceContext(message.applicationProperties, {
      OperationName: target.name,
      InvocationId: invocationId,
      HostInstanceId: hostInstanceId,
      ProcessId: String(process.pid),
    });
    const timer = Number.isFinite(settings.functionTimeoutMs)
      ? setTimeout(() => {
          write(
            'critical',
            `Function.${target.name}`,
            `Timeout value of ${settings.functionTimeoutMs / 1000} s exceeded by function '${target.name}' (Id=${invocationId}).`,
            invocationId,
          );
          onTimeout(invocationId);
        }, settings.functionTimeoutMs)
      : undefined;
    try {
      const result = await worker.invoke(target.name, {
        body: messageBody(message),
        metadata: triggerMetadata(message),
        traceContext: trace,
        invocationId,
      });
      for (const [name, address] of target.outputs) {
        const data = name === '$return' ? result.returnValue : result.outputs[name];
        if (data) await outputs.send(address, data, trace.traceParent);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function handlerOf(target: QueueFunction): HandleMessage {
    const category = `Function.${target.name}`;
    const tell = (level: RpcLogLevel, invocationId: string, text: string) =>
      write(level, category, text, invocationId);

    return async (message, receiver) => {
      const invocationId = randomUUID();
      const started = performance.now();
      const duration = () => `Duration=${Math.round(performance.now() - started)}ms`;
      inFlight += 1;
      try {
        tell('information', invocationId, `Executing '${target.name}' (${details(message, invocationId)})`);
        let failure: { error: unknown } | undefined;
        try {
          await invoke(target, message, invocationId);
        } catch (error) {
          failure = { error };
        }
        if (failure) {
          const text = describeError(failure.error);
          tell(
            'error',
            invocationId,
            `Executed '${target.name}' (Failed, Id=${invocationId}, ${duration()}): ${text}`,
          );
          await receiver.abandonMessage(message);
        } else {
          if (settings.autoCompleteMessages) await receiver.completeMessage(message);
          tell(
            'information',
            invocationId,
            `Executed '${target.name}' (Succeeded, Id=${invocationId}, ${duration()})`,
          );
        }
      } catch (error) {
        tell(
          'warning',
          invocationId,
          `Message ${message.messageId} could not be settled and will be delivered again: ${error}`,
        );
      } finally {
        inFlight -= 1;
      }
    };
  }

  function pump(target: QueueFunction): Pump {
    const { connection, queue, isSessionsEnabled } = target.trigger;
    const client = clients.get(connection);
    if (!client) throw new Error(`No connection "${connection}".`);
    const common = {
      client,
      queue,
      maxAutoLockRenewalMs: settings.maxAutoLockRenewalMs,
      handle: handlerOf(target),
      onTrouble: (error: unknown) =>
        write('warning', 'Host', `Queue "${queue}" cannot be received from; trying again: ${error}`),
    };
    return isSessionsEnabled
      ? pumpSessions({
          ...common,
          maxConcurrentSessions: settings.maxConcurrentSessions,
          sessionIdleTimeoutMs: settings.sessionIdleTimeoutMs,
          onRecovered: () => write('information', 'Host', `Queue "${queue}" can be received from again.`),
        })
      : pumpMessages({ ...common, maxConcurrentCalls: settings.maxConcurrentCalls });
  }

  const pumps = queueFunctions.map((target) => {
    const sessions = target.trigger.isSessionsEnabled
      ? `, up to ${settings.maxConcurrentSessions} sessions`
      : '';
    write(
      'information',
      'Host',
      `Function "${target.name}" receives from queue "${target.trigger.queue}"${sessions}.`,
    );
    return pump(target);
  });

  let stopped: Promise<void> | undefined;
  async function stop(drainMs: number): Promise<void> {
    write('information', 'Host', `Stopping: no more messages are taken, ${inFlight} in flight.`);
    await within(drainMs, Promise.all(pumps.map((running) => running.stop())));
    if (inFlight > 0) {
      write(
        'warning',
        'Host',
        `${inFlight} invocations did not end within ${drainMs / 1000} s; their messages will be delivered again.`,
      );
    }
    await within(
      TERMINATE_MS,
      worker
        .terminate()
        .catch((error) => write('error', 'Host', `An appTerminate hook failed: ${describeError(error)}`)),
    );
    await within(
      CLOSE_MS,
      outputs.close().then(() => Promise.allSettled([...clients.values()].map((client) => client.close()))),
    );
    write('information', 'Host', 'Stopped.');
  }

  return {
    functions: queueFunctions.map(({ name }) => name),
    get inFlight() {
      return inFlight;
    },
    stop: ({ drainMs = DRAIN_MS } = {}) => {
      stopped ??= stop(drainMs);
      return stopped;
    },
  };
}

async function loadApp(appRoot: string, log: (entry: WorkerLog) => void): Promise<Worker> {
  try {
    return await startWorker({ appRoot, log });
  } catch (error) {
    throw new StartupError([`the app in ${appRoot} could not be loaded: ${describeError(error)}`]);
  }
}

function details(message: ServiceBusReceivedMessage, invocationId: string): string {
  return [
    `Id=${invocationId}`,
    `MessageId=${message.messageId}`,
    `SequenceNumber=${message.sequenceNumber}`,
    `DeliveryCount=${(message.deliveryCount ?? 0) + 1}`,
    ...(message.sessionId === undefined ? [] : [`SessionId=${message.sessionId}`]),
  ].join(', ');
}

/** Waits for a promise, but no longer than `ms`. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  try {
    await Promise.race([promise, sleep(ms, undefined, { signal: limit.signal }).catch(() => {})]);
  } finally {
    limit.abort();
  }
}
