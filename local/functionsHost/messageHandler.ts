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
};

/**
 * Runs a function for each message, sends its outputs, and then completes the message; abandons it if the body cannot
 * be bound, the function throws or an output cannot be sent.
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
  autoCompleteMessages,
  write,
  onTimeout,
}: {
  target: QueueFunction;
  worker: Worker;
  outputs: OutputSender;
  hostInstanceId: string;
  functionTimeoutMs: number;
  autoCompleteMessages: boolean;
  write: (level: RpcLogLevel, category: string, message: string, invocationId: string) => void;
  onTimeout: (invocationId: string) => void;
}): MessageHandler {
  const category = `Function.${target.name}`;
  let inFlight = 0;

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
      if (data) await outputs.send(address, data, trace.traceParent);
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
    try {
      await invoke(message, invocationId);
      executed('information', 'Succeeded');
      return true;
    } catch (error) {
      executed('error', 'Failed', `: ${describeError(error)}`);
      return false;
    } finally {
      clearTimeout(timeout);
    }
  }

  return {
    get inFlight() {
      return inFlight;
    },
    async handle(message, receiver) {
      const invocationId = randomUUID();
      inFlight += 1;
      try {
        const text = `Executing '${target.name}' (${detailsOf(message, invocationId)})`;
        write('information', category, text, invocationId);
        const isDone = await execute(message, invocationId);
        if (!isDone) await receiver.abandonMessage(message);
        else if (autoCompleteMessages) await receiver.completeMessage(message);
      } catch (error) {
        const text = `Message ${message.messageId} could not be settled and will be delivered again: ${error}`;
        write('warning', category, text, invocationId);
      } finally {
        inFlight -= 1;
      }
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
