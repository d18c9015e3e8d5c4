import { describe, expect, it } from 'vitest';
import { checkWindows } from '../../soak/checkWindows.ts';
import type { Observation, Posted } from '../../soak/observation.ts';

const partner = 'p';
const request = (messageId: string, enableConnection: boolean, properties: Partial<Posted> = {}): Posted => ({
  messageId,
  externalPartnerId: partner,
  enableConnection,
  ...properties,
});
const requests = new Map(
  [
    request('short', true, { until: 10_000 }),
    request('long', true, { until: 20_000 }),
    request('end of short', false, { endOf: 'short' }),
    request('end of long', false, { endOf: 'long' }),
    request('enable', true),
    request('disable', false),
  ].map((one) => [one.messageId, one]),
);
/** A delivery that Graph applies at once. */
const applied = (messageId: string, at: number): Observation[] => [
  { type: 'delivered', at, messageId, sessionId: partner },
  {
    type: 'applied',
    at,
    externalPartnerId: partner,
    enableConnection: requests.get(messageId)?.enableConnection ?? false,
  },
];
const delivered = (messageId: string, at: number): Observation[] => applied(messageId, at).slice(0, 1);
const check = (
  observations: readonly Observation[],
  isEnabled = false,
  { outcomes = {}, left = [] }: { outcomes?: Record<string, string>; left?: readonly string[] } = {},
) => {
  const all = new Map([...requests.keys()].map((id) => [id, outcomes[id] ?? 'applied']));
  return checkWindows(requests, observations, all, new Map([[partner, isEnabled]]), new Set(left));
};
const kept = { openTooLong: [], cutOff: [] };

describe('the checker of windows', () => {
  it('finds nothing wrong with windows that add up, and end by the last', () => {
    const both = [...applied('short', 1_000), ...applied('long', 2_000)];
    const seen = [...both, ...delivered('end of short', 10_100), ...applied('end of long', 20_500)];
    expect(check(seen)).toMatchObject({ ...kept, longestEndMs: 0 });
  });

  it('finds nothing wrong with an end that takes a while, and tells how long', () => {
    const late = applied('end of short', 40_000).slice(1);
    const seen = [...applied('short', 1_000), ...delivered('end of short', 12_000), ...late];
    expect(check(seen)).toMatchObject({ ...kept, longestEndMs: 28_000 });
  });

  it('finds nothing wrong with a request without an end that closes windows', () => {
    const enabled = [...applied('short', 1_000), ...applied('enable', 2_000)];
    expect(check([...enabled, ...delivered('end of short', 10_100)], true)).toMatchObject(kept);
    const disabled = [...applied('long', 1_000), ...applied('disable', 2_000)];
    const again = [...disabled, ...applied('short', 3_000), ...applied('end of short', 10_100)];
    expect(check(again)).toMatchObject(kept);
  });

  it('sees an end that comes while another window is open', () => {
    const both = [...applied('short', 1_000), ...applied('long', 2_000)];
    expect(check([...both, ...applied('end of short', 10_100)]).cutOff).toEqual([
      'long was cut off 9900 ms early by end of short',
    ]);
  });

  it('does not hold against an end what nobody knows for certain', () => {
    const both = [...applied('short', 1_000), ...applied('long', 2_000)];
    const ended = [...both, ...applied('end of short', 10_100)];
    expect(check(ended, false, { outcomes: { long: 'failed' } })).toMatchObject(kept);
    const closed = [...both, ...applied('disable', 3_000), ...applied('end of short', 10_100)];
    expect(check(closed, false, { left: ['disable'] })).toMatchObject(kept);
  });

  it('sees a partner that stays enabled after its windows', () => {
    expect(check(applied('short', 1_000), true).openTooLong).toEqual([
      'p is still enabled after its windows (short)',
    ]);
    const forgotten = [...applied('enable', 500), ...applied('short', 1_000)];
    expect(check(forgotten, true).openTooLong).toHaveLength(1);
  });

  it('gives an end that could not be applied until the next one to disable the partner', () => {
    const seen = [
      ...applied('short', 1_000),
      ...delivered('end of short', 12_000),
      ...applied('disable', 80_000),
    ];
    expect(check(seen, false, { outcomes: { 'end of short': 'failed' } })).toMatchObject(kept);
    expect(check(seen, false, { outcomes: { 'end of short': 'applied' } }).openTooLong).toHaveLength(1);
  });

  it('sees an end that comes much too late', () => {
    const seen = [...applied('short', 1_000), ...applied('disable', 80_000)];
    expect(check(seen).openTooLong).toEqual(['p was disabled 70000 ms after the end of its last window']);
  });
});
