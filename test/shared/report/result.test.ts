import { describe, expect, it } from 'vitest';
import { type Result, resultSchema } from '../../../shared/contract/resultSchema.ts';
import { readGraphResponse } from '../../../shared/graph/graphResponse.ts';
import { receiveMessage } from '../../../shared/receive/message.ts';
import { MAX_RESULT_BYTES, toResult } from '../../../shared/report/result.ts';
import { aMessage, aReport, partnerId } from '../../helpers/factories.ts';

const error = { code: 'http503', message: 'Graph responded with 503', statusCode: 503 };

describe('the result', () => {
  it('of an applied request holds the partner and keeps to the contract', () => {
    const applied = toResult(aReport({ message: aMessage({ reference: 'CHG1' }) }));
    expect(applied).toMatchObject({
      outcome: 'applied',
      reference: 'CHG1',
      partner: { enableConnection: true },
    });
    expect(applied).not.toHaveProperty('correlationId');
    expect(applied).toMatchObject({ attempts: 1, deliveryCount: 1, completedAt: '1970-01-01T00:00:01.250Z' });
    expect(resultSchema.safeParse(applied).success).toBe(true);
  });

  it.each(['rejected', 'failed'])(
    'of a %s request holds the reason and the request as received',
    (outcome) => {
      const message = aMessage({ reference: 'CHG1', enableConnection: 'yes' });
      const given = toResult(aReport({ outcome, error, message } as never));
      expect(given).toMatchObject({
        outcome,
        error,
        reference: 'CHG1',
        request: { enableConnection: 'yes' },
      });
      expect(resultSchema.safeParse(given).success).toBe(true);
    },
  );

  it.each([4711, null, undefined, ['CHG1']])(
    'has no reference if the request has %j for one',
    (reference) => {
      const message = aMessage({ reference });
      const given = toResult(aReport({ outcome: 'rejected', error, message } as never));
      expect(given).not.toHaveProperty('reference');
      expect(resultSchema.safeParse(given).success).toBe(true);
    },
  );

  it('claims no MessageId that the worker may have changed', () => {
    const given = toResult(aReport({ message: aMessage({}, { messageId: 125_000 }) }));
    expect(given).not.toHaveProperty('messageId');
    expect(resultSchema.safeParse(given).success).toBe(true);
  });

  const bytesOf = (result: object) => Buffer.byteLength(JSON.stringify(result, null, 2));
  const code = '"'.repeat(128);
  const longest = { code, message: '\u{1F600}'.repeat(1_024), statusCode: 503 };
  const id = '\u0001'.repeat(32_000);

  it.each([
    ['control characters', '\u0001'.repeat(16_384)],
    ['quotes', '"'.repeat(16_384)],
    ['characters of four bytes', '\u{1F600}'.repeat(4_096)],
    ['bytes that are not UTF-8', Buffer.alloc(16_384, 0xff)],
    ['numbers that grow', `{${Array.from({ length: 1_500 }, (_, n) => `"${n}":1e20`).join()}}`],
    ['a long reference', JSON.stringify({ reference: '"\\'.repeat(4_000) })],
    ['a reference of control characters', JSON.stringify({ reference: '\u0001'.repeat(2_500) })],
  ])('of a body of %s, with the longest ids and error, is 64 KiB at most', (_, body) => {
    const message = receiveMessage(Buffer.from(body), { messageId: id, correlationId: id });
    const given = toResult(aReport({ outcome: 'failed', error: longest, message } as never));
    expect(bytesOf(given)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
    expect(JSON.stringify(given.request).length).toBeGreaterThan(1_000);
    expect(resultSchema.safeParse(given).success).toBe(true);
  });

  it('of an applied request with the longest of everything is 64 KiB at most, and has the whole request', () => {
    const longest = (length: number, character = '\u{1F600}') => character.repeat(length);
    const texts = {
      requestedBy: longest(256, '\u0001'),
      reference: longest(256, '\u0001'),
      reason: longest(1024, '\u0001'),
    };
    const message = aMessage(
      { ...texts, until: '2030-01-31T18:00:00Z' },
      { messageId: id, correlationId: id },
    );
    const partnerJson = {
      id: partnerId,
      enableConnection: true,
      partnerId: longest(5_000),
      lastSyncDateTime: longest(5_000),
      connectionStatus: longest(5_000),
      statusDetails: longest(50_000),
      agentSetting: {
        agentUrl: `https://${longest(5_000, 'a.')}example`,
        agentSha256: longest(5_000),
        autoDeploymentEnabled: true,
      },
    };
    const read = readGraphResponse(
      { status: 200, headers: {}, body: JSON.stringify(partnerJson) },
      { externalPartnerId: partnerId, enableConnection: true },
    );
    if (!('done' in read) || read.done.outcome !== 'applied') throw new Error('It is not applied.');
    const given = toResult(aReport({ partner: read.done.partner, message }));
    expect(bytesOf(given)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
    expect(given.request).toMatchObject(texts);
    const { partner } = given as Extract<Result, { outcome: 'applied' }>;
    expect(Array.from(partner.statusDetails ?? '')).toHaveLength(4_096);
    expect(Array.from(partner.partnerId ?? '')).toHaveLength(128);
    expect(resultSchema.safeParse(given).success).toBe(true);
  });

  it('is 64 KiB at most also if both the request and the partner are as large as they can be', () => {
    const partner = { id: partnerId, enableConnection: true, statusDetails: '\u{1F600}'.repeat(4_096) };
    const message = receiveMessage(Buffer.from(`{${'"a":1e20,'.repeat(1_600)}"b":1}`), { messageId: id });
    const received = Object.fromEntries(Array.from({ length: 1_500 }, (_, n) => [n, 1e20]));
    const given = toResult(aReport({ partner, message: { ...message, received } as never }));
    expect(bytesOf(given)).toBeLessThanOrEqual(MAX_RESULT_BYTES);
    expect(JSON.stringify(given.request).length).toBeGreaterThan(1_000);
  });

  it('of a body that could not be read holds its text', () => {
    const message = receiveMessage(Buffer.from('nonsense'), { messageId: 'm-1', correlationId: 'c-1' });
    const given = toResult(aReport({ outcome: 'rejected', error, message } as never));
    expect(given).toMatchObject({ messageId: 'm-1', correlationId: 'c-1', request: 'nonsense' });
    expect(resultSchema.safeParse(given).success).toBe(true);
  });
});
