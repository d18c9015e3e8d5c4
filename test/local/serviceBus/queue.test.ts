import { expect, it, onTestFinished } from 'vitest';
import { createHistory } from '../../../local/history.ts';
import type { Consumer } from '../../../local/serviceBus/delivery/consumer.ts';
import type { SessionLock } from '../../../local/serviceBus/delivery/session.ts';
import { contentOf, type OutgoingMessage } from '../../../local/serviceBus/encoding/outgoingMessage.ts';
import { createEntities } from '../../../local/serviceBus/entities/entities.ts';
import type { QueueOptions } from '../../../local/serviceBus/entities/entityOptions.ts';
import type { Queue } from '../../../local/serviceBus/entities/queue.ts';
import type { JournalEntry } from '../../../local/serviceBus/messages/journalEntry.ts';
import { createSchedule } from '../../../local/serviceBus/time/schedule.ts';
import { createAdjustableClock, stoppedClock } from './adjustableClock.ts';
import { minutes } from './broker.ts';

/** A queue on its own: everything in it happens at once, so that its order can be told exactly. */
function startQueue(options: Omit<QueueOptions, 'name'> = {}) {
  const clock = createAdjustableClock(stoppedClock);
  const schedule = createSchedule(clock);
  onTestFinished(() => schedule.close());
  const journal = createHistory<JournalEntry>(Number.POSITIVE_INFINITY);
  const queues = [{ name: 'requests', ...options }];
  const entity = createEntities({ queues, topics: [], schedule, journal })('requests');
  const target = entity.target();
  return {
    clock,
    queue: entity.queue(),
    target,
    send: (messageId: string, message: Partial<OutgoingMessage> = {}) =>
      target.send([contentOf({ body: Buffer.from(messageId), messageId, ...message })]),
    /** What has happened so far, such as `enqueued m1`. */
    happened: () =>
      journal.entries.map(({ type, messageId, sessionId }) => `${type} ${messageId ?? sessionId}`),
  };
}

/** A consumer with room for so many messages, and what it has received. */
function startConsumer(queue: Queue, room: number, receiveMode: Consumer['receiveMode'] = 'peekLock') {
  const received: { messageId: string; token: string; deliveryCount: number }[] = [];
  const consumer: Consumer = {
    receiveMode,
    deliver({ content, deliveryCount }, lock) {
      received.push({ messageId: content.messageId ?? '', token: lock?.token ?? '', deliveryCount });
      return received.length < room;
    },
    detach() {},
  };
  queue.startDelivery(consumer);
  return { received, messageIds: () => received.map(({ messageId }) => messageId) };
}

/** A receiver that waits for the next session. */
function waitForSession(queue: Queue, timeoutMs = minutes(10)) {
  const receiver = {
    session: undefined as SessionLock | undefined,
    hasTimedOut: false,
    isLost: false,
    messageIds: [] as string[],
    stopWaiting: () => {},
  };
  receiver.stopWaiting = queue.sessions.acceptNext(
    {
      receiveMode: 'peekLock',
      deliver({ content }) {
        receiver.messageIds.push(content.messageId ?? '');
        return true;
      },
      detach() {
        receiver.isLost = true;
      },
    },
    timeoutMs,
    (lock) => {
      receiver.session = lock;
      queue.sessions.start(lock);
    },
    () => {
      receiver.hasTimedOut = true;
    },
  );
  return receiver;
}

const sessionIds = (receivers: ReturnType<typeof waitForSession>[]) =>
  receivers.map(({ session }) => session?.session.id);

it('consumers take turns, and one that is full gets nothing more', () => {
  const { queue, send } = startQueue();
  const one = startConsumer(queue, 10);
  const other = startConsumer(queue, 1);
  for (const messageId of ['m1', 'm2', 'm3', 'm4']) send(messageId);

  expect([one.messageIds(), other.messageIds()]).toEqual([['m1', 'm3', 'm4'], ['m2']]);
});

it('a message is delivered once, and removed at once with receiveAndDelete', () => {
  const { queue, send, happened } = startQueue();
  send('m1');
  startConsumer(queue, 1, 'receiveAndDelete');
  startConsumer(queue, 1);

  expect(happened()).toEqual(['enqueued m1', 'delivered m1', 'completed m1']);
  expect(queue.size).toBe(0);
});

it('a released message is the next one again, uncounted', () => {
  const { queue, send } = startQueue();
  send('m1');
  send('m2');
  const { received } = startConsumer(queue, 1);
  queue.release(received[0]?.token ?? '');

  const second = startConsumer(queue, 2);

  expect(second.received).toMatchObject([
    { messageId: 'm1', deliveryCount: 0 },
    { messageId: 'm2', deliveryCount: 0 },
  ]);
});

it('a lock lasts for its duration, not longer, and begins anew when it is renewed', () => {
  const { clock, queue, send, happened } = startQueue({ lockDurationSeconds: 300 });
  send('m1');
  const { received } = startConsumer(queue, 1);
  const token = received[0]?.token ?? '';
  clock.advance(minutes(4));
  expect(queue.renewLock(token)).toBe(clock.now() + minutes(5));
  clock.advance(minutes(4));
  expect(queue.findLocked(token)).toMatchObject({ state: 'locked' });

  clock.advance(minutes(1));

  expect(queue.findLocked(token)).toBeUndefined();
  expect(() => queue.complete(token)).toThrow(/lock supplied is invalid/);
  expect(happened()).toEqual(['enqueued m1', 'delivered m1', 'lockRenewed m1', 'lockLost m1']);
});

it('a message that expires while it waits is passed over', () => {
  const { clock, queue, send, happened } = startQueue();
  send('m1', { timeToLiveMs: minutes(1) });
  send('m2');
  clock.advance(minutes(1));

  expect(startConsumer(queue, 2).messageIds()).toEqual(['m2']);
  expect(happened()).toEqual(['enqueued m1', 'enqueued m2', 'expired m1', 'delivered m2']);
});

it('scheduled messages come in the order of their times', () => {
  const { clock, queue, send } = startQueue();
  const consumer = startConsumer(queue, 10);
  const at = (count: number) => ({ scheduledEnqueueTime: new Date(clock.now() + minutes(count)) });
  send('third', at(30));
  send('first', at(10));
  send('second', at(20));
  clock.advance(minutes(9));
  expect(consumer.messageIds()).toEqual([]);

  clock.advance(minutes(30));

  expect(consumer.messageIds()).toEqual(['first', 'second', 'third']);
});

it('a refused batch leaves nothing behind', () => {
  const { queue, target, happened } = startQueue({ requiresSession: true });
  const contents = [{ sessionId: 'a' }, {}].map((one) => contentOf({ body: Buffer.from('1'), ...one }));

  expect(() => target.send(contents)).toThrow(/SessionId was not set/);

  expect(queue.size).toBe(0);
  expect(happened()).toHaveLength(1);
});

it('the receiver that has waited longest gets the session that becomes ready first', () => {
  const { queue, send } = startQueue({ requiresSession: true });
  const receivers = [waitForSession(queue), waitForSession(queue), waitForSession(queue)];
  send('m1', { sessionId: 'a' });
  send('m2', { sessionId: 'a' });
  send('m3', { sessionId: 'b' });

  expect(sessionIds(receivers)).toEqual(['a', 'b', undefined]);
  expect(receivers[0]?.messageIds).toEqual(['m1', 'm2']);
});

it('a receiver that has stopped waiting, or has waited too long, gets no session', () => {
  const { clock, queue, send } = startQueue({ requiresSession: true });
  const stopped = waitForSession(queue);
  const late = waitForSession(queue, minutes(1));
  const patient = waitForSession(queue, minutes(2));
  stopped.stopWaiting();
  clock.advance(minutes(1));
  send('m1', { sessionId: 'a' });

  expect(sessionIds([stopped, late, patient])).toEqual([undefined, undefined, 'a']);
  expect([stopped.hasTimedOut, late.hasTimedOut, patient.hasTimedOut]).toEqual([false, true, false]);
});

it('a session whose lock is over goes to the next receiver with all its messages, in order', () => {
  const { clock, queue, send, happened } = startQueue({ requiresSession: true, lockDurationSeconds: 300 });
  const first = waitForSession(queue);
  send('m1', { sessionId: 'a' });
  send('m2', { sessionId: 'a' });
  const second = waitForSession(queue);
  clock.advance(minutes(5));

  expect(first.isLost).toBe(true);
  expect(second.messageIds).toEqual(['m1', 'm2']);
  expect(happened().slice(-6)).toEqual([
    'sessionLockLost a',
    'lockLost m1',
    'lockLost m2',
    'sessionAccepted a',
    'delivered m1',
    'delivered m2',
  ]);
});

it('a receiver whose session lock is lost gets nothing more of the session', () => {
  const { queue, send } = startQueue({ requiresSession: true });
  const first = waitForSession(queue);
  send('m1', { sessionId: 'a' });
  queue.expireLocks();
  if (!first.session) throw new Error('The session was not granted.');

  queue.sessions.start(first.session);
  queue.sessions.release(first.session, 'closed');
  send('m2', { sessionId: 'a' });

  expect(first.messageIds).toEqual(['m1']);
  expect(waitForSession(queue).messageIds).toEqual(['m1', 'm2']);
});

it('a dead-lettered message keeps its number and takes the changes with it', () => {
  const { queue, send, happened } = startQueue();
  send('m1', { applicationProperties: { step: 1 } });
  const { received } = startConsumer(queue, 1);
  const changes = new Map([['step', 'second']]);
  queue.deadLetter(received[0]?.token ?? '', 'because', undefined, changes);

  const moved = [...(queue.deadLetters?.messages() ?? [])];
  expect(moved.flatMap((message) => [...message.changes])).toEqual([
    ...changes,
    ['DeadLetterReason', 'because'],
  ]);
  expect(moved).toMatchObject([{ sequenceNumber: 1, deadLetterSource: 'requests', state: 'active' }]);
  expect(happened()).toEqual(['enqueued m1', 'delivered m1', 'deadLettered m1']);
  const dead = queue.deadLetters && startConsumer(queue.deadLetters, 1);
  expect(() => queue.deadLetters?.deadLetter(dead?.received[0]?.token ?? '')).toThrow(/cannot be/);
});
