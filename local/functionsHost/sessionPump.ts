import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { createBackoff } from './backoff.ts';
import { type SessionLockRenewal, startSessionLockRenewal } from './sessionLockRenewal.ts';

/** How often an idle session is checked for being wanted; to end a receive earlier could lose a message. */
const IDLE_SLICE_MS = 250;
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

type HeldSession = { idleSince: number | undefined; wanted: boolean };

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
    if (makesRoom) makesRoom.wanted = false;
    const session: HeldSession = { idleSince: undefined, wanted: true };
    held.add(session);
    track(hold(receiver, session));
  }

  async function hold(receiver: ServiceBusSessionReceiver, session: HeldSession): Promise<void> {
    const lockRenewal = startSessionLockRenewal(receiver, maxAutoLockRenewalMs);
    try {
      await serve(receiver, session, lockRenewal);
    } catch {
      // The connection or the lock is gone: the session is free for the next one to accept it.
    } finally {
      lockRenewal.stop();
      await close(receiver);
      held.delete(session);
      lookForSessions();
    }
  }

  async function serve(
    receiver: ServiceBusSessionReceiver,
    session: HeldSession,
    lockRenewal: SessionLockRenewal,
  ): Promise<void> {
    let lastMessage = Date.now();
    while (!stopping.signal.aborted && session.wanted && !receiver.isClosed) {
      const waited = Date.now() - lastMessage;
      if (waited >= sessionIdleTimeoutMs) return;
      const slice = session.idleSince === undefined ? IDLE_AFTER_MS : IDLE_SLICE_MS;
      const messages = await receiver.receiveMessages(1, {
        maxWaitTimeInMs: Math.max(1, Math.min(slice, sessionIdleTimeoutMs - waited)),
      });
      if (messages.length === 0) {
        session.idleSince ??= lastMessage;
        lookForSessions();
        continue;
      }
      session.idleSince = undefined;
      lockRenewal.extend();
      for (const message of messages) await handle(message, receiver);
      lastMessage = Date.now();
    }
  }

  lookForSessions();

  return {
    async stop() {
      stopping.abort();
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

function longestIdle(sessions: Iterable<HeldSession>): HeldSession | undefined {
  let longest: HeldSession | undefined;
  for (const session of sessions) {
    if (!session.wanted || session.idleSince === undefined) continue;
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
