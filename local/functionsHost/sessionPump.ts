import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { createBackoff } from './backoff.ts';
import { startSessionLockRenewal } from './sessionLockRenewal.ts';

/** A session is idle if its next message has not come within this time. */
const IDLE_AFTER_MS = 50;
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

type HeldSession = {
  /** Milliseconds since the epoch; undefined while a message is in hand, or has just been. */
  idleSince: number | undefined;
  isWanted: boolean;
  /** Ends the session, after the message in hand. */
  giveBack(): void;
};

/**
 * Takes messages from a queue with sessions: up to `maxConcurrentSessions` sessions at once, one message at a time
 * in each. A session without messages is kept for `sessionIdleTimeoutMs`; it is given back sooner if all places are
 * taken and another session has messages.
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
  const held = new Set<HeldSession>();
  const running = new Set<Promise<void>>();
  const backoff = createBackoff();
  let accepting = 0;

  const track = (task: Promise<void>) => {
    const tracked = task.finally(() => running.delete(tracked));
    running.add(tracked);
  };

  /** Looks for sessions in every free place; with all taken, in one more while some session is idle. */
  const lookForSessions = () => {
    while (!stopping.signal.aborted) {
      const hasPlace = held.size + accepting < maxConcurrentSessions;
      const couldMakeRoom = accepting === 0 && longestIdle(held) !== undefined;
      if (!hasPlace && !couldMakeRoom) return;
      accepting += 1;
      // Not tracked: the client cannot give up waiting for a session before its connection closes.
      void lookForSession();
    }
  };

  async function lookForSession(): Promise<void> {
    const receiver = await accept();
    accepting -= 1;
    if (receiver) admit(receiver);
    lookForSessions();
  }

  async function accept(): Promise<ServiceBusSessionReceiver | undefined> {
    const started = Date.now();
    try {
      const receiver = await client.acceptNextSession(queue, {
        maxAutoLockRenewalDurationInMs: 0,
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

  function admit(receiver: ServiceBusSessionReceiver): void {
    const makesRoom = held.size >= maxConcurrentSessions ? longestIdle(held) : undefined;
    if (stopping.signal.aborted || (held.size >= maxConcurrentSessions && !makesRoom)) {
      track(close(receiver));
      return;
    }
    makesRoom?.giveBack();
    track(hold(receiver));
  }

  async function hold(receiver: ServiceBusSessionReceiver): Promise<void> {
    const { promise: givenBack, resolve: end } = Promise.withResolvers<void>();
    const lockRenewal = startSessionLockRenewal(receiver, maxAutoLockRenewalMs);
    let isHandling = false;
    let timer: NodeJS.Timeout | undefined;

    const session: HeldSession = {
      idleSince: undefined,
      isWanted: true,
      giveBack() {
        session.isWanted = false;
        if (!isHandling) end();
      },
    };

    const waitForNext = () => {
      const since = Date.now();
      timer = setTimeout(
        () => {
          session.idleSince = since;
          timer = setTimeout(session.giveBack, sessionIdleTimeoutMs - IDLE_AFTER_MS);
          lookForSessions();
        },
        Math.min(IDLE_AFTER_MS, sessionIdleTimeoutMs),
      );
    };

    async function processMessage(message: ServiceBusReceivedMessage): Promise<void> {
      // It goes back with the session, uncounted and in its place.
      if (!session.isWanted) return;
      clearTimeout(timer);
      session.idleSince = undefined;
      isHandling = true;
      lockRenewal.extend();
      await handle(message, receiver);
      isHandling = false;
      if (session.isWanted) waitForNext();
      else end();
    }

    held.add(session);
    try {
      // A stream, because the client ends each receive of its own with a drain: it closes the receiver, whatever has
      // just come through it, if the broker takes longer than 200 ms for that.
      receiver.subscribe(
        // An error means that the connection or the lock is gone: the session is free for the next one to accept it.
        { processMessage, processError: async () => session.giveBack() },
        { autoCompleteMessages: false, maxConcurrentCalls: 1 },
      );
      waitForNext();
      await givenBack;
    } catch {
      // The receiver was closed before it began.
    } finally {
      clearTimeout(timer);
      lockRenewal.stop();
      await close(receiver);
      held.delete(session);
      lookForSessions();
    }
  }

  lookForSessions();

  return {
    async stop() {
      stopping.abort();
      for (const session of held) session.giveBack();
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

function longestIdle(sessions: Iterable<HeldSession>): HeldSession | undefined {
  let longest: HeldSession | undefined;
  for (const session of sessions) {
    if (!session.isWanted || session.idleSince === undefined) continue;
    if (session.idleSince < (longest?.idleSince ?? Number.POSITIVE_INFINITY)) longest = session;
  }
  return longest;
}

async function close(receiver: ServiceBusSessionReceiver): Promise<void> {
  await receiver.close().catch(() => {});
}

function isTimeout(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'ServiceTimeout' || code === 'OperationTimeoutError' || code === 'SessionCannotBeLocked';
}
