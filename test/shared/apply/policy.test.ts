import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkEligibility } from '../../../shared/apply/eligibility.ts';
import { checkPolicy } from '../../../shared/apply/policy.ts';
import type { ConnectionRequest } from '../../../shared/contract/requestSchema.ts';
import type { Policy } from '../../../shared/settings/policySettings.ts';
import { readReferencePattern } from '../../../shared/settings/referencePattern.ts';
import { aMessage, partnerId } from '../../helpers/factories.ts';

const HOUR_MS = 60 * 60 * 1000;
const now = Date.parse('2030-01-31T12:00:00Z');
const inHours = (hours: number) => new Date(now + hours * HOUR_MS).toISOString();

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a policy says to a request: the code and the message of its rejection. */
function refusalOf(policy: Partial<Policy>, request: Partial<ConnectionRequest> = {}): string | undefined {
  const outcome = checkPolicy(
    { externalPartnerId: partnerId, enableConnection: true, ...request },
    { requiredProperties: [], isFrozen: false, ...policy },
  );
  return outcome && 'error' in outcome ? `${outcome.error.code}: ${outcome.error.message}` : undefined;
}

describe('a policy', () => {
  it('that says nothing refuses nothing', () => {
    expect(refusalOf({})).toBeUndefined();
    expect(refusalOf({}, { enableConnection: false })).toBeUndefined();
  });

  it.each([undefined, '', ' \t'])('that requires a reason refuses %j, of disables as well', (reason) => {
    const policy: Partial<Policy> = { requiredProperties: ['reference', 'reason'] };
    for (const enableConnection of [true, false]) {
      const refusal = refusalOf(policy, { enableConnection, reference: 'CHG1', reason });
      expect(refusal).toContain(`policy: reason is ${reason === undefined ? 'missing' : '"'}`);
      expect(refusal).toContain('this installation requires it (REQUIRED_PROPERTIES)');
    }
    expect(refusalOf(policy, { reference: 'CHG1', reason: 'A visit' })).toBeUndefined();
  });

  it('that requires until requires it of enables only', () => {
    const policy: Partial<Policy> = { requiredProperties: ['until'] };
    expect(refusalOf(policy)).toContain('until is missing');
    expect(refusalOf(policy, { until: inHours(1) })).toBeUndefined();
    expect(refusalOf(policy, { enableConnection: false })).toBeUndefined();
  });

  it('with a pattern says what the reference is, and what it has to match', () => {
    const policy = { referencePattern: readReferencePattern('CHG[0-9]{7}') };
    for (const reference of [undefined, '', 'chg0031337', 'CHG0031337 ', 'xCHG0031337', 'CHG0031337\n']) {
      const refusal = refusalOf(policy, { reference });
      expect(refusal).toContain(`reference is ${reference === undefined ? 'missing' : '"'}`);
      expect(refusal).toContain('CHG[0-9]{7}');
      expect(refusal).toContain('(REFERENCE_PATTERN)');
    }
    expect(refusalOf(policy, { reference: 'CHG0031337' })).toBeUndefined();
    expect(refusalOf(policy, { reference: 'CHG0031337', enableConnection: false })).toBeUndefined();
  });

  it.each([
    [undefined, 'missing'],
    [inHours(8.001), '"2030-01-31T20'],
    ['2030-02-01T00:00:00+01:00', '"2030-02-01'],
  ])('with a longest window refuses an enable until %s', (until, shown) => {
    const refusal = refusalOf({ longestWindowHours: 8 }, { until });
    expect(refusal).toContain(`policy: until is ${shown}`);
    expect(refusal).toContain('send a time at most 8 hours ahead (LONGEST_WINDOW_HOURS)');
  });

  it('with a longest window takes one that is just as long, and every disable', () => {
    const policy = { longestWindowHours: 8 };
    expect(refusalOf(policy, { until: inHours(8) })).toBeUndefined();
    expect(refusalOf(policy, { until: '2030-01-31T21:00:00+01:00' })).toBeUndefined();
    expect(refusalOf(policy, { enableConnection: false })).toBeUndefined();
  });

  it('of a freeze refuses enables, windows and checks of them, and no disable', () => {
    const policy = { isFrozen: true };
    expect(refusalOf(policy)).toMatch(/^frozen: .*\(FREEZE\)/);
    expect(refusalOf(policy, { until: inHours(1), validateOnly: true })).toMatch(/^frozen/);
    expect(refusalOf(policy, { enableConnection: false })).toBeUndefined();
  });
});

describe('the order of the checks', () => {
  const rules = {
    allowedExternalPartnerIds: new Set<string>(),
    policy: { requiredProperties: ['reference'], isFrozen: true } as const,
    hasWindows: true,
  };
  const past = '2020-01-01T00:00:00Z';

  it.each([
    ['body', { enableConnection: 'yes' }, { sessionId: 'x' }, 'invalidRequest'],
    ['session', { validUntil: past }, { sessionId: 'x' }, 'sessionIdMismatch'],
    ['allow-list', { validUntil: past }, {}, 'notAllowed'],
  ])('is body, session, allow-list, expiry, policy, freeze: first the %s', (_, body, metadata, code) => {
    expect(checkEligibility(aMessage(body, metadata), rules)).toMatchObject({
      rejection: { error: { code } },
    });
  });

  it.each([
    ['expiry', { until: past }, 'expired'],
    ['policy', { until: '2030-01-31T13:00:00Z' }, 'policy'],
    ['freeze', { until: '2030-01-31T13:00:00Z', reference: 'CHG1' }, 'frozen'],
  ])('then the %s', (_, body, code) => {
    const allowed = { ...rules, allowedExternalPartnerIds: new Set([partnerId]) };
    expect(checkEligibility(aMessage(body), allowed)).toMatchObject({ rejection: { error: { code } } });
  });

  it('is for an end body and session only, as long as there is storage', () => {
    const end = aMessage({ enableConnection: false, endOf: 'w-1' });
    expect(checkEligibility(end, rules)).toMatchObject({ request: { endOf: 'w-1' } });
    expect(checkEligibility(end, { ...rules, hasWindows: false })).toMatchObject({
      rejection: { error: { code: 'notAllowed' } },
    });
  });
});
