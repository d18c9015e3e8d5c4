import { describe, expect, it } from 'vitest';
import { checkEligibility, timeLeft } from '../../../shared/apply/eligibility.ts';
import { aMessage, partnerId } from '../../helpers/factories.ts';

const other = '00000000-0000-4000-8000-000000000000';
const rejection = (code: string, message: string) => ({
  rejection: { outcome: 'rejected', error: { code, message: expect.stringContaining(message) } },
});

describe('a message', () => {
  it('with a valid request in its own session may be sent to Graph', () => {
    const message = aMessage({ externalPartnerId: partnerId.toUpperCase() });
    expect(checkEligibility(message, undefined)).toEqual({ request: message.request });
    expect(checkEligibility(message, new Set([other, partnerId]))).toEqual({ request: message.request });
  });

  it('whose body is no request is rejected with the reason', () => {
    const message = aMessage({ enableConnection: 'yes' });
    expect(checkEligibility(message, undefined)).toEqual(
      rejection('invalidRequest', 'enableConnection is "yes"'),
    );
  });

  it.each([other, partnerId.toUpperCase(), ''])(
    'in the session "%s" is told which one to use',
    (sessionId) => {
      const message = aMessage({}, { sessionId });
      expect(checkEligibility(message, undefined)).toEqual(
        rejection('sessionIdMismatch', `send SessionId ${partnerId}.`),
      );
    },
  );

  it('for a partner that is not on the list is rejected, and so is every partner if the list is empty', () => {
    const refused = rejection('notAllowed', partnerId);
    expect(checkEligibility(aMessage(), new Set([other]))).toEqual(refused);
    expect(checkEligibility(aMessage(), new Set())).toEqual(refused);
  });
});

describe('a request', () => {
  const validUntil = '2030-01-31T18:00:00+01:00';
  const instant = Date.parse(validUntil);

  it('has the time until the very instant that it is valid until', () => {
    expect(timeLeft({ validUntil }, instant - 1)).toBe(1);
    expect(timeLeft({ validUntil }, instant)).toBe(0);
    expect(timeLeft({ validUntil }, instant + 1)).toBe(-1);
  });

  it('without an end has time for ever', () => {
    expect(timeLeft({}, Number.MAX_SAFE_INTEGER)).toBe(Number.POSITIVE_INFINITY);
  });
});
