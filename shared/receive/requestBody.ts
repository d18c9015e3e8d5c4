import {
  type ConnectionRequest,
  isPresent,
  propertyNames,
  requestProperties,
  requiredProperties,
} from '../contract/requestSchema.ts';
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
  const properties = asObject(received);
  const problems = problemsOf(properties);
  if (problems.length > 0) {
    const problem = problems.join(' ');
    return isFlat(received) ? { received, problem } : refuse(problem);
  }
  const keys = keysOf(json);
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) {
    return refuse(`${excerpt(repeated)} stands in the body more than once; send it once.`);
  }
  const present = propertyNames.filter((name) => isPresent(properties[name]));
  const request = Object.fromEntries(present.map((name) => [name, properties[name]])) as ConnectionRequest;
  return { received, request };
}

/** A sentence for each property that is wrong, and one for all that are unknown. */
function problemsOf(received: Readonly<Record<string, unknown>>): string[] {
  const wrong = propertyNames.filter((name) =>
    isPresent(received[name])
      ? !requestProperties[name].isValid(received[name], received)
      : requiredProperties.includes(name),
  );
  const problems = wrong.map(
    (name) => `${name} is ${excerpt(received[name])}; ${requestProperties[name].whatToSend}.`,
  );
  const unknown = Object.keys(received).filter((name) => !Object.hasOwn(requestProperties, name));
  if (unknown.length > 0) {
    const names = unknown.slice(0, 3).map(excerpt).join(', ');
    const more = unknown.length > 3 ? ` and ${unknown.length - 3} more` : '';
    problems.push(`Unknown property ${names}${more}; send only ${propertyNames.join(', ')}.`);
  }
  return problems;
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
