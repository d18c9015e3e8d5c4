import type { Connection, Delivery, EventContext, Receiver, Sender, Session } from 'rhea';
import rhea from 'rhea';
import { onTestFinished } from 'vitest';
import { socketOf } from '../../../../local/serviceBus/amqp/brokerContainer.ts';
import { keepTransfersEncoded } from '../../../../local/serviceBus/amqp/rheaSession.ts';

/** A bare AMQP client: it says exactly what a test has it say. It ends with the test. */
export type AmqpClient = {
  readonly connection: Connection;
  readonly session: Session;
  /** What the client could make no sense of, or what the broker ended its session or connection with. */
  readonly errors: readonly unknown[];
};

export async function connectAmqp(port: number): Promise<AmqpClient> {
  const errors: unknown[] = [];
  const container = rhea.create_container();
  const connection = container.connect({
    port,
    host: 'localhost',
    username: 'any',
    reconnect: false,
  });
  onTestFinished(() => connection.close());
  container.on('error', (error: unknown) => errors.push(error));
  container.on('session_error', ({ session }: EventContext) => errors.push(session?.error));
  container.on('connection_error', () => errors.push(connection.error));
  container.on('protocol_error', (error: unknown) => errors.push(error));
  container.on('disconnected', () => undefined);
  await next(connection, 'connection_open');
  const session = connection.create_session();
  // As they were sent: decoded, they have lost their AMQP types.
  keepTransfersEncoded(session);
  session.open();
  await next(session, 'session_open');
  return { connection, session, errors };
}

type Emitter = { once(event: string, listener: (context: EventContext) => void): unknown };

/** The next event of that name. */
export function next(emitter: Emitter, event: string): Promise<EventContext> {
  return new Promise((resolve) => emitter.once(event, resolve));
}

/** Everything that the client says now and until its turn is over reaches the broker in one piece. */
export function inOnePiece(client: AmqpClient, say: () => void): void {
  const socket = socketOf(client.connection);
  socket.cork();
  say();
  // rhea writes on the next tick.
  setImmediate(() => socket.uncork());
}

/** What arrives on a link from now on: encoded messages, with their deliveries. */
export function arrivalsOn(receiver: Receiver): { message: Buffer; delivery: Delivery }[] {
  const arrivals: { message: Buffer; delivery: Delivery }[] = [];
  receiver.on('message', ({ message, delivery }: { message: unknown; delivery: Delivery }) => {
    if (Buffer.isBuffer(message)) arrivals.push({ message, delivery });
  });
  return arrivals;
}

/** How a link was opened: `open`, or the condition and description that it was refused with. */
export async function openingOf(
  link: Sender | Receiver,
): Promise<'open' | { condition: string; description: string }> {
  const role = link.is_receiver() ? 'receiver' : 'sender';
  const refused = new Promise<void>((resolve) => link.once(`${role}_error`, () => resolve()));
  await next(link, `${role}_open`);
  // A refusal is an attach without source and target, and then a detach: so does a client tell at once.
  const hasAddress = [link.source, link.target].map((terminus) => terminus?.address !== undefined);
  if (hasAddress.some(Boolean)) return 'open';
  await refused;
  const error = link.error;
  if (error === undefined || !('condition' in error))
    throw new Error('The link was refused without an error.');
  return { condition: String(error.condition), description: String(error.description) };
}

/** The filter of a link that receives from a session: by its id, or null for the next one. */
export const sessionFilter = (id: string | null) => ({
  'com.microsoft:session-filter': rhea.types.wrap_described(id, 'com.microsoft:session-filter'),
});

/** Sends a request to a management node, for a response: which one does not matter. */
export function askForSessions(requests: Sender, replyTo = 'replies'): Delivery {
  return requests.send({
    message_id: 'm-1',
    reply_to: replyTo,
    application_properties: { operation: 'com.microsoft:get-message-sessions' },
    body: { skip: rhea.types.wrap_int(0), top: rhea.types.wrap_int(1) },
  });
}

/** Delivery tags are uuids as .NET writes them: the first three groups have their bytes in reverse. */
export function lockTokenOf({ tag }: Delivery): Buffer {
  const bytes = Buffer.from(tag);
  for (const [start, end] of [
    [0, 4],
    [4, 6],
    [6, 8],
  ] as const) {
    bytes.subarray(start, end).reverse();
  }
  return bytes;
}
