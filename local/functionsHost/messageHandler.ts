import { randomUUID } from 'node:crypto';
import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { QueueFunction } from './bindings.ts';
import { describeError } from './log.ts';
import { messageBody } from './messageBody.ts';
import type { OutputSender } from './outputSender.ts';
import type { RpcLogLevel } from './rpc.ts';
import type { HandleMessage } from './sessionPump.ts';
import { traceContext } from './traceContext.ts';
import { triggerMetadata } from './triggerMetadata.ts';
import type { Worker } from './worker.ts';

/** Brings messages through one function. */
export type MessageHandler = {
  readonly handle: HandleMessage;
  /** Invocations that run now. */
  readonly inFlight: number;
  /** Resolves when the invocations that run now have ended, and their messages are settled. */
  ended(): Promise<void>;
  /** Fails the invocations that run now, as the host does with those of a worker that is gone: their messages are abandoned. */
  fail(reason: string): void;
};

/**
 * Runs a function for each message, sends its outputs, and then completes the message, unless its binding says that
 * the function does; abandons it if the body cannot be bound, the function throws or an output cannot be sent.
 *
 * @param functionTimeoutMs how long an invocation may take; Infinity for no limit
 * @param onTimeout an invocation has exceeded `functionTimeoutMs`
 */
export function createMessageHandler({
  target,
  worker,
  outputs,
  hostInstanceId,
  functionTimeoutMs,
  write,
  onTimeout,
}: {
  target: QueueFunction;
  worker: Worker;
  outputs: OutputSender;
  hostInstanceId: string;
  functionTimeoutMs: number;
  write: (level: RpcLogLevel, category: string, message: string, invocationId: string) => void;
  onTimeout: (invocationId: string) => void;
}): MessageHandler {
  const category = `Function.${target.name}`;
  const running = new Set<Promise<void>>();
  const failures = new Set<(error: Error) => void>();

  async function invoke(message: ServiceBusReceivedMessage, invocationId: string): Promise<void> {
    const trace = traceContext(message.applicationProperties, {
      OperationName: target.name,
      InvocationId: invocationId,
      HostInstanceId: hostInstanceId,
      ProcessId: String(process.pid),
    });
    const output = await worker.invoke(target.name, {
      body: messageBody(message),
      metadata: triggerMetadata(message),
      traceContext: trace,
      invocationId,
    });
    for (const [name, address] of target.outputs) {
      const data = name === '$return' ? output.returnValue : output.outputs[name];
      if (data) await outputs.send(address, data, { invocationId, traceParent: trace.traceParent });
    }
  }

  function startTimeout(invocationId: string): NodeJS.Timeout | undefined {
    if (!Number.isFinite(functionTimeoutMs)) return undefined;
    return setTimeout(() => {
      const text = `Timeout value of ${functionTimeoutMs / 1000} s exceeded by function '${target.name}' (Id=${invocationId}).`;
      write('critical', category, text, invocationId);
      onTimeout(invocationId);
    }, functionTimeoutMs);
  }

  /** Whether the message is done; if not, it is to be delivered again. */
  async function execute(message: ServiceBusReceivedMessage, invocationId: string): Promise<boolean> {
    const started = performance.now();
    const timeout = startTimeout(invocationId);
    const executed = (level: RpcLogLevel, result: string, details = '') => {
      const duration = `Duration=${Math.round(performance.now() - started)}ms`;
      write(
        level,
        category,
        `Executed '${target.name}' (${result}, Id=${invocationId}, ${duration})${details}`,
        invocationId,
      );
    };
    const { promise: failed, reject: fail } = Promise.withResolvers<never>();
    failures.add(fail);
    try {
      await Promise.race([invoke(message, invocationId), failed]);
      executed('information', 'Succeeded');
      return true;
    } catch (error) {
      executed('error', 'Failed', `: ${describeError(error)}`);
      return false;
    } finally {
      clearTimeout(timeout);
      failures.delete(fail);
    }
  }

  async function run(...[message, receiver]: Parameters<HandleMessage>): Promise<void> {
    const invocationId = randomUUID();
    try {
      const text = `Executing '${target.name}' (${detailsOf(message, invocationId)})`;
      write('information', category, text, invocationId);
      const isDone = await execute(message, invocationId);
      if (!isDone) await receiver.abandonMessage(message);
      else if (target.autoCompleteMessages) await receiver.completeMessage(message);
    } catch (error) {
      const text = `Message ${message.messageId} could not be settled and will be delivered again: ${error}`;
      write('warning', category, text, invocationId);
    }
  }

  return {
    get inFlight() {
      return running.size;
    },
    async handle(message, receiver) {
      const invocation = run(message, receiver);
      running.add(invocation);
      await invocation;
      running.delete(invocation);
    },
    async ended() {
      await Promise.all(running);
    },
    fail(reason) {
      for (const failInvocation of failures) failInvocation(new Error(reason));
    },
  };
}

function detailsOf(message: ServiceBusReceivedMessage, invocationId: string): string {
  return [
    `Id=${invocationId}`,
    `MessageId=${message.messageId}`,
    `SequenceNumber=${message.sequenceNumber}`,
    `DeliveryCount=${(message.deliveryCount ?? 0) + 1}`,
    ...(message.sessionId === undefined ? [] : [`SessionId=${message.sessionId}`]),
  ].join(', ');
}
