import { expect, it } from 'vitest';
import { RedeliveryError } from '../../../shared/report/redelivery.ts';
import { aMessage, aReport } from '../../helpers/factories.ts';

it('says in the log of the host which delivery ended, how often it tried and why', () => {
  const report = aReport({ message: aMessage({}, { deliveryCount: 2 }), attempts: 3 });
  const error = { code: 'http503', message: 'Graph responded with 503' };
  const redelivery = new RedeliveryError({ ...report, outcome: 'redelivery', error });
  expect(redelivery).toBeInstanceOf(Error);
  expect(String(redelivery)).toBe(
    'RedeliveryError: Not applied in delivery 2 (attempts: 3); to be delivered again. Graph responded with 503',
  );
});
