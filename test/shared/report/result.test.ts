import { describe, expect, it } from 'vitest';
import { resultSchema } from '../../../shared/contract/resultSchema.ts';
import { receiveMessage } from '../../../shared/receive/message.ts';
import { toResult } from '../../../shared/report/result.ts';
import { aMessage, aReport } from '../../helpers/factories.ts';

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

  it('of a body that could not be read holds its text', () => {
    const message = receiveMessage(Buffer.from('nonsense'), { messageId: 'm-1', correlationId: 'c-1' });
    const given = toResult(aReport({ outcome: 'rejected', error, message } as never));
    expect(given).toMatchObject({ messageId: 'm-1', correlationId: 'c-1', request: 'nonsense' });
    expect(resultSchema.safeParse(given).success).toBe(true);
  });
});
