import { expect, it } from 'vitest';
import { brokenPromises } from '../../soak/check.ts';
import { runSoak } from '../../soak/run.ts';

it('under every fault at once, and killed again and again, the app keeps its promises', {
  timeout: 180_000,
}, async () => {
  const { verdict, leaks } = await runSoak({
    seed: 7,
    requests: 150,
    partners: 24,
    rate: 60,
    killEveryMs: 3_000,
    drainMs: 90_000,
  });
  expect(brokenPromises(verdict)).toEqual([]);
  expect(leaks).toBe(0);
  expect(verdict.requests).toBeGreaterThanOrEqual(150);
  expect(verdict.kills).toBeGreaterThan(0);
  expect(verdict.outcomes.applied).toBeGreaterThan(0);
  expect(verdict.ends).toBeGreaterThan(0);
});
