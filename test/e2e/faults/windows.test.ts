import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fault, when } from '../../../local/http/fault.ts';
import type { HttpRequest } from '../../../local/http/httpRequest.ts';
import { type App, eventually, startApp } from '../../helpers/app.ts';
import { aPartner, isConnected, REQUESTS_QUEUE } from '../../helpers/faults.ts';
import { createAdjustableClock } from '../../local/serviceBus/adjustableClock.ts';

const HOUR_MS = 60 * 60 * 1000;
/** The calls that a request makes one after the other, by what receives them. */
type Call = 'graph' | 'storage' | 'serviceBus';
type Step = readonly [name: string, call: Call, method: string, fault: Fault];

const hang: Fault = { kind: 'hang' };
const hangAfterwards: Fault = { kind: 'hang', apply: true };
const patch: readonly Step[] = [
  ['before the PATCH arrives', 'graph', 'PATCH', hang],
  ['after the PATCH', 'graph', 'PATCH', hangAfterwards],
];
const stepsOfWindow: readonly Step[] = [
  ['before storage is read', 'storage', 'GET', hang],
  ['before the end is on the queue', 'serviceBus', 'POST', hang],
  ['after the end is on the queue', 'serviceBus', 'POST', hangAfterwards],
  ['before the window is stored', 'storage', 'PUT', hang],
  ['after the window is stored', 'storage', 'PUT', hangAfterwards],
  ...patch,
];
const stepsOfEnd: readonly Step[] = [
  ['before storage is read', 'storage', 'GET', hang],
  ...patch,
  ['before the window is forgotten', 'storage', 'DELETE', hang],
  ['after the window is forgotten', 'storage', 'DELETE', hangAfterwards],
];
const stepsOfPlain: readonly Step[] = [
  ...patch,
  ['before the windows are forgotten', 'storage', 'DELETE', hang],
  ['after the windows are forgotten', 'storage', 'DELETE', hangAfterwards],
];

const clock = createAdjustableClock();
let app: App;
beforeAll(async () => {
  app = await startApp({}, { clock });
});
afterAll(() => app.stop());

const inAnHour = () => new Date(clock.now() + HOUR_MS).toISOString();
const stored = (partner: string) => app.blobStorage.containers.get('windows')?.get(`${partner}.json`);
const endsOf = (window: string) =>
  app.results.filter(({ request }) => (request as { endOf?: string }).endOf === window);

/** Kills the host once each partner's request has come to its step, and starts it again. */
async function killAt(steps: readonly Step[], partners: readonly string[], send: () => unknown) {
  const waiting = new Map(steps.map((step, index) => [partners[index] ?? '', step]));
  const faultOf = (call: Call) =>
    when(
      () => waiting.size > 0,
      ({ method, path, body }: HttpRequest) => {
        const partner = [...waiting.keys()].find((id) => path.includes(id) || body.includes(id)) ?? '';
        const [, at, of, fault] = waiting.get(partner) ?? [];
        if (at !== call || of !== method) return undefined;
        waiting.delete(partner);
        return fault;
      },
    );
  app.graph.fault = faultOf('graph');
  app.blobStorage.fault = faultOf('storage');
  app.serviceBus.httpFault = faultOf('serviceBus');
  await send();
  await eventually(() => waiting.size === 0 || undefined, `each step: ${[...waiting.values()]}`);
  await app.killHost();
  // As they do after a while if nobody renews them.
  app.serviceBus.expireLocks(REQUESTS_QUEUE);
  await app.startHost();
}

/** Sends a request for each partner; returns their MessageIds. */
const sendAll = (partners: readonly string[], request: object) =>
  Promise.all(partners.map((partner) => app.send(partner, request)));

async function expectNothingLeft() {
  const queue = app.serviceBus.queue(REQUESTS_QUEUE);
  await eventually(() => queue.messages().length === 0 || undefined, 'an empty queue');
  expect(queue.counts()).toMatchObject({ active: 0, deadLettered: 0, scheduled: 0 });
}

describe('a worker that is killed', () => {
  it('at any step of a window: it is applied, and ends once', async () => {
    const partners = stepsOfWindow.map(() => aPartner(app));
    let windows: string[] = [];
    await killAt(stepsOfWindow, partners, async () => {
      windows = await sendAll(partners, { enableConnection: true, until: inAnHour() });
    });
    for (const [index, window] of windows.entries()) {
      const step = stepsOfWindow[index]?.[0];
      expect(await app.resultOf(window), step).toMatchObject({ outcome: 'applied', deliveryCount: 2 });
    }
    expect(partners.map((partner) => isConnected(app, partner))).toEqual(partners.map(() => true));
    clock.advance(HOUR_MS + 1_000);
    for (const [index, window] of windows.entries()) {
      await eventually(() => endsOf(window)[0], `the end of the window killed ${stepsOfWindow[index]?.[0]}`);
    }
    await expectNothingLeft();
    for (const [index, partner] of partners.entries()) {
      const step = stepsOfWindow[index]?.[0];
      expect(isConnected(app, partner), step).toBe(false);
      expect(stored(partner), step).toBeUndefined();
      const [first, ...others] = endsOf(windows[index] ?? '');
      expect(first, step).toMatchObject({ outcome: 'applied' });
      for (const other of others) expect(['applied', 'unchanged'], step).toContain(other.outcome);
    }
  });

  it('at any step of an end: the partner is disabled', async () => {
    const partners = stepsOfEnd.map(() => aPartner(app));
    const windows = await sendAll(partners, { enableConnection: true, until: inAnHour() });
    for (const window of windows) expect(await app.resultOf(window)).toMatchObject({ outcome: 'applied' });
    await killAt(stepsOfEnd, partners, () => clock.advance(HOUR_MS + 1_000));
    await expectNothingLeft();
    for (const [index, partner] of partners.entries()) {
      const step = stepsOfEnd[index]?.[0];
      expect(isConnected(app, partner), step).toBe(false);
      expect(stored(partner), step).toBeUndefined();
      await eventually(() => endsOf(windows[index] ?? '')[0], `the end killed ${step}`);
    }
  });

  it('at any step of an enable without an end: it outlives the window', async () => {
    const partners = stepsOfPlain.map(() => aPartner(app));
    const windows = await sendAll(partners, { enableConnection: true, until: inAnHour() });
    for (const window of windows) expect(await app.resultOf(window)).toMatchObject({ outcome: 'applied' });
    let enables: string[] = [];
    await killAt(stepsOfPlain, partners, async () => {
      enables = await sendAll(partners, { enableConnection: true });
    });
    for (const enable of enables) expect(await app.resultOf(enable)).toMatchObject({ outcome: 'applied' });
    clock.advance(HOUR_MS + 1_000);
    for (const [index, window] of windows.entries()) {
      const step = stepsOfPlain[index]?.[0];
      const end = await eventually(() => endsOf(window)[0], `the end after a kill ${step}`);
      expect(end, step).toMatchObject({ outcome: 'unchanged', reason: { code: 'windowClosed' } });
    }
    expect(partners.map((partner) => isConnected(app, partner))).toEqual(partners.map(() => true));
    await expectNothingLeft();
  });
});
