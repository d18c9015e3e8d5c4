import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_REQUEST_BYTES, readRequestBody } from '../../../shared/receive/requestBody.ts';
import { aBody, partnerId } from '../../helpers/factories.ts';

const read = (body: string | Buffer) => readRequestBody(Buffer.from(body as string));
const problemOf = (body: string | Buffer) => {
  const result = read(body);
  return result.request ? undefined : result.problem;
};

describe('a request', () => {
  it('is read with every property of the contract', () => {
    const body = aBody({
      requestedBy: 'jane',
      reference: 'CHG1',
      reason: 'Say "why":\u{1F600}',
      validUntil: '2030-01-31T18:00:00+01:00',
    });
    expect(read(body).request).toEqual(JSON.parse(body.toString()));
  });

  it('may hold null for an optional property, which counts as absent, and is kept as it was received', () => {
    const nulls = { requestedBy: null, reference: null, reason: null, validUntil: null };
    const { request, received } = read(aBody(nulls));
    expect(request).toEqual({ externalPartnerId: partnerId, enableConnection: true });
    expect(received).toMatchObject(nulls);
  });

  it('may hold the same text in two properties, and a text that looks like a key', () => {
    const properties = { requestedBy: 'reason', reference: 'CHG1', reason: 'CHG1' };
    expect(read(aBody(properties)).request).toMatchObject(properties);
  });

  it('counts the characters of a text, not its UTF-16 units', () => {
    const reason = `${'\u{1F600}'.repeat(1_023)}x`;
    expect(read(aBody({ reason })).request?.reason).toBe(reason);
    expect(problemOf(aBody({ reason: `${reason}y` }))).toContain('at most 1024 characters');
  });

  it.each([
    '2030-01-31t18:00:00z',
    '2030-01-31T18:00:00+0100',
    '2030-01-31T18:00+01',
    '2030-01-31 18:00:00.5Z',
  ])('may be valid until %s', (validUntil) => {
    expect(read(aBody({ validUntil })).request?.validUntil).toBe(validUntil);
  });

  it('may begin with a byte order mark', () => {
    expect(read(`\uFEFF${aBody()}`).request).toEqual({
      externalPartnerId: partnerId,
      enableConnection: true,
    });
  });

  it('may hold such a mark within a text, as any other character', () => {
    expect(read(aBody({ reason: 'a\uFEFFb' })).request?.reason).toBe('a\uFEFFb');
  });

  it.each([
    [{ externalPartnerId: undefined }, 'externalPartnerId is missing; send the id (a GUID)'],
    [{ externalPartnerId: '../users' }, 'externalPartnerId is "../users"; send the id (a GUID)'],
    [{ enableConnection: undefined }, 'enableConnection is missing; send true or false'],
    [{ enableConnection: 'true' }, 'enableConnection is "true"; send true or false, without quotes'],
    [{ enableConnection: 1 }, 'enableConnection is 1; send true or false'],
    [{ requestedBy: 'x'.repeat(257) }, 'at most 256 characters'],
    [{ reference: 4711 }, 'reference is 4711; send well-formed text'],
    [{ reason: 'x'.repeat(1025) }, 'at most 1024 characters'],
    [{ reason: '\ud800' }, 'reason is "\\ud800"; send well-formed text'],
    [{ enableConnection: null }, 'enableConnection is null; send true or false'],
    [{ externalPartnerId: null }, 'externalPartnerId is null; send the id'],
    [
      { validUntil: '2030-01-31' },
      'validUntil is "2030-01-31"; send an ISO 8601 date and time with an offset',
    ],
    [{ validUntil: '2030-01-31T18:00:00' }, 'with an offset'],
    [{ validUntil: '2030-02-30T18:00:00Z' }, 'validUntil is "2030-02-30T18:00:00Z"'],
    [{ deliveryCount: 1 }, 'Unknown property "deliveryCount"; send only externalPartnerId, enableConnection'],
    [{ a: 1, b: 2, c: 3, d: 4 }, 'Unknown property "a", "b", "c" and 1 more'],
  ])(
    'is refused with a reason that names the property, what was wrong and what to send: %j',
    (properties, reason) => {
      expect(problemOf(aBody(properties))).toContain(reason);
    },
  );

  it.each([
    ['', 'The body is not JSON'],
    ['   ', 'The body is not JSON'],
    ['1e999', 'The body is a JSON number'],
    [`{"a":${'9'.repeat(9_000)}}`, 'Unknown property "a"'],
    [Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(aBody().toString(), 'utf16le')]), 'not UTF-8'],
    [Buffer.from([0xed, 0xa0, 0x80]), 'The body is not UTF-8'],
    [Buffer.from([0xc0, 0x80]), 'The body is not UTF-8'],
    ['{"a":1,"b":1,"c":1}', 'Unknown property "a", "b", "c"; send only'],
    ['{"externalPartnerId":', 'The body is not JSON'],
    ['null', 'The body is null'],
    ['[]', 'The body is a JSON array'],
    ['"{}"', 'The body is a JSON string'],
    [Buffer.from([0xff, 0xfe, 0x7b, 0x00]), 'The body is UTF-16, not UTF-8'],
    [Buffer.from(aBody().toString(), 'utf16le'), 'The body is UTF-16, not UTF-8'],
    [`${aBody()}\0`, ': a NUL character; send one JSON object.'],
    ['{\n  "enableConnection": True\n}', 'line 2, column 23: True; write true; send one JSON object.'],
    ['@\u0006string\b3http://schemas.microsoft.com/2003/10/Serialization/\u009a{}', 'an older .NET client'],
    ['['.repeat(8000) + ']'.repeat(8000), 'The body is a JSON array'],
    [aBody({ reason: 'x'.repeat(MAX_REQUEST_BYTES) }), `send at most ${MAX_REQUEST_BYTES}`],
    [`{"__proto__":{},${aBody().toString().slice(1)}`, 'Unknown property "__proto__"'],
    [
      `{"enableConnection":false,${aBody().toString().slice(1)}`,
      '"enableConnection" stands in the body more than once',
    ],
    [
      `{"enable\\u0043onnection":false,${aBody().toString().slice(1)}`,
      '"enableConnection" stands in the body more than',
    ],
  ])('is refused when its bytes are %j', (body, reason) => {
    expect(problemOf(body)).toContain(reason);
  });

  it('is refused with one sentence for each property that is wrong', () => {
    const problem = problemOf(aBody({ validUntil: 'tomorrow', until: 'later' })) ?? '';
    expect(problem.match(/validUntil is/g)).toHaveLength(1);
    expect(problem.match(/until is/g)).toHaveLength(1);
  });

  it('may have 16 KiB, and not a byte more', () => {
    const longest = aBody().toString().padEnd(16_384);
    expect(readRequestBody(Buffer.from(longest))).toHaveProperty('request');
    expect(problemOf(`${longest} `)).toBe('The body has 16385 bytes; send at most 16384.');
  });

  it('that is refused is kept as it was received', () => {
    const refused = { reference: 'CHG1', reason: null, enableConnection: 'yes' };
    expect(read(aBody(refused)).received).toMatchObject(refused);
    expect(read('not json').received).toBe('not json');
    const nested = `{"reference":"CHG1","a":${'['.repeat(8000)}${']'.repeat(8000)},"b":1}`;
    expect(read(nested).received).toBe(nested);
  });
});

describe('whatever the bytes, reading them gives a request or a bounded reason, and can be put into a result', () => {
  const verdict = (body: Uint8Array) => {
    const result = readRequestBody(body);
    JSON.stringify(result.received);
    if (result.request) {
      expect(JSON.parse(JSON.stringify(result.request))).toEqual(result.request);
      return;
    }
    expect(result.problem.length).toBeGreaterThan(10);
    expect(result.problem.length).toBeLessThan(1024);
    expect(longestEcho(result.problem, Buffer.from(body).toString())).toBeLessThanOrEqual(LONGEST_ECHO);
  };
  const numRuns = 3_000;

  it('for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 512 }), verdict), { numRuns });
  });

  it('for any JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (json) => verdict(Buffer.from(json))),
      { numRuns },
    );
  });

  it('for objects that resemble a request', () => {
    const value = fc.oneof(
      fc.anything(),
      fc.constantFrom(true, 'true', partnerId, '2030-01-31T18:00:00Z', '__proto__'),
    );
    const name = fc.oneof(
      fc.constantFrom(...propertyNames),
      fc.constantFrom('__proto__', 'constructor', 'deliveryCount', 'toString'),
      fc.string({ unit: 'binary' }),
    );
    const members = fc.array(fc.tuple(name, value), { maxLength: 9 }).map((all) => {
      const texts = all.map(
        ([key, item]) => `${JSON.stringify(key)}:${JSON.stringify(item, noBigInt) ?? 'null'}`,
      );
      return Buffer.from(`{${texts.join(',')}}`);
    });
    fc.assert(fc.property(members, verdict), { numRuns });
  });

  it('for valid requests with bytes changed', () => {
    const change = fc.tuple(fc.nat(120), fc.integer({ min: 0, max: 255 }));
    const mutated = fc.array(change, { maxLength: 4 }).map((changes) => {
      const body = aBody({ reason: 'because', reference: 'CHG1' });
      for (const [at, byte] of changes) body[at % body.length] = byte;
      return body;
    });
    fc.assert(fc.property(mutated, verdict), { numRuns });
  });

  it('for hostile values in every property', () => {
    const size = fc.integer({ min: 0, max: 9_000 });
    const hostile = fc.oneof(
      size.map((length) => JSON.stringify('Qq'.repeat(length / 2))),
      size.map((length) => `"${'\\ud800'.repeat(length / 8)}"`),
      size.map((length) => `"${'\\u0000'.repeat(length / 8)}"`),
      size.map((depth) => `${'['.repeat(depth / 2)}${']'.repeat(depth / 2)}`),
      size.map((depth) => `${'{"a":'.repeat(depth / 8)}1${'}'.repeat(depth / 8)}`),
      size.map((digits) => `1${'0'.repeat(digits)}`),
      fc.constantFrom('1e999', '-0', '1E400', '0.1e-999', '""', '{}', '[]', '"\\u202e"', '"=cmd()"'),
      fc.string({ unit: 'binary', maxLength: 2_000 }).map((text) => JSON.stringify(text)),
    );
    const name = fc.constantFrom(...hostileNames);
    const body = fc
      .array(fc.tuple(name, hostile), { minLength: 1, maxLength: 4 })
      .map((members) => Buffer.from(`{${members.map(([key, value]) => `"${key}":${value}`).join(',')}}`));
    fc.assert(fc.property(body, verdict), { numRuns: 1_500 });
  });

  it('and any valid request is accepted, with its text untouched', () => {
    const text = (maxLength: number) =>
      fc.string({ unit: 'binary', maxLength }).filter((value) => value.isWellFormed());
    const valid = fc.record(
      {
        externalPartnerId: fc.uuid(),
        enableConnection: fc.boolean(),
        requestedBy: text(256),
        reference: text(256),
        reason: text(1024),
        validUntil: fc
          .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
          .map((date) => date.toISOString()),
      },
      { requiredKeys: ['externalPartnerId', 'enableConnection'] },
    );
    fc.assert(
      fc.property(valid, (request) => {
        expect(readRequestBody(Buffer.from(JSON.stringify(request))).request).toEqual({ ...request });
      }),
      { numRuns },
    );
  });

  it('for a request in the wrong encoding or wrapping', () => {
    const text = fc.record({
      reason: fc.string({ unit: 'binary', maxLength: 300 }),
      enableConnection: fc.boolean(),
    });
    const wrap = fc.constantFrom<(json: string) => Buffer>(
      (json) => Buffer.from(json, 'utf16le'),
      (json) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(json, 'utf16le')]),
      (json) => Buffer.concat([Buffer.from(json), Buffer.from([0])]),
      (json) => Buffer.concat([Buffer.from([0xc0, 0x80]), Buffer.from(json)]),
      (json) => Buffer.from(`\uFEFF\uFEFF${json}`),
      (json) => Buffer.from(JSON.stringify(json)),
      (json) => Buffer.from(`[${json}]`),
      (json) => Buffer.from(`@\u0006string\b3http://schemas.microsoft.com/2003/10/Serialization/${json}`),
      (json) =>
        Buffer.from(`<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${json}</string>`),
      (json) => Buffer.from(`${json}${json}`),
      (json) => Buffer.from(json).subarray(0, -1),
    );
    const refused = fc
      .tuple(text, wrap)
      .map(([properties, wrapped]) => wrapped(aBody(properties).toString()));
    fc.assert(
      fc.property(refused, (body) => {
        expect(readRequestBody(body).request).toBeUndefined();
        verdict(body);
      }),
      { numRuns: 1_500 },
    );
  });
});

const propertyNames = [
  'externalPartnerId',
  'enableConnection',
  'requestedBy',
  'reference',
  'reason',
  'validUntil',
];

const hostileNames = [...propertyNames, '__proto__', 'constructor', 'Qq'.repeat(300)];

/** Each quotation is 60 characters and its quotes at most; three unknown names stand side by side. */
const LONGEST_ECHO = 64;

/** The length of the longest piece of the input, without what every request has in common, that the text repeats. */
function longestEcho(text: string, input: string): number {
  let longest = 0;
  for (let start = 0; start + longest < text.length; start++) {
    while (start + longest < text.length && input.includes(text.slice(start, start + longest + 1))) longest++;
  }
  return longest;
}

function noBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
