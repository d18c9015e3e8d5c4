import { describe, expect, it } from 'vitest';
import { receiveMessage } from '../../shared/message.ts';
import { aBody } from '../helpers/factories.ts';

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

  it('without metadata counts as a first delivery', () => {
    expect(receiveMessage(aBody(), {})).toMatchObject({ messageId: '', sessionId: '', deliveryCount: 1 });
    expect(receiveMessage(aBody(), { enqueuedTimeUtc: 'soon' }).enqueuedTime).toBeUndefined();
  });
});
