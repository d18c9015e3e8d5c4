import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { html, json } from '../../../local/graph/graphFault.ts';
import { always, type Fault, inOrder } from '../../../local/http/fault.ts';
import { type App, eventually, startApp } from '../../helpers/app.ts';
import { aPartner, appliedStates, happened, isConnected, reasonOf, resultsOf } from '../../helpers/faults.ts';

const marker = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYXJrZXIifQ.c2VjcmV0';

let app: App;
beforeAll(async () => {
  app = await startApp({ RETRY_BUDGET_SECONDS: '2' });
});
afterAll(() => app.stop());

/** Without a token: the process that had one is gone, and the next one asks for a token as soon as it starts. */
async function restartWith(prepare: () => unknown): Promise<void> {
  await app.stopHost();
  app.identity.fault = undefined;
  app.identity.lifetimeSeconds = 86_400;
  await prepare();
  await app.startHost();
}

describe('an identity endpoint with a passing fault', () => {
  const passing: [string, Fault][] = [
    ['500', json(500, { statusCode: 500, message: 'Later.' })],
    ['400', json(400, { statusCode: 400, message: 'No managed identity.' })],
    ['a reset', { kind: 'resetBeforeApplying' }],
    ['HTML', html()],
    ['nothing', json(200, '')],
    ['a response without end', { kind: 'endless' }],
    ['truncated JSON', json(200, `{"access_token":"${marker}`)],
    ['JSON without a token', json(200, { expires_on: '1' })],
  ];
  it.each(passing)(
    '%s: Graph ends in the last valid state, in order, and both have their results',
    async (_name, fault) => {
      // The one at the start, and the one of the first request.
      await restartWith(() => {
        app.identity.fault = inOrder(fault, fault);
      });
      const partner = aPartner(app);
      const enable = await app.send(partner, { enableConnection: true });
      const disable = await app.send(partner, { enableConnection: false });
      expect(await app.resultOf(enable)).toMatchObject({ outcome: 'applied' });
      expect(await app.resultOf(disable)).toMatchObject({ outcome: 'applied' });
      expect(appliedStates(app, partner)).toEqual([true, false]);
      expect((await app.eventOf(enable)).properties.outcome).toBe('applied');
    },
  );

  it('a refused connection: is waited out, without a call to Graph in the meantime', async () => {
    await restartWith(() => app.identity.refuse(true));
    const partner = aPartner(app);
    const messageId = await app.send(partner, { enableConnection: true });
    await sleep(500);
    expect(app.patches(partner)).toEqual([]);
    await app.identity.refuse(false);
    expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
    expect(isConnected(app, partner)).toBe(true);
  });

  it('a token that has expired: Graph refuses it, and a fresh one is used', async () => {
    await restartWith(() => {
      app.identity.lifetimeSeconds = -60;
    });
    const partner = aPartner(app);
    const messageId = await app.send(partner, { enableConnection: true });
    await eventually(() => app.patches(partner)[0], 'the call with the expired token');
    app.identity.lifetimeSeconds = 86_400;
    expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
    expect(app.patches(partner)[0]).toMatchObject({ status: 401, applied: false });
    expect(isConnected(app, partner)).toBe(true);
  });

  it('a token that takes until after validUntil: the request is not applied', async () => {
    await restartWith(() => {
      app.identity.fault = inOrder({ kind: 'delay', delayMs: 5_000 });
    });
    const partner = aPartner(app);
    const validUntil = new Date(Date.now() + 2_500).toISOString();
    const result = await app.request(partner, { enableConnection: true, validUntil });
    expect(result).toMatchObject({ outcome: 'rejected', error: { code: 'expired' } });
    expect(app.patches(partner)).toEqual([]);
  });
});

/** Asked for once a PATCH is on its way, to close the windows of its partner. */
const STORAGE = 'https://storage.azure.com';

/** What tokens were asked for. */
const askedSince = (before: number) =>
  app.identity.journal.slice(before).map(({ resource }) => (resource === app.graph.url ? 'Graph' : resource));

describe('16 requests that arrive at once', () => {
  const sixteen = async () => {
    const partners = Array.from({ length: 16 }, () => aPartner(app));
    const messageIds = await Promise.all(partners.map((id) => app.send(id, { enableConnection: true })));
    return { partners, messageIds };
  };

  it('share one slow request for a token, and each has its result', async () => {
    const before = app.identity.journal.length;
    await restartWith(() => {
      app.identity.fault = inOrder({ kind: 'delay', delayMs: 3_000 });
    });
    const { partners, messageIds } = await sixteen();
    for (const messageId of messageIds) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied', attempts: 1 });
    }
    expect(askedSince(before)).toEqual(['Graph', STORAGE]);
    expect(partners.every((id) => isConnected(app, id))).toBe(true);
  });

  it('share one request that hangs, and each has its result once there is a token', async () => {
    const before = app.identity.journal.length;
    await restartWith(() => {
      app.identity.fault = inOrder({ kind: 'hang' });
    });
    const { partners, messageIds } = await sixteen();
    await eventually(
      () => messageIds.every((messageId) => happened(app, 'delivered', messageId) === 1) || undefined,
      'all deliveries',
    );
    expect(askedSince(before)).toEqual(['Graph']);
    for (const messageId of messageIds) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
      expect(resultsOf(app, messageId)).toHaveLength(1);
    }
    expect(askedSince(before)).toEqual(['Graph', 'Graph', STORAGE]);
    expect(partners.every((id) => isConnected(app, id))).toBe(true);
  });
});

it('a process asks for its token as it starts, before there is any request', async () => {
  const before = app.identity.journal.length;
  await restartWith(() => undefined);
  await eventually(() => app.identity.journal[before], 'the request for a token');
  await app.request(aPartner(app), { enableConnection: true });
  expect(askedSince(before)).toEqual(['Graph', STORAGE]);
});

describe('an identity endpoint that stays broken', () => {
  let broken: App;
  beforeAll(async () => {
    const settings = { RETRY_BUDGET_SECONDS: '1', MAX_DELIVERY_COUNT: '2' };
    broken = await startApp(settings, { requestsQueue: { maxDeliveryCount: 2 } });
  });
  afterAll(() => broken.stop());

  it('has its requests fail on the last delivery, without a call to Graph, and nothing secret of what it says leaves', async () => {
    const message = `No managed identity for Bearer ${marker} (${marker}).`;
    broken.identity.fault = always(json(400, { statusCode: 400, message }));
    const partner = aPartner(broken);
    const messageId = await broken.send(partner, { enableConnection: true });
    const result = await broken.resultOf(messageId);
    expect(result).toMatchObject({ outcome: 'failed', deliveryCount: 2, error: { code: 'noToken' } });
    expect(reasonOf(result)).toMatch(
      /^The managed identity gave no token: .*No managed identity for \[redacted\] \(\[redacted\]\)/,
    );
    expect((await broken.eventOf(messageId)).properties.errorMessage).toBe(reasonOf(result));
    expect(JSON.stringify([broken.logs, broken.results, broken.ingestion.envelopes])).not.toContain('eyJ');
    expect(broken.patches(partner)).toEqual([]);
  });
});
