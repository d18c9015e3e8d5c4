import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, startApp } from '../../helpers/app.ts';
import { aPartner, appliedStates, REQUESTS_QUEUE, reasonOf, resultsOf } from '../../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const json = (id: string, more: object = {}) =>
  JSON.stringify({ externalPartnerId: id, enableConnection: true, ...more });
const bytes = (...values: number[]) => Buffer.from(values);

const hostile: [string, (id: string) => Buffer | string, string][] = [
  ['nothing', () => '', 'The body is not JSON'],
  ['invalid UTF-8', (id) => Buffer.concat([Buffer.from(json(id)), bytes(0xff)]), 'The body is not UTF-8'],
  ['UTF-16', (id) => Buffer.from(json(id), 'utf16le'), 'The body is UTF-16'],
  [
    'UTF-16 with a byte order mark',
    (id) => Buffer.concat([bytes(0xff, 0xfe), Buffer.from(json(id), 'utf16le')]),
    'The body is UTF-16',
  ],
  ['a NUL', (id) => `${json(id)}\0`, 'The body is not JSON'],
  ['a lone surrogate', (id) => json(id, { reason: '\ud800' }), 'reason is "\\ud800"'],
  [
    'a key twice',
    (id) => `{"enableConnection":false,${json(id).slice(1)}`,
    '"enableConnection" stands in the body more than once',
  ],
  ['__proto__', (id) => `{"__proto__":{"a":1},${json(id).slice(1)}`, 'Unknown property "__proto__"'],
  ['deep nesting', () => `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`, 'externalPartnerId is missing'],
  ['a huge number', (id) => json(id).replace('true', '9'.repeat(9_000)), 'enableConnection is null'],
  ['a very long string', (id) => json(id, { reason: 'x'.repeat(15_000) }), 'at most 1024 characters'],
  ['more than the limit', (id) => json(id, { reason: 'x'.repeat(200_000) }), 'send at most 16384'],
  [
    'a .NET string in binary XML',
    (id) => `@\u0006string\b3http://schemas.microsoft.com/2003/10/Serialization/\u009a${json(id)}`,
    'older .NET client',
  ],
];

it.each(hostile)(
  'a body with %s: is rejected at once with a bounded reason, reaches no Graph, and holds nothing up',
  async (_name, body, reason) => {
    const partner = aPartner(app);
    const messageId = await app.send(partner, {}, { body: Buffer.from(body(partner)) });
    const next = await app.send(partner, { enableConnection: true });
    const result = await app.resultOf(messageId);
    expect(result).toMatchObject({
      outcome: 'rejected',
      deliveryCount: 1,
      error: { code: 'invalidRequest' },
    });
    expect(reasonOf(result)).toContain(reason);
    expect(reasonOf(result).length).toBeLessThan(1_024);
    expect(JSON.stringify(result).length).toBeLessThan(128 * 1_024);
    expect(await app.resultOf(next)).toMatchObject({ outcome: 'applied' });
    expect(app.patches(partner)).toHaveLength(1);
    expect(appliedStates(app, partner)).toEqual([true]);
    expect(resultsOf(app, messageId)).toHaveLength(1);
    expect((await app.eventOf(messageId)).properties.outcome).toBe('rejected');
  },
);

it('a body with a byte order mark: is a request as any other', async () => {
  const partner = aPartner(app);
  const body = Buffer.from(`\uFEFF${json(partner)}`);
  expect(await app.request(partner, {}, { body })).toMatchObject({ outcome: 'applied' });
});

it.each([
  ['value', (id: string) => json(id)],
  ['sequence', (id: string) => [[json(id)]]],
] as const)(
  'a body that is an AMQP %s: reaches neither the app nor Graph, ends as a dead letter, and holds nothing up for good',
  async (bodyType, body) => {
    const partner = aPartner(app);
    const messageId = randomUUID();
    const sender = app.client.createSender(REQUESTS_QUEUE);
    await sender.sendMessages({
      body: body(partner),
      bodyType,
      properties: { messageId, groupId: partner },
    });
    await sender.close();
    const next = await app.send(partner, { enableConnection: true });
    expect(await app.resultOf(next)).toMatchObject({ outcome: 'applied' });
    const dead = app.serviceBus.queue(REQUESTS_QUEUE).deadLetters.messages();
    expect(dead.filter((letter) => letter.messageId === messageId)).toMatchObject([
      { deadLetterReason: 'MaxDeliveryCountExceeded' },
    ]);
    expect(resultsOf(app, messageId)).toEqual([]);
    expect(app.patches(partner)).toHaveLength(1);
  },
);
