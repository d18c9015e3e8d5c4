import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CloudPcExternalPartner } from '../../local/graph/cloudPcExternalPartner.ts';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { isConnected } from '../helpers/faults.ts';
import { createAdjustableClock } from '../local/serviceBus/adjustableClock.ts';

const HOUR_MS = 60 * 60 * 1000;
/** One for each test. */
const partners: readonly CloudPcExternalPartner[] = Array.from({ length: 40 }, () => ({
  ...samplePartners[0],
  id: randomUUID(),
}));
const ids = partners.map(({ id }) => id);
const aPartner = () => ids.pop() ?? '';

const clock = createAdjustableClock();
let app: App;
beforeAll(async () => {
  app = await startApp({}, { clock, partners });
});
afterAll(() => app.stop());

const inHours = (hours: number) => new Date(clock.now() + hours * HOUR_MS).toISOString();
/** The result of the end of a window, by the MessageId of the request that opened it. */
const endOf = (window: string) =>
  eventually(
    () => app.results.find(({ request }) => (request as { endOf?: string }).endOf === window),
    `the end of ${window}`,
  );

/** Opens a window, and waits until it is open; returns its MessageId. */
async function open(partner: string, hours: number, properties: object = {}): Promise<string> {
  const messageId = await app.send(partner, { enableConnection: true, until: inHours(hours), ...properties });
  expect(await app.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
  return messageId;
}

describe('a window', () => {
  it('ends by itself, and the ticket hears of both', async () => {
    const partner = aPartner();
    const until = inHours(1);
    const message = { messageId: randomUUID(), correlationId: randomUUID() };
    const request = { enableConnection: true, until, reference: 'CHG1' };
    expect(await app.request(partner, request, message)).toMatchObject({ outcome: 'applied', until });
    clock.advance(HOUR_MS);
    expect(await endOf(message.messageId)).toMatchObject({
      outcome: 'applied',
      reference: 'CHG1',
      correlationId: message.correlationId,
      partner: { enableConnection: false },
    });
    expect(isConnected(app, partner)).toBe(false);
  });

  it('does not end while another is open', async () => {
    const partner = aPartner();
    const [short, long] = [await open(partner, 1), await open(partner, 2)];
    clock.advance(HOUR_MS);
    expect(await endOf(short)).toMatchObject({ outcome: 'unchanged', reason: { code: 'windowOpen' } });
    expect(isConnected(app, partner)).toBe(true);
    clock.advance(HOUR_MS);
    expect(await endOf(long)).toMatchObject({ outcome: 'applied' });
    expect(isConnected(app, partner)).toBe(false);
  });

  it.each([
    [2, 1],
    [1, 1],
  ])('does not end while another is open: one of %d hours and one of %d, side by side', async (...hours) => {
    const partner = aPartner();
    const untils = hours.map(inHours);
    const ids = await Promise.all(
      untils.map((until) => app.send(partner, { enableConnection: true, until, reference: until })),
    );
    for (const id of ids) expect(await app.resultOf(id)).toMatchObject({ outcome: 'applied' });
    clock.advance(HOUR_MS + 1_000);
    const [last = '', first = ''] = ids;
    const isEnded = hours[0] === hours[1];
    expect(await endOf(first)).toMatchObject({ outcome: isEnded ? 'applied' : 'unchanged' });
    expect(isConnected(app, partner)).toBe(!isEnded);
    clock.advance(HOUR_MS);
    expect(await endOf(last)).toMatchObject({ outcome: 'applied' });
    expect(isConnected(app, partner)).toBe(false);
  });

  it('is extended by the same request once more, after duplicate detection has forgotten it', async () => {
    const partner = aPartner();
    const messageId = await open(partner, 1);
    clock.advance(11 * 60_000);
    const until = inHours(2);
    await app.send(partner, { enableConnection: true, until }, { messageId });
    await eventually(() => app.results.find((result) => 'until' in result && result.until === until), until);
    clock.advance(HOUR_MS);
    expect(await endOf(messageId)).toMatchObject({
      outcome: 'unchanged',
      reason: { code: 'windowOpen', until },
    });
    expect(isConnected(app, partner)).toBe(true);
    clock.advance(HOUR_MS);
    await eventually(() => isConnected(app, partner) === false || undefined, 'the later end');
  });

  it('is closed by a disable, and a new one is not touched by its end', async () => {
    const partner = aPartner();
    const closed = await open(partner, 1);
    expect(await app.request(partner, { enableConnection: false })).toMatchObject({ outcome: 'applied' });
    const later = await open(partner, 3);
    clock.advance(HOUR_MS);
    expect(await endOf(closed)).toMatchObject({ outcome: 'unchanged', reason: { code: 'windowClosed' } });
    expect(isConnected(app, partner)).toBe(true);
    clock.advance(2 * HOUR_MS);
    expect(await endOf(later)).toMatchObject({ outcome: 'applied' });
  });

  it('is outlived by an enable without an end', async () => {
    const partner = aPartner();
    const window = await open(partner, 1);
    expect(await app.request(partner, { enableConnection: true })).toMatchObject({ outcome: 'applied' });
    clock.advance(HOUR_MS);
    expect(await endOf(window)).toMatchObject({ outcome: 'unchanged', reason: { code: 'windowClosed' } });
    expect(isConnected(app, partner)).toBe(true);
  });
});
