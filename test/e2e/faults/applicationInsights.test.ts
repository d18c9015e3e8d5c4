import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { always, type Fault } from '../../../local/http/fault.ts';
import { type App, eventually, startApp } from '../../helpers/app.ts';
import { aPartner, appliedStates, isConnected, resultsOf } from '../../helpers/faults.ts';

/** The record in the log, which does not depend on ingestion. */
function isLogged(app: App, messageId: string): boolean {
  const lines = app.logs.join('').split('\n');
  return lines.some((line) => line.includes('ExternalPartnerRequestCompleted') && line.includes(messageId));
}

async function expectToggled(app: App): Promise<void> {
  const partner = aPartner(app);
  const enable = await app.send(partner, { enableConnection: true });
  const disable = await app.send(partner, { enableConnection: false });
  for (const messageId of [enable, disable]) {
    const result = await app.resultOf(messageId);
    expect(result).toMatchObject({ outcome: 'applied', attempts: 1, deliveryCount: 1 });
    expect(resultsOf(app, messageId)).toHaveLength(1);
    expect(isLogged(app, messageId)).toBe(true);
  }
  expect(appliedStates(app, partner)).toEqual([true, false]);
  expect(isConnected(app, partner)).toBe(false);
}

describe('Application Insights', () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.stop());

  const faults: [string, Fault][] = [
    [
      'responds with 429 with a long Retry-After',
      { kind: 'response', status: 429, headers: { 'Retry-After': '3600' } },
    ],
    ['responds with 503', { kind: 'response', status: 503 }],
    ['responds with 402, out of quota', { kind: 'response', status: 402 }],
    ['responds with 500 with HTML', { kind: 'response', status: 500, body: '<html>' }],
    ['responds with 200 with garbage', { kind: 'response', status: 200, body: 'garbage' }],
    ['responds without end', { kind: 'endless' }],
    ['responds with an error without end', { kind: 'endless', status: 400 }],
    ['redirects', { kind: 'response', status: 307, headers: { Location: 'https://localhost:1/' } }],
    ['resets connections', { kind: 'resetBeforeApplying' }],
  ];
  it.each(faults)(
    '%s: requests are applied in order with one result each, and the log has the record',
    async (_name, fault) => {
      app.ingestion.fault = always(fault);
      await expectToggled(app);
    },
  );

  it('refuses connections: requests are applied in order with one result each, and the log has the record', async () => {
    app.ingestion.fault = undefined;
    await app.ingestion.refuse(true);
    await expectToggled(app);
    await app.ingestion.refuse(false);
  });

  it('hangs: requests are applied in order with one result each, and the log has the record', async () => {
    app.ingestion.fault = always({ kind: 'hang' });
    await expectToggled(app);
  });

  it('hangs: 16 requests at once wait side by side, not one after the other', async () => {
    app.ingestion.fault = always({ kind: 'hang' });
    const partners = Array.from({ length: 16 }, () => aPartner(app));
    const messageIds = await Promise.all(partners.map((id) => app.send(id, { enableConnection: true })));
    for (const messageId of messageIds) {
      expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
    }
    const steps = app.serviceBus.journal
      .filter(({ messageId = '' }) => messageIds.includes(messageId))
      .map(({ type }) => type)
      .filter((type) => type === 'delivered' || type === 'completed');
    // One after the other, the first would be completed before the second is delivered.
    expect(steps.indexOf('completed')).toBeGreaterThan(1);
  });

  it('comes back: the next record arrives', async () => {
    await app.ingestion.refuse(true);
    await app.ingestion.refuse(false);
    app.ingestion.fault = undefined;
    const messageId = await app.send(aPartner(app), { enableConnection: true });
    expect((await app.eventOf(messageId)).properties.outcome).toBe('applied');
  });
});

it('Application Insights that redirects to a host of somebody else: the record does not go there, and a warning says so', async () => {
  const app = await startApp();
  try {
    const headers = { Location: 'https://attacker.example/v2.1/track' };
    app.ingestion.fault = always({ kind: 'response', status: 308, headers });
    await expectToggled(app);
    const warning = 'it responded with 308, a redirect to https://attacker.example/v2.1/track';
    await eventually(() => app.logs.join('').includes(warning) || undefined, 'the warning');
  } finally {
    await app.stop();
  }
});

describe.each([
  ['no connection string', ''],
  ['a malformed connection string', 'garbage'],
  [
    'a connection string to nowhere',
    'InstrumentationKey=00000000-0000-0000-0000-000000000000;IngestionEndpoint=https://localhost:1/;LiveEndpoint=https://localhost:1/',
  ],
])('an app with %s', (_name, connectionString) => {
  let app: App;
  beforeAll(async () => {
    app = await startApp({ APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString });
  });
  afterAll(() => app.stop());

  it('applies requests in order with one result each, and its log has the record', async () => {
    await expectToggled(app);
    expect(app.ingestion.journal).toEqual([]);
    const warning = 'APPLICATIONINSIGHTS_CONNECTION_STRING is malformed: set';
    expect(app.logs.join('').includes(warning)).toBe(connectionString === 'garbage');
  });
});
