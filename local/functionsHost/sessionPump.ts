import { availableParallelism } from 'node:os';
import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { createBackoff } from './backoff.ts';

/** An attempt that ends sooner than this without a session did not wait for one. */
const SHORTEST_WAIT_MS = 1_000;

/** Brings a message to its end, which includes settling it; does not reject. */
export type HandleMessage = (
  message: ServiceBusReceivedMessage,
  receiver: Pick<ServiceBusSessionReceiver, 'completeMessage' | 'abandonMessage'>,
) => Promise<void>;

/** A running pump. */
export type SessionPump = {
  /** Takes no more messages; resolves when those in flight are done. */
  stop(): Promise<void>;
};

/** How many sessions are waited for at once, as many as the .NET client's processor waits for. */
const WAITING_AT_ONCE = 2 * availableParallelism();

/**
 * Takes messages from a queue with sessions as the session processor of the .NET client does: up to
 * `maxConcurrentSessions` sessions at once, one message at a time in each. A session without messages keeps its place
 * for `sessionIdleTimeoutMs`, whoever waits.
 *
 * @param onTrouble called when the broker cannot be reached or refuses, once per outage
 * @param onRecovered called when sessions can be accepted again after an outage
 */
export function startSessionPump({
  client,
  queue,
  maxConcurrentSessions,
  sessionIdleTimeoutMs,
  maxAutoLockRenewalMs,
  handle,
  onTrouble,
  onRecovered,
}: {
  client: ServiceBusClient;
  queue: string;
  maxConcurrentSessions: number;
  sessionIdleTimeoutMs: number;
  maxAutoLockRenewalMs: number;
  handle: HandleMessage;
  onTrouble: (error: unknown) => void;
  onRecovered: () => void;
}): SessionPump {
  const stopping = new AbortController();
  /** For each session that is held: gives it back after the message in hand. */
  const held = new Set<() => void>();
  const running = new Set<Promise<void>>();
  const backoff = createBackoff();
  let accepting = 0;

  const track = (task: Promise<void>) => {
    const tracked = task.finally(() => running.delete(tracked));
    running.add(tracked);
  };

  const lookForSessions = () => {
    while (
      !stopping.signal.aborted &&
      accepting < WAITING_AT_ONCE &&
      held.size + accepting < maxConcurrentSessions
    ) {
      accepting += 1;
      // Not tracked: the client cannot give up waiting for a session before its connection closes.
      void lookForSession();
    }
  };

  async function lookForSession(): Promise<void> {
    const receiver = await accept();
    accepting -= 1;
    if (receiver) track(stopping.signal.aborted ? close(receiver) : hold(receiver));
    lookForSessions();
  }

  async function accept(): Promise<ServiceBusSessionReceiver | undefined> {
    const started = Date.now();
    try {
      const receiver = await client.acceptNextSession(queue, {
        maxAutoLockRenewalDurationInMs: maxAutoLockRenewalMs,
        skipParsingBodyAsJson: true,
        skipConvertingDate: true,
        abortSignal: stopping.signal,
      });
      if (backoff.isFailing) onRecovered();
      backoff.reset();
      return receiver;
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      // No free session has messages: to find out took the whole wait.
      if (isTimeout(error) && Date.now() - started >= SHORTEST_WAIT_MS) {
        if (backoff.isFailing) onRecovered();
        backoff.reset();
        return undefined;
      }
      if (!backoff.isFailing) onTrouble(error);
      await backoff.wait(stopping.signal);
      return undefined;
    }
  }

  async function hold(receiver: ServiceBusSessionReceiver): Promise<void> {
    const { promise: givenBack, resolve: end } = Promise.withResolvers<void>();
    const { promise: lost, reject: lose } = Promise.withResolvers<never>();
    lost.catch(() => {});
    // The client waits for a minute if the session is lost while it settles.
    const settling: Parameters<HandleMessage>[1] = {
      completeMessage: (message) => Promise.race([receiver.completeMessage(message), lost]),
      abandonMessage: (message) => Promise.race([receiver.abandonMessage(message), lost]),
    };
    let isHandling = false;
    let isWanted = true;
    let timer: NodeJS.Timeout | undefined;

    const giveBack = () => {
      isWanted = false;
      if (!isHandling) end();
    };
    const waitForNext = () => {
      timer = setTimeout(giveBack, sessionIdleTimeoutMs);
    };

    async function processMessage(message: ServiceBusReceivedMessage): Promise<void> {
      // It goes back with the session, uncounted and in its place.
      if (!isWanted) return;
      clearTimeout(timer);
      isHandling = true;
      await handle(message, settling);
      isHandling = false;
      if (isWanted) waitForNext();
      else end();
    }

    held.add(giveBack);
    try {
      // A stream, because the client ends each receive of its own with a drain: it closes the receiver, whatever has
      // just come through it, if the broker takes longer than 200 ms for that.
      receiver.subscribe(
        // An error means that the connection or the lock is gone: the session is free for the next one to accept it.
        {
          processMessage,
          async processError({ error }) {
            lose(error);
            giveBack();
          },
        },
        { autoCompleteMessages: false, maxConcurrentCalls: 1 },
      );
      waitForNext();
      await givenBack;
    } catch {
      // The receiver was closed before it began.
    } finally {
      clearTimeout(timer);
      await close(receiver);
      held.delete(giveBack);
      lookForSessions();
    }
  }

  lookForSessions();

  return {
    async stop() {
      stopping.abort();
      for (const giveBack of held) giveBack();
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

async function close(receiver: ServiceBusSessionReceiver): Promise<void> {
  await receiver.close().catch(() => {});
}

function isTimeout(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ServiceTimeout' || code === 'OperationTimeoutError' || code === 'SessionCannotBeLocked';
}
