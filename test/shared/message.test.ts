import { describe, expect, it } from 'vitest';
import { receive } from '../../shared/message.ts';
import { aBody } from '../helpers/factories.ts';

describe('a received message', () => {
  it("has the broker's properties, as text even where the worker parsed them as JSON", () => {
    const message = receive(aBody(), {
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
    const { enqueuedTime } = receive(aBody(), { enqueuedTimeUtc: '2026-01-02T03:04:05.678' });
    expect(enqueuedTime?.toISOString()).toBe('2026-01-02T03:04:05.678Z');
  });

  it('takes nothing of them from its body', () => {
    const message = receive(aBody({ deliveryCount: 9, messageId: 'forged' }), {
      messageId: 'm-1',
      deliveryCount: 1,
    });
    expect(message).toMatchObject({ messageId: 'm-1', deliveryCount: 1 });
  });

  it('is read from text as well as from bytes', () => {
    expect(receive(aBody().toString()).request).toEqual(receive(aBody()).request);
  });

  it('without metadata counts as a first delivery', () => {
    expect(receive(aBody(), {})).toMatchObject({ messageId: '', sessionId: '', deliveryCount: 1 });
    expect(receive(aBody(), { enqueuedTimeUtc: 'soon' }).enqueuedTime).toBeUndefined();
  });
});
