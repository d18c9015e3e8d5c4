import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { serverBusy } from '../../../local/blobStorage/storageFault.ts';
import {
  badRequest,
  forbidden,
  gatewayTimeout,
  notFound,
  serviceUnavailable,
} from '../../../local/graph/graphFault.ts';
import { always, inOrder, when } from '../../../local/http/fault.ts';
import { CONTAINER, type InProcess, startInProcess, type WaitingEnd } from '../../helpers/inProcess.ts';

const HOUR_MS = 60 * 60 * 1000;
const FIVE_MINUTES_MS = 5 * 60 * 1000;
/** The last delivery that may try, and the last one. */
const LAST_TRY = { deliveryCount: 2 };
const LAST = { deliveryCount: 3 };

let inProcess: InProcess;
beforeAll(async () => {
  inProcess = await startInProcess();
});
afterAll(() => inProcess.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  inProcess.repair();
});

type RunningApp = ReturnType<InProcess['start']>;

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const patches = (partner: string) =>
  inProcess.graph.journal.filter((call) => call.method === 'PATCH' && call.externalPartnerId === partner);
const errorOf = (report: object) => (report as { error?: { message: string } }).error?.message;

/** Opens windows that last so many hours; returns their ends. */
async function open(app: RunningApp, partner: string, ...hours: number[]): Promise<WaitingEnd[]> {
  for (const one of hours) {
    const request = { enableConnection: true, until: inHours(one), reference: `CHG${one}` };
    expect(await app.deliver(partner, request)).toMatchObject({ outcome: 'applied' });
  }
  return inProcess.ends(partner);
}

/** Opens a window of an hour, and waits for its end. */
async function openUntilNow(app: RunningApp, partner: string): Promise<WaitingEnd> {
  const [end] = await open(app, partner, 1);
  if (!end) throw new Error('There is no end.');
  vi.setSystemTime(end.at);
  return end;
}

async function at(app: RunningApp, end: WaitingEnd | undefined, metadata = {}) {
  if (!end) throw new Error('There is no end.');
  vi.setSystemTime(Math.max(Date.now(), Number(end.at)));
  return app.deliverEnd(end, metadata);
}

describe('an end', () => {
  it('disables the partner, and has the request of its window on record', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    const report = await at(app, end);
    expect(report).toMatchObject({ outcome: 'applied', partner: { enableConnection: false } });
    expect(inProcess.stored(partner)).toBeUndefined();
    expect(JSON.parse(report.lines[0] ?? '')).toMatchObject({
      outcome: 'applied',
      endOf: end.body.endOf,
      reference: 'CHG1',
      enableConnection: 'false',
    });
  });

  it('that is delivered twice changes nothing the second time', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    await at(app, end);
    inProcess.enable(partner);
    for (const again of [app, inProcess.start()]) {
      expect(await at(again, { ...end, messageId: randomUUID() })).toMatchObject({
        outcome: 'unchanged',
        reason: { code: 'windowClosed' },
        calls: [],
      });
    }
    expect(inProcess.isEnabled(partner)).toBe(true);
  });

  it('finds its window again after a crash between the PATCH and storage, and disables once more', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    inProcess.blobStorage.fault = when(({ method }) => method === 'DELETE', always(serverBusy()));
    expect(await at(app, end)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toHaveLength(1);
    inProcess.repair();
    expect(await at(inProcess.start(), end, LAST_TRY)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toBeUndefined();
  });

  it.each([
    ['shorter', 1, 2],
    ['longer', 2, 1],
  ])('leaves the partner enabled while a %s window is open, in both orders', async (_, first, second) => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const ends = await open(app, partner, first, second);
    const [early, late] = ends.sort((one, other) => Number(one.at) - Number(other.at));
    expect(await at(app, early)).toMatchObject({
      outcome: 'unchanged',
      reason: { code: 'windowOpen', until: expect.any(String) },
      calls: [],
    });
    expect(inProcess.stored(partner)).toMatchObject([{ reference: 'CHG2' }]);
    expect(inProcess.isEnabled(partner)).toBe(true);
    expect(await at(app, late)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it.each([
    [0, 0],
    [0, 400],
    [400, 0],
  ])(
    'of one of two windows of the same second (%i ms, %i ms) never disables before the other',
    async (...ms) => {
      const partner = inProcess.aPartner();
      const app = inProcess.start();
      const second = Math.ceil((Date.now() + HOUR_MS) / 1000) * 1000;
      for (const one of ms) {
        const until = new Date(second + one).toISOString();
        await app.deliver(partner, { enableConnection: true, until });
      }
      for (const end of inProcess.ends(partner).sort((one, other) => Number(one.at) - Number(other.at))) {
        await at(app, end);
        if (Date.now() < second + Math.max(...ms)) expect(inProcess.isEnabled(partner)).toBe(true);
      }
      expect(inProcess.isEnabled(partner)).toBe(false);
      expect(inProcess.stored(partner)).toBeUndefined();
    },
  );

  it('does not wait for another window that is overdue, and cleans up after it', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const [, late] = await open(app, partner, 1, 2);
    expect(await at(app, late)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toBeUndefined();
  });

  it('that comes before its time, or names a window that nobody has opened, changes nothing', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const [end] = await open(app, partner, 1);
    const endOf = (id: unknown) => app.deliver(partner, { enableConnection: false, endOf: id });
    expect(await endOf(end?.body.endOf)).toMatchObject({
      outcome: 'unchanged',
      reason: { code: 'windowOpen' },
    });
    expect(await endOf('another')).toMatchObject({ outcome: 'unchanged', reason: { code: 'windowClosed' } });
    expect(inProcess.stored(partner)).toHaveLength(1);
    expect(inProcess.isEnabled(partner)).toBe(true);
  });

  it('goes by the clock of Service Bus if that of the app is behind', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const [end] = await open(app, partner, 1);
    vi.setSystemTime(Number(end?.at) - 30_000);
    if (end) expect(await app.deliverEnd(end)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it('passes policy, freeze and the allow-list', async () => {
    const partner = inProcess.aPartner();
    const end = await openUntilNow(inProcess.start(), partner);
    const strict = inProcess.start({
      FREEZE: 'true',
      REQUIRED_PROPERTIES: 'reason',
      REFERENCE_PATTERN: 'INC',
      ALLOWED_EXTERNAL_PARTNER_IDS: randomUUID(),
    });
    expect(await at(strict, end)).toMatchObject({ outcome: 'applied' });
  });
});

describe('an end that cannot be applied', () => {
  it.each([
    ['Graph is down', serviceUnavailable(), 'failed'],
    ['Graph refuses the identity', forbidden(), 'failed'],
    ['Graph rejects it', badRequest(), 'rejected'],
  ])('because %s comes again five minutes later, says so, and then disables', async (_, fault, outcome) => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    inProcess.graph.fault = always(fault);
    const report = await at(app, end, LAST_TRY);
    const again = inProcess.ends(partner)[1];
    expect(report.outcome).toBe(outcome);
    expect(again?.body).toEqual(end.body);
    expect(again?.messageId).not.toBe(end.messageId);
    expect(Number(again?.at)).toBeGreaterThanOrEqual(Number(end.at) + FIVE_MINUTES_MS);
    expect(errorOf(report)).toMatch(/This end comes again at \d{4}-/);
    inProcess.repair();
    expect(await at(inProcess.start(), again)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toBeUndefined();
  });

  it('because another request for the partner is still being tried comes again', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start({ GRAPH_TIMEOUT_SECONDS: '3' });
    const end = await openUntilNow(app, partner);
    inProcess.graph.fault = inOrder({ kind: 'hang' });
    const other = app.deliver(partner, { enableConnection: true });
    const report = await at(app, end, LAST_TRY);
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'partnerBusy' } });
    expect(errorOf(report)).toContain('This end comes again at');
    await other;
  });

  it('and not be put on the queue either is delivered again to the last, and then says what to do', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    inProcess.graph.fault = always(forbidden());
    inProcess.serviceBus.httpFault = always({ kind: 'response', status: 503 });
    expect(await at(app, end, LAST_TRY)).toMatchObject({ outcome: 'redelivery', error: { statusCode: 403 } });
    const last = await at(app, end, LAST);
    expect(last).toMatchObject({ outcome: 'failed', error: { statusCode: 403 } });
    expect(errorOf(last)).toMatch(
      /Service Bus responded with 503.*This end does not come again: disable the partner\.$/,
    );
    expect(inProcess.ends(partner)).toHaveLength(1);
  });

  it('at first is applied as soon as Graph can, though Graph had applied it and said that it had not', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start({ RETRY_BUDGET_SECONDS: '30' });
    const end = await openUntilNow(app, partner);
    inProcess.graph.fault = inOrder(gatewayTimeout({ apply: true }));
    expect(await at(app, end)).toMatchObject({ outcome: 'applied', attempts: 2 });
  });

  it('because the partner is gone does not come again', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    inProcess.graph.fault = always(notFound());
    const report = await at(app, end);
    expect(report).toMatchObject({ outcome: 'rejected', error: { statusCode: 404 } });
    expect(errorOf(report)).not.toContain('comes again');
    expect(inProcess.ends(partner)).toHaveLength(1);
    expect(inProcess.stored(partner)).toBeUndefined();
  });
});

describe('an end without storage', () => {
  it('is delivered again, and disables in the last delivery that may try', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    inProcess.blobStorage.fault = always(serverBusy());
    expect(await at(app, end)).toMatchObject({ outcome: 'redelivery', error: { code: 'noStorage' } });
    expect(patches(partner)).toHaveLength(1);
    expect(await at(app, end, LAST_TRY)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it('does not disable a partner that the app may not change, and comes again', async () => {
    const partner = inProcess.aPartner();
    const end = await openUntilNow(inProcess.start(), partner);
    inProcess.blobStorage.fault = always(serverBusy());
    const app = inProcess.start({ ALLOWED_EXTERNAL_PARTNER_IDS: randomUUID() });
    const report = await at(app, end, LAST_TRY);
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'noStorage' } });
    expect(errorOf(report)).toContain('This end comes again at');
    expect(patches(partner)).toHaveLength(1);
  });

  it('disables as well if what is stored was not written by this app', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const end = await openUntilNow(app, partner);
    const blobs = inProcess.blobStorage.containers.get(CONTAINER);
    const blob = blobs?.get(`${partner}.json`);
    if (blob) blobs?.set(`${partner}.json`, { ...blob, content: Buffer.from('{"windows":[{}]}') });
    const report = await at(app, end);
    expect(report).toMatchObject({ outcome: 'redelivery', error: { code: 'noStorage' } });
    expect(await at(app, end, LAST_TRY)).toMatchObject({ outcome: 'applied' });
  });
});

describe('a request without an end', () => {
  it.each([true, false])('closes every window once it is applied: enableConnection %s', async (enabled) => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const [, end] = await open(app, partner, 2, 1);
    expect(await app.deliver(partner, { enableConnection: enabled })).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toBeUndefined();
    expect(await at(app, end)).toMatchObject({ outcome: 'unchanged', reason: { code: 'windowClosed' } });
    expect(inProcess.isEnabled(partner)).toBe(enabled);
  });

  it.each([
    ['rejected', badRequest()],
    ['failed', forbidden()],
  ])('that is %s closes none', async (outcome, fault) => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    await open(app, partner, 1);
    inProcess.graph.fault = always(fault);
    expect(await app.deliver(partner, { enableConnection: false })).toMatchObject({ outcome });
    expect(inProcess.stored(partner)).toHaveLength(1);
  });

  it('is applied though storage is down, has that on record, and closes the windows if it comes back', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    await open(app, partner, 1);
    inProcess.blobStorage.fault = always(serverBusy());
    const messageId = randomUUID();
    const report = await app.deliver(partner, { enableConnection: true }, { messageId });
    expect(report).toMatchObject({ outcome: 'applied' });
    expect(report.lines.join('\n')).toContain('the end of one may disable it');
    expect(JSON.parse(report.lines.at(-1) ?? '')).toMatchObject({
      event: 'ExternalPartnerWindowsLeft',
      externalPartnerId: partner,
      messageId,
      errorMessage: 'The storage of windows responded with 503 ServerBusy.',
    });
    inProcess.repair();
    const again = await app.deliver(partner, { enableConnection: true }, { messageId, ...LAST });
    expect(again).toMatchObject({ outcome: 'applied', calls: [] });
    expect(inProcess.stored(partner)).toBeUndefined();
  });

  it('has nothing to close where there is no container', async () => {
    const partner = inProcess.aPartner();
    const blobs = inProcess.blobStorage.containers.get(CONTAINER) ?? new Map();
    inProcess.blobStorage.containers.delete(CONTAINER);
    const report = await inProcess.start().deliver(partner, { enableConnection: true });
    inProcess.blobStorage.containers.set(CONTAINER, blobs);
    expect(report).toMatchObject({ outcome: 'applied' });
    expect(report.lines).toHaveLength(1);
  });
});
