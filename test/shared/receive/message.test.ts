import { describe, expect, it } from 'vitest';
import { receiveMessage } from '../../../shared/receive/message.ts';
import { aBody, partnerId } from '../../helpers/factories.ts';

describe('a received message', () => {
  it("has the broker's properties, as text even where the worker parsed them as JSON", () => {
    const message = receiveMessage(aBody(), {
      messageId: 12,
      sessionId: true,
      deliveryCount: 3,
      enqueuedTimeUtc: '2026-01-02T03:04:05.678Z',
    });
    expect(message).toMatchObject({
      messageId: '12',
      isMessageIdExact: false,
      sessionId: 'true',
      deliveryCount: 3,
    });
    expect(message.enqueuedTime?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
  });

  it.each([20261129055000125000, 1, Number.POSITIVE_INFINITY, 42, true, null, { a: 1 }, ['a']])(
    'has no CorrelationId, and an inexact MessageId, if the worker read %j for them',
    (id) => {
      const message = receiveMessage(aBody(), { messageId: id, correlationId: id });
      expect(message).not.toHaveProperty('correlationId');
      expect(message.isMessageIdExact).toBe(false);
    },
  );

  it('keeps ids of up to 128 characters, and is refused with a longer CorrelationId', () => {
    const id = 'x'.repeat(128);
    const fits = receiveMessage(aBody(), { messageId: id, correlationId: id });
    expect(fits).toMatchObject({ messageId: id, correlationId: id, isMessageIdExact: true });
    expect(fits.request).toBeDefined();
    const metadata = { messageId: 'm-1', correlationId: 'y'.repeat(32_000) };
    expect(receiveMessage(aBody(), metadata)).toMatchObject({
      correlationId: 'y'.repeat(128),
      problem: 'CorrelationId has 32000 characters; send at most 128.',
      received: { externalPartnerId: partnerId },
    });
    expect(receiveMessage(Buffer.from('{'), metadata)).toMatchObject({
      problem: expect.stringMatching(/^CorrelationId has .* The body is not JSON/),
    });
  });

  it('was enqueued at a time in UTC, although the host sends it without an offset', () => {
    const { enqueuedTime } = receiveMessage(aBody(), { enqueuedTimeUtc: '2026-01-02T03:04:05.678' });
    expect(enqueuedTime?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
  });

  it.each(['2026-01-02T03:04:05.678z', '2026-01-02T04:04:05.678+01:00', '2026-01-02T01:34:05.678-0130'])(
    'was enqueued at %s if the host says the offset',
    (enqueuedTimeUtc) => {
      const { enqueuedTime } = receiveMessage(aBody(), { enqueuedTimeUtc });
      expect(enqueuedTime?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
    },
  );

  it('takes nothing of them from its body', () => {
    const message = receiveMessage(aBody({ deliveryCount: 9, messageId: 'forged' }), {
      messageId: 'm-1',
      deliveryCount: 1,
    });
    expect(message).toMatchObject({ messageId: 'm-1', deliveryCount: 1 });
  });

  it('is read from text as well as from bytes', () => {
    expect(receiveMessage(aBody().toString()).request).toEqual(receiveMessage(aBody()).request);
  });

  it('is read from whatever a client made of its body', () => {
    expect(receiveMessage(JSON.parse(aBody().toString())).request).toEqual(receiveMessage(aBody()).request);
    expect(receiveMessage(undefined)).toMatchObject({ received: '', problem: expect.any(String) });
  });

  it('whose ids are null has none', () => {
    const message = receiveMessage(aBody(), { messageId: null, correlationId: null, sequenceNumber: null });
    expect(message.messageId).toBe('');
    expect(message).not.toHaveProperty('correlationId');
    expect(message).not.toHaveProperty('sequenceNumber');
  });

  it('without metadata counts as a first delivery', () => {
    expect(receiveMessage(aBody(), {})).toMatchObject({ messageId: '', sessionId: '', deliveryCount: 1 });
    expect(receiveMessage(aBody(), { enqueuedTimeUtc: 'soon' }).enqueuedTime).toBeUndefined();
  });
});
