import { describe, expect, it } from 'vitest';
import { receiveMessage } from '../../../shared/receive/message.ts';
import { aBody } from '../../helpers/factories.ts';

describe('a received message', () => {
  it("has the broker's properties, as text even where the worker parsed them as JSON", () => {
    const message = receiveMessage(aBody(), {
      messageId: 12,
      sessionId: true,
      correlationId: { a: 1 },
      deliveryCount: 3,
      enqueuedTimeUtc: '2026-01-02T03:04:05.678Z',
    });
    expect(message).toMatchObject({
      messageId: '12',
      sessionId: 'true',
      correlationId: '{"a":1}',
      deliveryCount: 3,
    });
    expect(message.enqueuedTime?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
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
