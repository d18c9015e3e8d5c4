import { describe, expect, it } from 'vitest';
import { brokenPromises, check } from '../../soak/check.ts';
import type { Observation, Posted } from '../../soak/observation.ts';

const partner = 'p';
const posted: Posted[] = [
  { messageId: 'first', externalPartnerId: partner, enableConnection: true, validUntil: 5_000 },
  { messageId: 'second', externalPartnerId: partner, enableConnection: false },
];
const enqueued = (messageId: string): Observation => ({ type: 'enqueued', at: 0, messageId });
const delivered = (messageId: string): Observation => ({
  type: 'delivered',
  at: 1,
  messageId,
  sessionId: partner,
});
const applied = (enableConnection: boolean, at = 2): Observation => ({
  type: 'applied',
  at,
  externalPartnerId: partner,
  enableConnection,
});
const resultOf = (messageId: string, outcome = 'applied', at = 3): Observation => ({
  type: 'result',
  at,
  messageId,
  outcome,
});
const both = [enqueued('first'), enqueued('second')];
const first = [delivered('first'), applied(true), resultOf('first')];
const second = [delivered('second'), applied(false), resultOf('second')];
const verdict = (observations: Observation[], state = false, waiting: string[] = []) =>
  check(posted, observations, new Map([[partner, state]]), new Set(waiting));

describe('the checker of the soak run', () => {
  it('finds nothing wrong where every promise is kept, a repetition after a crash included', () => {
    const crash: Observation[] = [delivered('first'), applied(true), { type: 'killed', at: 2 }];
    const kept = verdict([...both, ...crash, ...first, resultOf('first'), ...second]);
    expect(brokenPromises(kept)).toEqual([]);
    expect(kept).toMatchObject({ requests: 2, outcomes: { applied: 2 }, duplicateResults: 1, kills: 1 });
  });

  it('sees a request that is applied after a later one', () => {
    const broken = verdict([...both, ...second, ...first], true);
    expect(broken.orderViolations).toEqual(['first was applied after second, which came later']);
  });

  it('sees a state that nobody asked for at the time', () => {
    const broken = verdict(
      [...both, ...first, delivered('second'), applied(false), applied(true), resultOf('second')],
      true,
    );
    expect(broken.orderViolations).toEqual(['second was in flight when enableConnection true was applied']);
  });

  it('sees a request that is applied after validUntil', () => {
    const broken = verdict([...both, delivered('first'), applied(true, 7_000), resultOf('first'), ...second]);
    expect(broken.lateApplications).toEqual(['first was applied 2000 ms after its time']);
  });

  it('sees a wrong final state, and a result that is not true', () => {
    expect(verdict([...both, ...first, ...second], true).wrongStates).toHaveLength(1);
    const untrue = verdict([...both, ...first, delivered('second'), resultOf('second')], true);
    expect(untrue.wrongStates).toEqual(['second has the result applied, and Graph never applied it']);
  });

  it('sees results that contradict each other, unless a crash fell between', () => {
    const contradicting = [...both, ...first, resultOf('first', 'rejected', 4), ...second];
    expect(verdict(contradicting).contradictions).toEqual([
      'first has the results applied and then rejected',
    ]);
    expect(verdict([{ type: 'killed', at: 4 }, ...contradicting]).contradictions).toEqual([]);
  });

  it('sees a request that is lost, and none that waits or was dead-lettered', () => {
    expect(verdict([...both, ...first]).lost).toEqual(['second']);
    expect(verdict([...both, ...first], true, ['second']).lost).toEqual([]);
    const dead: Observation = { type: 'deadLettered', at: 4, messageId: 'second' };
    expect(verdict([...both, ...first, dead], true)).toMatchObject({ lost: [], deadLettered: 1 });
  });
});
