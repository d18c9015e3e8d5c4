import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkEligibility } from '../../../shared/apply/eligibility.ts';
import { isValidIn } from '../../../shared/apply/expiry.ts';
import { aMessage, partnerId } from '../../helpers/factories.ts';

const other = '00000000-0000-4000-8000-000000000000';
const rejection = (code: string, message: string) => ({
  rejection: { outcome: 'rejected', error: { code, message: expect.stringContaining(message) } },
});

describe('a message', () => {
  it('with a valid request in its own session may be sent to Graph', () => {
    const message = aMessage({ externalPartnerId: partnerId.toUpperCase() });
    expect(checkEligibility(message, {})).toEqual({ request: message.request });
    expect(checkEligibility(message, { allowedExternalPartnerIds: new Set([other, partnerId]) })).toEqual({
      request: message.request,
    });
  });

  it('whose body is not a request is rejected with the reason', () => {
    const message = aMessage({ enableConnection: 'yes' });
    expect(checkEligibility(message, {})).toEqual(rejection('invalidRequest', 'enableConnection is "yes"'));
  });

  it.each([other, partnerId.toUpperCase(), ''])(
    'in the session "%s" is told which one to use',
    (sessionId) => {
      const message = aMessage({}, { sessionId });
      expect(checkEligibility(message, {})).toEqual(
        rejection('sessionIdMismatch', `send SessionId ${partnerId}.`),
      );
    },
  );

  it('for a partner that is not on the list is rejected, and so is every partner if the list is empty', () => {
    const refused = rejection('notAllowed', partnerId);
    expect(checkEligibility(aMessage(), { allowedExternalPartnerIds: new Set([other]) })).toEqual(refused);
    expect(checkEligibility(aMessage(), { allowedExternalPartnerIds: new Set() })).toEqual(refused);
  });
});

describe('a request', () => {
  const validUntil = '2030-01-31T18:00:00+01:00';
  const instant = Date.parse(validUntil);

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is valid until the very instant that it says, and not in it', () => {
    vi.setSystemTime(instant - 1);
    expect([0, 1].map((ms) => isValidIn(ms, { validUntil }))).toEqual([true, false]);
    vi.setSystemTime(instant);
    expect(isValidIn(0, { validUntil })).toBe(false);
  });

  it('without an end is valid for ever', () => {
    expect(isValidIn(Number.MAX_SAFE_INTEGER, {})).toBe(true);
  });

  it('that has expired is rejected, after everything else was checked', () => {
    vi.setSystemTime(instant);
    expect(checkEligibility(aMessage({ validUntil }), {})).toEqual(rejection('expired', 'send it again'));
    expect(checkEligibility(aMessage({ validUntil }, { deliveryCount: 2 }), {})).toEqual(
      rejection('expired', 'may have been applied'),
    );
    expect(checkEligibility(aMessage({ validUntil }), { allowedExternalPartnerIds: new Set() })).toEqual(
      rejection('notAllowed', partnerId),
    );
  });
});
