import { describe, expect, it } from 'vitest';
import { createCompletedRequests } from '../../../shared/apply/completedRequests.ts';
import { aMessage, aReport } from '../../helpers/factories.ts';

const aDelivery = (
  deliveryCount: number,
  sequenceNumber: number | undefined = 7,
  messageId = 'm-1',
  properties: Record<string, unknown> = {},
) => aMessage(properties, { deliveryCount, sequenceNumber, messageId });

describe('what is remembered', () => {
  it('is the outcome of a message that comes back', () => {
    const { recall, remember } = createCompletedRequests();
    const completed = aReport({ message: aDelivery(7) });
    remember(completed);
    for (const count of [8, 9, 10]) expect(recall(aDelivery(count))).toBe(completed);
  });

  it('is nothing of another message, even if it shares the message id, the sequence number or both', () => {
    const { recall, remember } = createCompletedRequests();
    remember(aReport({ message: aDelivery(1) }));
    expect(recall(aDelivery(2, 8))).toBeUndefined();
    expect(recall(aDelivery(2, 7, 'm-2'))).toBeUndefined();
    expect(recall(aDelivery(2, 7, 'm-1', { enableConnection: false }))).toBeUndefined();
  });

  it('is nothing to a first delivery', () => {
    const { recall, remember } = createCompletedRequests();
    remember(aReport({ message: aDelivery(1) }));
    expect(recall(aDelivery(1))).toBeUndefined();
  });

  it('are the latest thousand partners, of which one that is used again counts as new', () => {
    const { recall, remember } = createCompletedRequests();
    const inSession = (n: number, deliveryCount: number) =>
      aMessage({}, { sessionId: `s-${n}`, sequenceNumber: n + 1, deliveryCount });
    const complete = (n: number) => remember(aReport({ message: inSession(n, 1) }));
    for (let n = 0; n < 1_000; n++) complete(n);
    complete(0);
    expect(recall(inSession(1, 2))).toBeDefined();
    complete(1_000);
    expect(recall(inSession(0, 2))).toBeDefined();
    expect(recall(inSession(1, 2))).toBeUndefined();
    expect(recall(inSession(2, 2))).toBeDefined();
  });
});

describe('a message is outdated', () => {
  const error = { code: 'http404', message: 'No.', statusCode: 404 };

  it('once one with a higher number was applied for the same partner', () => {
    const { isOutdated, remember } = createCompletedRequests();
    expect(isOutdated(aDelivery(1, 7))).toBe(false);
    remember(aReport({ message: aDelivery(1, 8) }));
    expect([7, 8, 9].map((number) => isOutdated(aDelivery(2, number)))).toEqual([true, false, false]);
    expect(isOutdated(aMessage({}, { sessionId: 'another', sequenceNumber: 7 }))).toBe(false);
  });

  it('by nothing that was not applied, or has no number', () => {
    const { isOutdated, remember } = createCompletedRequests();
    remember(aReport({ outcome: 'rejected', error, message: aDelivery(1, 8) } as never));
    remember(aReport({ message: aMessage() }));
    expect(isOutdated(aDelivery(2, 7))).toBe(false);
    remember(aReport({ message: aDelivery(1, 8) }));
    expect(isOutdated(aMessage())).toBe(false);
  });
});
