import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  operationTimedOut,
  permissionMismatch,
  serverBusy,
  storageFault,
} from '../../../local/blobStorage/storageFault.ts';
import { badRequest, gatewayTimeout, notFound, throttled } from '../../../local/graph/graphFault.ts';
import { always, type Fault, inOrder, when } from '../../../local/http/fault.ts';
import { CONTAINER, type InProcess, startInProcess } from '../../helpers/inProcess.ts';

const HOUR_MS = 60 * 60 * 1000;
/** The last delivery that may try. */
const LAST = { deliveryCount: 2 };

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

const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
const aWindow = (hours: number, properties = {}) => ({
  enableConnection: true,
  until: inHours(hours),
  ...properties,
});
const writes = (fault: Fault) =>
  when(({ method }) => method === 'PUT', inOrder(...Array.from({ length: 9 }, () => fault)));
const patches = (partner: string) =>
  inProcess.graph.journal.filter((call) => call.method === 'PATCH' && call.externalPartnerId === partner);
const errorOf = (report: object) => (report as { error?: { message: string } }).error?.message;

/** Delivers the only end of a partner at its time. */
async function endIt(app: ReturnType<InProcess['start']>, partner: string) {
  const [end] = inProcess.ends(partner);
  if (!end) throw new Error('There is no end.');
  vi.setSystemTime(end.at);
  return app.deliverEnd(end);
}

describe('a window', () => {
  it('is stored and has its end on the queue before its PATCH leaves', async () => {
    const partner = inProcess.aPartner();
    const until = inHours(1);
    const messageId = randomUUID();
    let before: unknown;
    inProcess.graph.fault = () => {
      before = { windows: inProcess.stored(partner), ends: inProcess.ends(partner) };
      return undefined;
    };
    const properties = { requestedBy: 'Zoë', reference: 'CHG1', reason: 'A visit' };
    const report = await inProcess
      .start()
      .deliver(
        partner,
        { enableConnection: true, until, ...properties },
        { messageId, correlationId: 'Grüße' },
      );
    expect(report).toMatchObject({ outcome: 'applied', attempts: 1 });
    expect(before).toEqual({
      windows: [{ id: messageId, until, requestedBy: 'Zoë', reference: 'CHG1' }],
      ends: [
        {
          body: {
            externalPartnerId: partner,
            enableConnection: false,
            endOf: messageId,
            ...properties,
          },
          messageId: expect.stringMatching(/^[\da-f-]{36}$/),
          sessionId: partner,
          correlationId: 'Grüße',
          at: new Date(Math.ceil(Date.parse(until) / 1000) * 1000),
        },
      ],
    });
  });

  it('is opened once, and has one end, if its first delivery ended between storage and the PATCH', async () => {
    const partner = inProcess.aPartner();
    const messageId = randomUUID();
    const request = aWindow(1);
    inProcess.graph.fault = always({ kind: 'resetBeforeApplying' });
    expect(await inProcess.start().deliver(partner, request, { messageId })).toMatchObject({
      outcome: 'redelivery',
    });
    inProcess.repair();
    const app = inProcess.start();
    expect(await app.deliver(partner, request, { messageId, ...LAST })).toMatchObject({ outcome: 'applied' });
    expect(inProcess.ends(partner)).toHaveLength(1);
    expect(await endIt(app, partner)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it.each([
    ['storage is busy', serverBusy()],
    ['storage has written and says that it has not', operationTimedOut({ apply: true })],
    ['another process has written', storageFault(412, 'ConditionNotMet', 'No.')],
    ['the connection to storage breaks', { kind: 'resetAfterApplying' } as const],
  ])('puts one end in a delivery, even if %s', async (_, fault) => {
    const partner = inProcess.aPartner();
    inProcess.blobStorage.fault = when(({ method }) => method === 'PUT', inOrder(fault));
    const app = inProcess.start({ RETRY_BUDGET_SECONDS: '30' });
    expect(await app.deliver(partner, aWindow(1))).toMatchObject({ outcome: 'applied', attempts: 2 });
    expect(inProcess.stored(partner)).toHaveLength(1);
    expect(inProcess.ends(partner)).toHaveLength(1);
    expect(patches(partner)).toHaveLength(1);
  });

  it.each([
    ['storage that is busy', serverBusy(), 'responded with 503 ServerBusy'],
    ['storage without the role', permissionMismatch(), "give the app's identity Storage Blob Data Owner"],
    [
      'storage without the container',
      storageFault(404, 'ContainerNotFound', 'No.'),
      'create the container windows',
    ],
    ['storage that breaks the connection', { kind: 'resetBeforeApplying' } as const, 'ECONNRESET'],
  ])('is not applied without %s, and ends as failed in the last delivery', async (_, fault, problem) => {
    const partner = inProcess.aPartner();
    const messageId = randomUUID();
    const app = inProcess.start();
    for (const [hook, deliveryCount] of [
      [always(fault), 1],
      [writes(fault), 2],
    ] as const) {
      inProcess.blobStorage.fault = hook;
      const report = await app.deliver(partner, aWindow(1), { messageId, deliveryCount });
      expect(report).toMatchObject({
        outcome: deliveryCount === 1 ? 'redelivery' : 'failed',
        error: { code: 'noStorage', message: expect.stringContaining(problem) },
        calls: [],
      });
    }
    expect(inProcess.stored(partner)).toBeUndefined();
  });

  it.each([
    [
      'refuses the identity',
      { kind: 'response', status: 401 } as const,
      'Azure Service Bus Data Owner on the requests queue',
    ],
    [
      'is full',
      {
        kind: 'response',
        status: 403,
        body: '<Error><Detail>The quota is used up</Detail></Error>',
      } as const,
      '403 to the end of the window: The quota is used up.',
    ],
    ['breaks the connection', { kind: 'resetBeforeApplying' } as const, 'ECONNRESET'],
  ])('is neither stored nor applied if Service Bus %s', async (_, fault, problem) => {
    const partner = inProcess.aPartner();
    inProcess.serviceBus.httpFault = always(fault);
    const report = await inProcess.start().deliver(partner, aWindow(1), LAST);
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'noEnd' }, calls: [] });
    expect(errorOf(report)).toContain(problem);
    expect(inProcess.stored(partner)).toBeUndefined();
  });
});

describe('a window that is not applied', () => {
  /** Somebody has enabled the partner for good; the end of the window must not disable it. */
  async function expectNothingLeft(app: ReturnType<InProcess['start']>, partner: string) {
    expect(inProcess.stored(partner)).toBeUndefined();
    expect(await endIt(app, partner)).toMatchObject({
      outcome: 'unchanged',
      reason: { code: 'windowClosed' },
    });
    expect(inProcess.isEnabled(partner)).toBe(true);
  }

  it('because Graph rejects it leaves nothing that disables the partner', async () => {
    const partner = inProcess.aPartner(true);
    inProcess.graph.fault = always(badRequest());
    const app = inProcess.start();
    const report = await app.deliver(partner, aWindow(1));
    expect(report).toMatchObject({ outcome: 'rejected', error: { statusCode: 400 } });
    expect(errorOf(report)).not.toContain('Its window');
    await expectNothingLeft(app, partner);
  });

  it('leaves nothing either if storage had written it, and said that it had not', async () => {
    const partner = inProcess.aPartner(true);
    inProcess.blobStorage.fault = inOrder(undefined, operationTimedOut({ apply: true }));
    inProcess.graph.fault = always(badRequest());
    const app = inProcess.start({ RETRY_BUDGET_SECONDS: '30' });
    expect(await app.deliver(partner, aWindow(1))).toMatchObject({ outcome: 'rejected' });
    await expectNothingLeft(app, partner);
  });

  it('leaves nothing either if storage is busy while it is taken back', async () => {
    const partner = inProcess.aPartner(true);
    inProcess.blobStorage.fault = inOrder(undefined, undefined, serverBusy());
    inProcess.graph.fault = always(badRequest());
    const app = inProcess.start({ RETRY_BUDGET_SECONDS: '30' });
    expect(await app.deliver(partner, aWindow(1))).toMatchObject({ outcome: 'rejected' });
    await expectNothingLeft(app, partner);
  });

  it('leaves nothing if no delivery had a token, or Graph throttled all of them', async () => {
    const partner = inProcess.aPartner(true);
    const messageId = randomUUID();
    const request = aWindow(1);
    inProcess.graph.fault = always(throttled());
    for (const [deliveryCount, outcome] of [
      [1, 'redelivery'],
      [2, 'failed'],
    ]) {
      const report = await inProcess.start().deliver(partner, request, { messageId, deliveryCount });
      expect(report).toMatchObject({ outcome, error: { statusCode: 429 } });
      expect(inProcess.stored(partner)).toBeUndefined();
    }
    inProcess.repair();
    await expectNothingLeft(inProcess.start(), partner);
  });

  it('leaves nothing if its time passes before its PATCH leaves', async () => {
    const partner = inProcess.aPartner(true);
    inProcess.blobStorage.fault = ({ method }) => {
      if (method === 'PUT') vi.setSystemTime(Date.now() + HOUR_MS);
      return undefined;
    };
    const app = inProcess.start();
    expect(await app.deliver(partner, aWindow(1))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'expired' },
      calls: [],
    });
    inProcess.repair();
    await expectNothingLeft(app, partner);
  });

  it('may have been applied after a response that is not clear: its end comes, and the result says so', async () => {
    const partner = inProcess.aPartner();
    const request = aWindow(1);
    inProcess.graph.fault = inOrder(gatewayTimeout({ apply: true }), badRequest());
    const app = inProcess.start({ RETRY_BUDGET_SECONDS: '30' });
    const report = await app.deliver(partner, request);
    expect(report).toMatchObject({ outcome: 'rejected' });
    expect(errorOf(report)).toContain(
      `It may have been applied all the same. Its window, if it is open, ends at ${request.until}.`,
    );
    expect(inProcess.isEnabled(partner)).toBe(true);
    expect(await endIt(app, partner)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it('may have been applied in an earlier delivery, of which nobody knows any more', async () => {
    const partner = inProcess.aPartner();
    const messageId = randomUUID();
    const request = aWindow(1);
    inProcess.graph.fault = inOrder(gatewayTimeout({ apply: true }));
    await inProcess.start().deliver(partner, request, { messageId });
    inProcess.graph.fault = always(badRequest());
    const app = inProcess.start();
    expect(await app.deliver(partner, request, { messageId, ...LAST })).toMatchObject({
      outcome: 'rejected',
    });
    inProcess.repair();
    expect(await endIt(app, partner)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it('may have been applied in an earlier delivery though nobody can look any more, and the result says so', async () => {
    const partner = inProcess.aPartner();
    const messageId = randomUUID();
    const request = aWindow(1);
    inProcess.graph.fault = inOrder(gatewayTimeout({ apply: true }));
    await inProcess.start().deliver(partner, request, { messageId });
    inProcess.blobStorage.fault = always(serverBusy());
    const report = await inProcess.start().deliver(partner, request, { messageId, ...LAST });
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'noStorage' } });
    expect(errorOf(report)).toContain(`Its window, if it is open, ends at ${request.until}.`);
  });

  it('keeps its end, and says why, if storage does not let go of it', async () => {
    const partner = inProcess.aPartner();
    inProcess.graph.fault = always(badRequest());
    inProcess.blobStorage.fault = inOrder(undefined, undefined, ...Array.from({ length: 9 }, serverBusy));
    const report = await inProcess.start().deliver(partner, aWindow(1));
    expect(report).toMatchObject({ outcome: 'rejected', error: { statusCode: 400 } });
    expect(errorOf(report)).toMatch(/responded with 503 ServerBusy\. Its window, if it is open, ends at/);
  });
});

describe('a window posted again under its id', () => {
  it.each([
    ['later', 1, 3],
    ['earlier', 3, 1],
  ])('ends %s: only the end of the latest counts', async (_, first, second) => {
    const partner = inProcess.aPartner();
    const messageId = randomUUID();
    const app = inProcess.start();
    const started = Date.now();
    await app.deliver(partner, aWindow(first), { messageId });
    const request = aWindow(second);
    expect(await app.deliver(partner, request, { messageId })).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toMatchObject([{ id: messageId, until: request.until }]);
    const outcomes: Record<number, unknown> = {};
    for (const end of inProcess.ends(partner).sort((one, other) => Number(one.at) - Number(other.at))) {
      vi.setSystemTime(end.at);
      const { outcome } = await app.deliverEnd(end);
      outcomes[Math.floor((Number(end.at) - started) / HOUR_MS)] = outcome;
    }
    expect(outcomes[second]).toBe('applied');
    expect(outcomes[first]).toBe('unchanged');
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it('and rejected ends as it would have without that', async () => {
    const partner = inProcess.aPartner();
    const messageId = randomUUID();
    const app = inProcess.start();
    const request = aWindow(1);
    await app.deliver(partner, request, { messageId });
    inProcess.graph.fault = always(badRequest());
    await app.deliver(partner, aWindow(3), { messageId });
    expect(inProcess.stored(partner)).toMatchObject([{ id: messageId, until: request.until }]);
  });
});

describe('a partner with 100 open windows', () => {
  it('gets no other, but one may be extended, and one that is over does not count', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    await app.deliver(partner, aWindow(1), { messageId: 'w-1' });
    for (let count = 2; count <= 100; count++) {
      const report = await app.deliver(partner, aWindow(2), { messageId: `w-${count}` });
      expect(report).toMatchObject({ outcome: 'applied' });
    }
    for (const validateOnly of [true, false]) {
      expect(await app.deliver(partner, aWindow(2, { validateOnly }))).toMatchObject({
        outcome: 'rejected',
        error: { code: 'tooManyWindows', message: expect.stringContaining('100 open windows') },
      });
    }
    expect(await app.deliver(partner, aWindow(3), { messageId: 'w-2' })).toMatchObject({
      outcome: 'applied',
    });
    vi.setSystemTime(Date.now() + HOUR_MS);
    expect(await app.deliver(partner, aWindow(1))).toMatchObject({ outcome: 'applied' });
    expect(inProcess.stored(partner)).toHaveLength(101);
  });
});

describe('a request with until', () => {
  it.each([
    ['is missing', { messageId: undefined }, 'MessageId is missing'],
    ['is a number that has lost digits', { messageId: 2 ** 63 }, 'MessageId is not plain text'],
    ['is true', { messageId: true }, 'MessageId is not plain text'],
    ['has half a character', { messageId: '\ud800' }, 'MessageId is not plain text'],
  ])('whose MessageId %s could not be ended, and is rejected', async (_, metadata, problem) => {
    const partner = inProcess.aPartner();
    expect(await inProcess.start().deliver(partner, aWindow(1), metadata)).toMatchObject({
      outcome: 'rejected',
      error: { code: 'invalidRequest', message: expect.stringContaining(problem) },
    });
    expect(inProcess.ends(partner)).toEqual([]);
  });

  it('whose MessageId is a short number ends', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    expect(await app.deliver(partner, aWindow(1), { messageId: 4711 })).toMatchObject({ outcome: 'applied' });
    expect(await endIt(app, partner)).toMatchObject({ outcome: 'applied' });
  });

  it('whose texts take as much JSON as they can has an end that is read', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    const longest = (length: number) => '\u0001'.repeat(length);
    const texts = { requestedBy: longest(256), reference: longest(256), reason: longest(1024) };
    const messageId = longest(128);
    expect(await app.deliver(partner, aWindow(1, texts), { messageId })).toMatchObject({
      outcome: 'applied',
    });
    expect(await endIt(app, partner)).toMatchObject({ outcome: 'applied' });
  });

  it('is rejected without storage for windows, and everything else works', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start({ AzureWebJobsStorage__blobServiceUri: '' });
    expect(await app.deliver(partner, aWindow(1))).toMatchObject({
      outcome: 'rejected',
      error: { code: 'windowsUnavailable' },
    });
    expect(await app.deliver(partner, { enableConnection: true })).toMatchObject({ outcome: 'applied' });
    const end = { enableConnection: false, endOf: 'a window from before' };
    expect(await app.deliver(partner, end)).toMatchObject({ outcome: 'applied' });
    expect(inProcess.isEnabled(partner)).toBe(false);
  });

  it('is out of date once a later request is applied', async () => {
    const partner = inProcess.aPartner();
    const app = inProcess.start();
    await app.deliver(partner, { enableConnection: false }, { sequenceNumber: 2 });
    expect(await app.deliver(partner, aWindow(1), { sequenceNumber: 1, ...LAST })).toMatchObject({
      outcome: 'rejected',
      error: { code: 'superseded' },
    });
  });
});

describe('validateOnly', () => {
  const checkOf = (partner: string, hours: number, settings = {}) =>
    inProcess.start(settings).deliver(partner, aWindow(hours, { validateOnly: true }));

  it('reads the partner and the windows, and changes nothing', async () => {
    const partner = inProcess.aPartner();
    expect(await checkOf(partner, 1)).toMatchObject({
      outcome: 'unchanged',
      reason: { code: 'validateOnly' },
      partner: { id: partner, enableConnection: false },
      calls: [{ method: 'GET' }],
    });
    expect(inProcess.stored(partner)).toBeUndefined();
    expect(inProcess.ends(partner)).toEqual([]);
  });

  it.each([
    ['policy', { LONGEST_WINDOW_HOURS: '0.5' }],
    ['policy', { REQUIRED_PROPERTIES: 'reference' }],
    ['frozen', { FREEZE: 'true' }],
  ])('says what is refused: %s, %j', async (code, settings) => {
    expect(await checkOf(inProcess.aPartner(), 1, settings)).toMatchObject({
      outcome: 'rejected',
      error: { code },
    });
  });

  it('says that there is no such partner', async () => {
    inProcess.graph.fault = always(notFound());
    expect(await checkOf(inProcess.aPartner(), 1)).toMatchObject({
      outcome: 'rejected',
      error: { statusCode: 404 },
    });
  });

  it('says that storage cannot be used', async () => {
    inProcess.blobStorage.fault = always(permissionMismatch());
    expect(await checkOf(inProcess.aPartner(), 1)).toMatchObject({ error: { code: 'noStorage' } });
    inProcess.repair();
    expect(inProcess.blobStorage.containers.get(CONTAINER)).toBeDefined();
  });
});
