import { isUtf8 } from 'node:buffer';
import * as z from 'zod/mini';
import { excerpt } from './sanitize.ts';

/** The largest body that is read, in bytes. */
export const MAX_REQUEST_BYTES = 16 * 1024;

const text = (maxLength: number, title: string, description: string, example: string) =>
  z
    .string()
    .check(
      z.maxLength(maxLength),
      z.refine((value) => value.isWellFormed()),
    )
    .register(z.globalRegistry, { title, description, examples: [example] });

/**
 * The message contract. The type, the checks and the published JSON Schema all come from this definition.
 *
 * Source: "Update cloudPcExternalPartner" (Microsoft Graph beta) for the first two properties.
 */
export const requestSchema = z
  .strictObject({
    externalPartnerId: z.guid().register(z.globalRegistry, {
      title: 'External partner id',
      description:
        "The id of the cloudPcExternalPartner record in Microsoft Graph, not the vendor's partnerId.",
      examples: ['198d7140-80bb-4843-8cc4-811377a49a92'],
    }),
    enableConnection: z.boolean().register(z.globalRegistry, {
      title: 'Enable the connection',
      description: 'true enables the connection to the external partner, false disables it.',
      examples: [true],
    }),
    requestedBy: z.optional(
      text(
        256,
        'Requested by',
        'Who asks: a person or a system. Kept in the audit record.',
        'jane@contoso.example',
      ),
    ),
    reference: z.optional(
      text(256, 'Reference', "The requester's own key, returned untouched in the answer.", 'CHG0031337'),
    ),
    reason: z.optional(text(1024, 'Reason', 'Free text for the audit record.', 'Onboarding of the partner')),
    validUntil: z.optional(
      z.iso.datetime({ offset: true }).register(z.globalRegistry, {
        title: 'Valid until',
        description: 'The request is not applied after this instant: ISO 8601 with an offset.',
        examples: ['2030-01-31T18:00:00+01:00'],
      }),
    ),
  })
  .register(z.globalRegistry, {
    title: 'External partner connection request',
    description: 'Asks to enable or disable the connection of one Windows 365 external partner.',
    examples: [
      { externalPartnerId: '198d7140-80bb-4843-8cc4-811377a49a92', enableConnection: true },
      {
        externalPartnerId: '198d7140-80bb-4843-8cc4-811377a49a92',
        enableConnection: false,
        requestedBy: 'jane@contoso.example',
        reference: 'CHG0031337',
        reason: 'Contract ended',
        validUntil: '2030-01-31T18:00:00+01:00',
      },
    ],
  });

export type ConnectionRequest = z.infer<typeof requestSchema>;

/** A body that has been read: a valid request, or what arrived and why it is none. */
export type RequestBody =
  | { readonly request: ConnectionRequest; readonly received: unknown }
  | { readonly request?: never; readonly received: unknown; readonly problem: string };

const whatToSend: Record<keyof ConnectionRequest, string> = {
  externalPartnerId: 'send the id (a GUID) of the cloudPcExternalPartner record as a string',
  enableConnection: 'send true or false, without quotes',
  requestedBy: 'send well-formed text of at most 256 characters',
  reference: 'send well-formed text of at most 256 characters',
  reason: 'send well-formed text of at most 1024 characters',
  validUntil: 'send an ISO 8601 date and time with an offset, such as 2030-01-31T18:00:00Z',
};

/**
 * Reads a message body: strict UTF-8 JSON, at most {@link MAX_REQUEST_BYTES}. Never throws: whatever is wrong
 * comes back as a problem that names the property, what was wrong and what to send.
 */
export function readRequest(body: Uint8Array): RequestBody {
  const raw = Buffer.from(
    body.buffer,
    body.byteOffset,
    Math.min(body.byteLength, MAX_REQUEST_BYTES),
  ).toString('utf8');
  if (body.byteLength > MAX_REQUEST_BYTES) {
    return unreadable(raw, `The body has ${body.byteLength} bytes; send at most ${MAX_REQUEST_BYTES}.`);
  }
  if (!isUtf8(body)) {
    return unreadable(raw, 'The body is not UTF-8; send JSON encoded as UTF-8.');
  }
  const json = raw.replace(/^\uFEFF/, '');
  let received: unknown;
  try {
    received = JSON.parse(json);
  } catch {
    return unreadable(raw, `The body is not JSON${xmlSerialised(json)}; send one JSON object.`);
  }
  if (typeof received !== 'object' || received === null || Array.isArray(received)) {
    return unreadable(
      raw,
      `The body is ${kindOf(received)}; send one JSON object, neither quoted nor wrapped.`,
    );
  }
  const parsed = requestSchema.safeParse(received);
  if (!parsed.success) {
    const problem = parsed.error.issues.map((issue) => describe(issue, received)).join(' ');
    return isFlat(received) ? { received, problem } : unreadable(raw, problem);
  }
  const keys = keysOf(json);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) {
    return unreadable(raw, `${excerpt(repeated)} stands in the body more than once; send it once.`);
  }
  return { received, request: parsed.data };
}

function unreadable(raw: string, problem: string): RequestBody {
  return { received: raw, problem };
}

function describe(issue: z.core.$ZodIssue, received: object): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 3).map(excerpt).join(', ');
    const more = issue.keys.length > 3 ? ` and ${issue.keys.length - 3} more` : '';
    return `Unknown property ${names}${more}; send only ${Object.keys(whatToSend).join(', ')}.`;
  }
  const name = issue.path[0] as keyof ConnectionRequest;
  const value = Object.hasOwn(received, name) ? received[name as keyof object] : undefined;
  return `${name} is ${value === undefined ? 'missing' : excerpt(value)}; ${whatToSend[name]}.`;
}

/** Nested values are kept as text: a deep enough nesting cannot be written as JSON again. */
function isFlat(received: object): boolean {
  return Object.values(received).every((value) => typeof value !== 'object' || value === null);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a JSON array' : `a JSON ${typeof value}`;
}

/** Older .NET senders wrap strings in XML, which is easily mistaken for a plain body. */
function xmlSerialised(json: string): string {
  return json.includes('schemas.microsoft.com/2003/10/Serialization')
    ? ' but an XML-serialised .NET string'
    : '';
}

/** The keys of a flat JSON object as written, repetitions included (JSON.parse keeps only the last). */
function keysOf(json: string): string[] {
  return [...json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)]
    .filter(([, colon]) => colon)
    .map(([token]) => String(JSON.parse(token.replace(/\s*:$/, ''))));
}
