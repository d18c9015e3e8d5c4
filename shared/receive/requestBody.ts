import type * as z from 'zod/mini';
import { type ConnectionRequest, requestSchema, whatToSend } from '../contract/requestSchema.ts';
import { asObject } from '../kit/json.ts';
import { excerpt } from '../kit/sanitize.ts';
import { wrongFormatOf } from './bodyFormat.ts';
import { findJsonFault } from './jsonFault.ts';

/** The largest body that is read, in bytes. */
export const MAX_REQUEST_BYTES = 16 * 1024;

/** A body that has been read: a valid request, or what arrived and why it is not valid. */
export type RequestBody =
  | { readonly request: ConnectionRequest; readonly received: unknown }
  | { readonly request?: never; readonly received: unknown; readonly problem: string };

/**
 * Reads a message body: strict UTF-8 JSON, at most {@link MAX_REQUEST_BYTES}. Never throws: whatever is wrong
 * comes back as a problem that names the property, what was wrong and what to send.
 */
export function readRequestBody(body: Uint8Array): RequestBody {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, MAX_REQUEST_BYTES));
  const text = start.toString('utf8');
  const refuse = (problem: string): RequestBody => ({ received: text, problem });

  if (body.byteLength > MAX_REQUEST_BYTES) {
    return refuse(`The body has ${body.byteLength} bytes; send at most ${MAX_REQUEST_BYTES}.`);
  }
  const wrongFormat = wrongFormatOf(body);
  if (wrongFormat) return refuse(wrongFormat);
  const json = text.replace(/^\uFEFF/, '');
  let received: unknown;
  try {
    received = JSON.parse(json);
  } catch {
    return refuse(`The body is not JSON: ${findJsonFault(json)}; send one JSON object.`);
  }
  if (typeof received !== 'object' || received === null || Array.isArray(received)) {
    return refuse(`The body is ${kindOf(received)}; send one JSON object, neither quoted nor wrapped.`);
  }
  const parsed = requestSchema.safeParse(received);
  if (!parsed.success) {
    const problem = parsed.error.issues.map((issue) => describe(issue, received)).join(' ');
    return isFlat(received) ? { received, problem } : refuse(problem);
  }
  const keys = keysOf(json);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) {
    return refuse(`${excerpt(repeated)} stands in the body more than once; send it once.`);
  }
  return { received, request: parsed.data };
}

function describe(issue: z.core.$ZodIssue, received: object): string {
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.slice(0, 3).map(excerpt).join(', ');
    const more = issue.keys.length > 3 ? ` and ${issue.keys.length - 3} more` : '';
    return `Unknown property ${names}${more}; send only ${Object.keys(whatToSend).join(', ')}.`;
  }
  const name = issue.path[0] as keyof ConnectionRequest;
  return `${name} is ${excerpt(asObject(received)[name])}; ${whatToSend[name]}.`;
}

/** Nested values are kept as text: a deep enough nesting cannot be written as JSON again. */
function isFlat(received: object): boolean {
  return Object.values(received).every((value) => typeof value !== 'object' || value === null);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a JSON array' : `a JSON ${typeof value}`;
}

/** The keys of a flat JSON object as written, repetitions included (JSON.parse keeps only the last). */
function keysOf(json: string): string[] {
  return [...json.matchAll(/("(?:[^"\\]|\\[\s\S]?)*(?:"|$))(\s*:)?/g)]
    .filter(([, , colon]) => colon)
    .map(([, key = '']) => String(JSON.parse(key)));
}
