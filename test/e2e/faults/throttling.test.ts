import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throttled } from '../../../local/graph/graphFault.ts';
import { type App, eventually, startApp } from '../../helpers/app.ts';
import { aPartner, appliedStates, isConnected } from '../../helpers/faults.ts';

describe('429', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ RETRY_BUDGET_SECONDS: '1' });
  });
  afterAll(() => app.stop());

  /** When the calls about a partner arrived. */
  const times = (partner: string) => app.patches(partner).map(({ receivedAt }) => receivedAt);
  /** When Graph had refused the first call about a partner. */
  const firstResponse = (partner: string) =>
    eventually(() => app.patches(partner)[0]?.respondedAt, 'the response to the first call');

  it.each([
    ['absent', undefined],
    ['garbage', 'soon'],
    ['negative', '-5'],
  ])(
    'with Retry-After %s: is tried again after a wait, and Graph ends in the last valid state',
    async (_name, retryAfter) => {
      const partner = aPartner(app, throttled(retryAfter));
      expect(await app.request(partner, { enableConnection: true })).toMatchObject({ outcome: 'applied' });
      const [, second = 0] = times(partner);
      expect(second - (await firstResponse(partner))).toBeGreaterThanOrEqual(490);
      expect(isConnected(app, partner)).toBe(true);
    },
  );

  it('with Retry-After as an HTTP date: is not tried again before that date', async () => {
    const date = new Date(Date.now() + 3_000).toUTCString();
    const partner = aPartner(app, throttled(date));
    expect(await app.request(partner, { enableConnection: true })).toMatchObject({ outcome: 'applied' });
    expect(times(partner)[1]).toBeGreaterThanOrEqual(Date.parse(date));
  });

  it('with Retry-After longer than the budget: is honoured across deliveries, and by every partner', async () => {
    const partner = aPartner(app, throttled('4'));
    const enable = await app.send(partner, { enableConnection: true });
    const disable = await app.send(partner, { enableConnection: false });
    const refused = await firstResponse(partner);
    const others = [aPartner(app), aPartner(app), aPartner(app)];
    await Promise.all(others.map((id) => app.request(id, { enableConnection: true })));
    for (const messageId of [enable, disable]) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
    }
    expect((await app.resultOf(enable)).deliveryCount).toBeGreaterThan(1);
    expect(appliedStates(app, partner)).toEqual([true, false]);
    for (const id of [partner, ...others]) {
      const next = times(id).find((at) => at > refused);
      expect((next ?? 0) - refused).toBeGreaterThanOrEqual(3_990);
    }
  });

  it('with Retry-After longer than all deliveries together: ends failed without another call', async () => {
    const partner = aPartner(app, throttled('3600'));
    const result = await app.request(partner, { enableConnection: true });
    expect(result).toMatchObject({ outcome: 'failed', deliveryCount: 7, error: { statusCode: 429 } });
    expect(app.patches(partner)).toHaveLength(1);
    expect(isConnected(app, partner)).toBe(false);
  });
});
