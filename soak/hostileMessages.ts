import { randomUUID } from 'node:crypto';
import type { Invocation } from '../local/functionsHost/worker.ts';
import { graphFault, html, json } from '../local/graph/graphFault.ts';
import type { Fault, FaultHook } from '../local/http/fault.ts';
import { createRandom, guid, type Random } from './random.ts';

const LONGEST_BODY = 16 * 1024;

/** More partners than the app remembers outcomes of. */
export const partnerIds = Array.from({ length: 3_000 }, (_, index) => guid(createRandom(index))) as [
  string,
  ...string[],
];

/** Pieces of texts that break lines, turn them around, are formulas, markup, secrets, or keep a pattern busy. */
const PIECES = [
  ...[
    '.',
    ' ',
    '"',
    '\\"',
    '<',
    '<script',
    '[[',
    '\u0001',
    '\u001b[2J',
    '\u202e',
    '\u{e0041}',
    '\ud800',
    '\u{1F600}',
  ],
  ...[
    '=HYPERLINK(',
    '<img onerror=x>',
    'Bearer eyJ.',
    'password=',
    '-----BEGIN PRIVATE KEY-----',
    '1e999,',
    'é',
  ],
] as const;

/** A message as only an attacker sends it: most are refused, some change a partner. */
export function hostileInvocation(random: Random, index: number): Invocation {
  const externalPartnerId = random.chance(0.8) ? random.pick(partnerIds) : guid(random);
  const id = random.pick([
    randomUUID(),
    `"${randomUUID()}"`,
    String(index),
    hostileText(random, 32_000),
    'true',
  ]);
  return {
    body: random.pick([bytes, repetition, nesting, request, request])(random, externalPartnerId),
    metadata: {
      // A later delivery waits before it repeats a refusal.
      DeliveryCount: 1,
      EnqueuedTimeUtc: random.pick([new Date().toISOString(), 'soon']),
      MessageId: id,
      CorrelationId: random.chance(0.5) ? id : '',
      SequenceNumber: index,
      SessionId: random.chance(0.9) ? externalPartnerId : hostileText(random, 128),
      ApplicationProperties: {},
    },
  };
}

/** What Graph, or something in front of it, says to every tenth call: final, since a retry would wait. */
export function hostileGraph(random: Random): FaultHook {
  return () => (random.chance(0.1) ? hostileResponse(random) : undefined);
}

function hostileResponse(random: Random): Fault {
  const text = hostileText(random, 200_000);
  return random.pick<Fault>([
    { kind: 'endless', status: 400 },
    json(400, text),
    json(404, `{"error":{"code":${JSON.stringify(text)},"details":[${'{},'.repeat(10_000)}{}]}}`),
    json(400, '['.repeat(200_000)),
    graphFault(403, text, text),
    html(410, text),
  ]);
}

function bytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.below(2_000) }, () => random.below(256)));
}

function repetition(random: Random): Buffer {
  return Buffer.from(hostileText(random, random.pick([100, LONGEST_BODY, LONGEST_BODY + 1])));
}

function nesting(random: Random): Buffer {
  const depth = random.below(LONGEST_BODY / 6);
  return Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`);
}

function request(random: Random, externalPartnerId: string): Buffer {
  const body: Record<string, unknown> = { externalPartnerId, enableConnection: random.chance(0.5) };
  if (random.chance(0.2)) body.until = new Date(Date.now() + 3_600_000).toISOString();
  for (const name of ['requestedBy', 'reference', 'reason', 'validUntil', '__proto__', 'unknown']) {
    if (random.chance(0.2)) body[name] = hostileText(random, random.pick([200, 1_000, 5_000]));
  }
  return Buffer.from(JSON.stringify(body));
}

function hostileText(random: Random, length: number): string {
  const unit = random.pick(PIECES) + (random.chance(0.5) ? random.pick(PIECES) : '');
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
