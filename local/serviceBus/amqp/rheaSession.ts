import type { Connection, Delivery, link as Link, Session } from 'rhea';
import type { RawMapEntry } from '../encoding/amqpValue.ts';
import { decode, describedValue, isNull, readList, readOptionalMap } from '../encoding/amqpValue.ts';

/**
 * What rhea does with the frames of a session and a broker must not do: it decodes and forgets what was sent, it
 * writes messages before all else, and it prints what it does not know.
 */
type Typed = { readonly descriptor?: { readonly value: unknown }; readonly value: unknown };
type AttachFrame = { source: Typed | undefined; target: Typed | undefined };
type Disposition = { readonly state: Typed | undefined; readonly value: unknown[] };
type LinkParts = { state: { need_open(): boolean }; local: { attach: object }; remote: { attach: object } };
type SessionParts = {
  links: Readonly<Record<string, LinkParts>>;
  output: (frame: object) => void;
  on_attach: (frame: { performative: AttachFrame }) => void;
  incoming: {
    on_transfer: (frame: { performative: { message_format: number | undefined } }, receiver: unknown) => void;
    process: (session: SessionParts) => void;
  };
  outgoing: { process: () => void; on_disposition: (disposition: Disposition) => void };
};
type ConnectionParts = {
  amqp_transport: { read: (bytes: Buffer) => number };
  remote_channel_map: Readonly<Record<number, object>>;
  on_detach: (frame: { channel: number }) => void;
  on_end: (frame: { channel: number }) => void;
};

/** Stands for format 0 on the way through rhea, which decodes format 0 and passes everything else as bytes. */
const undecodedFormat = 0x7fff_ffff;

/** A frame's header is 8 bytes; the fifth says where the body begins, in units of four ("AMQP 1.0", part 2.3.1). */
const FRAME_HEADER_BYTES = 8;
const DATA_OFFSET_AT = 4;
const BYTES_PER_OFFSET = 4;
/** Where a disposition has the delivery state (part 2.7.6). */
const STATE_FIELD = 4;

const framesBeingRead = new WeakMap<Connection, Buffer>();
/** Disposition frames by the value of the delivery state that rhea has decoded from them. */
const dispositionFrames = new WeakMap<object, Buffer>();
/** Descriptors that rhea does not know, by the attach frame that has them. */
const unknownTermini = new WeakMap<object, unknown>();

const knownTermini: readonly unknown[] = [0x28, 0x29, 'amqp:source:list', 'amqp:target:list'];
const knownOutcomes: readonly unknown[] = [
  ...[0x23, 0x24, 0x25, 0x26, 0x27],
  ...['received', 'accepted', 'rejected', 'released', 'modified'].map((outcome) => `amqp:${outcome}:list`),
];
const coordinators: readonly unknown[] = [0x30, 'amqp:coordinator:list'];

function partsOf(session: Session): SessionParts {
  return session as unknown as SessionParts;
}

/** Prepares the connection of a client, before it begins a session. */
export function prepareConnection(connection: Connection): void {
  readFrameByFrame(connection);
  passOverLateEndings(connection);
}

/** Has rhea read frame by frame, so that the bytes of a frame are known while it is handled. */
function readFrameByFrame(connection: Connection): void {
  const { amqp_transport: transport } = connection as unknown as ConnectionParts;
  const { read } = transport;
  transport.read = (bytes) => {
    let position = 0;
    while (bytes.length - position >= FRAME_HEADER_BYTES) {
      const size = bytes.readUInt32BE(position);
      // A frame cannot be that short; rhea is left to say so.
      const frame = bytes.subarray(position, size < FRAME_HEADER_BYTES ? undefined : position + size);
      if (frame.length < size) break;
      framesBeingRead.set(connection, frame);
      position += read.call(transport, frame);
    }
    return position;
  };
}

/**
 * The .NET client may end a session just before it detaches the link in it. Microsoft's own AMQP library passes over
 * that detach, as over a second end; rhea would end the connection.
 */
function passOverLateEndings(connection: Connection): void {
  const parts = connection as unknown as ConnectionParts;
  for (const name of ['on_detach', 'on_end'] as const) {
    const handle = parts[name];
    parts[name] = (frame) => {
      if (frame.channel in parts.remote_channel_map) handle.call(parts, frame);
    };
  }
}

/** Prepares a session that a client begins, before it attaches a link. */
export function prepareSession(session: Session): void {
  const parts = partsOf(session);
  keepTransfersEncoded(session);
  keepOutcomesEncoded(parts, session.connection);
  writeTransfersLast(parts);
  keepUnknownTerminiFromRhea(parts);
}

/** Makes a session's incoming messages arrive as the bytes that were sent. */
export function keepTransfersEncoded(session: Session): void {
  const { incoming } = partsOf(session);
  const onTransfer = incoming.on_transfer;
  incoming.on_transfer = (frame, receiver) => {
    if (!frame.performative.message_format) frame.performative.message_format = undecodedFormat;
    onTransfer.call(incoming, frame, receiver);
  };
}

/**
 * Keeps the frame of every outcome that rhea decodes. One that it does not know is kept from it, and one that is null
 * (a client that settles without an outcome sends that): it would print them.
 */
function keepOutcomesEncoded({ outgoing }: SessionParts, connection: Connection): void {
  const onDisposition = outgoing.on_disposition;
  outgoing.on_disposition = (disposition) => {
    const state = disposition.state;
    const frame = framesBeingRead.get(connection);
    if (!knownOutcomes.includes(state?.descriptor?.value)) {
      disposition.value[STATE_FIELD] = undefined;
    } else if (typeof state?.value === 'object' && state.value !== null && frame !== undefined) {
      dispositionFrames.set(state.value, frame);
    }
    onDisposition.call(outgoing, disposition);
  };
}

/**
 * rhea writes the messages that it has to send before anything else that waits. A client must have the attach of a
 * link before its first message; and the Python client takes a response only after its request has been settled.
 */
function writeTransfersLast(session: SessionParts): void {
  const { outgoing, incoming } = session;
  const process = outgoing.process;
  outgoing.process = () => {
    for (const link of Object.values(session.links)) {
      if (link.state.need_open()) session.output(link.local.attach);
    }
    incoming.process(session);
    process.call(outgoing);
  };
}

function keepUnknownTerminiFromRhea(session: SessionParts): void {
  const onAttach = session.on_attach;
  session.on_attach = (frame) => {
    const { performative } = frame;
    for (const field of ['source', 'target'] as const) {
      const descriptor = performative[field]?.descriptor?.value;
      if (descriptor === undefined || knownTermini.includes(descriptor)) continue;
      unknownTermini.set(performative, descriptor);
      performative[field] = undefined;
    }
    onAttach.call(session, frame);
  };
}

/** Whether a client wants a link to something that is neither a source nor a target, and to what. */
export function unknownTerminusOf(link: Link): 'coordinator' | 'unknown' | undefined {
  const { attach } = (link as unknown as LinkParts).remote;
  if (!unknownTermini.has(attach)) return undefined;
  return coordinators.includes(unknownTermini.get(attach)) ? 'coordinator' : 'unknown';
}

/** Whether a client that gives a message back as `modified` does not want it again, and its property changes. */
export function modificationOf(delivery: Delivery): {
  readonly undeliverableHere: boolean;
  readonly changes: readonly RawMapEntry[];
} {
  const [, undeliverableHere, annotations] = outcomeFieldsOf(delivery);
  return {
    undeliverableHere: undeliverableHere !== undefined && decode(undeliverableHere) === true,
    changes: readOptionalMap(annotations),
  };
}

/** What a client that rejects a message adds to its error. */
export function rejectionInfoOf(delivery: Delivery): readonly RawMapEntry[] {
  const [error] = outcomeFieldsOf(delivery);
  const [, , info] = error === undefined || isNull(error) ? [] : fieldsOf(error);
  return readOptionalMap(info);
}

/** The fields of the client's outcome, from the frame that brought it: every value keeps its AMQP type. */
function outcomeFieldsOf(delivery: Delivery): Buffer[] {
  const outcome = delivery.remote_state as { readonly value?: object } | undefined;
  const frame = outcome?.value && dispositionFrames.get(outcome.value);
  if (frame === undefined) return [];
  const performative = frame.subarray(frame.readUInt8(DATA_OFFSET_AT) * BYTES_PER_OFFSET);
  const state = fieldsOf(performative)[STATE_FIELD];
  return state === undefined ? [] : fieldsOf(state);
}

/** The fields of an AMQP composite, still encoded. */
function fieldsOf(composite: Buffer): Buffer[] {
  return readList(describedValue(composite));
}
