import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { aPartner, happened, isConnected } from '../../helpers/faults.ts';
import { createAdjustableClock } from '../../local/serviceBus/adjustableClock.ts';

/** Longer than the queue's. */
const DETECTION_WINDOW_MS = 3_600_000;

let app: App;
const clock = createAdjustableClock();
beforeAll(async () => {
  app = await startApp({}, { clock }, { takesResults: false });
});
afterAll(() => app.stop());

const send = (...args: string[]) => epc(args, app);
const enable = (partner: string, id: string, ...more: string[]) =>
  send('enable', partner, '--message-id', id, ...more);

it('the same request twice is one, and the second still says that it is applied', async () => {
  const partner = aPartner(app);
  const id = `CHG1-${partner}`;
  expect((await enable(partner, id, '--wait', '3m')).code).toBe(0);
  for (const more of [['--wait', '3m'], []]) {
    const again = await enable(partner.toUpperCase(), id, ...more);
    expect(again.stdout).toContain(`Dropped as a duplicate: the message id ${id} was used before`);
    expect(again.stdout).toContain(`The earlier request, enable ${partner}, ended at `);
    expect(again.stdout).toContain('as applied: enableConnection is true');
    expect(again.stdout).toContain('What you asked for still holds.');
    expect(again.code).toBe(0);
  }
  expect(app.patches(partner)).toHaveLength(1);
  expect(happened(app, 'duplicate', id)).toBe(2);
  const { stdout } = await enable(partner, id, '--wait', '3m', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    messageId: id,
    dropped: true,
    holds: true,
    earlier: { outcome: 'applied', messageId: id },
  });
});

it('enable, disable, and the first enable again: dropped, and not called applied', async () => {
  const partner = aPartner(app);
  expect((await enable(partner, `enable-${partner}`, '--wait', '3m')).code).toBe(0);
  const disable = `disable-${partner}`;
  expect((await send('disable', partner, '--message-id', disable, '--wait', '3m')).code).toBe(0);
  const again = await enable(partner, `enable-${partner}`, '--wait', '3m');
  expect(again).toMatchObject({ code: 6, stdout: '' });
  expect(again.stderr).toContain(`Dropped as a duplicate: the message id enable-${partner} was used before`);
  expect(again.stderr).toContain(`Since then, ${disable} (disable) was applied at `);
  expect(again.stderr).toContain('To make a new request, choose another --message-id.');
  expect(isConnected(app, partner)).toBe(false);
  // What was enabled again by another request holds again.
  expect((await enable(partner, `third-${partner}`, '--wait', '3m')).code).toBe(0);
  expect((await enable(partner, `enable-${partner}`, '--wait', '3m')).code).toBe(0);
});

it('the same id with another reference is dropped: no result will name that reference', async () => {
  const partner = aPartner(app);
  const id = `CHG3-${partner}`;
  expect((await enable(partner, id, '--wait', '3m', '--reference', 'CHG3')).code).toBe(0);
  const other = await enable(partner, id, '--wait', '3m', '--reference', 'CHG4');
  expect(other).toMatchObject({ code: 6, stdout: '' });
  expect(other.stderr).toContain('Its reference is CHG3; no result will name CHG4.');
});

it('the same id for the opposite, or for another partner, is dropped', async () => {
  const [partner, other] = [aPartner(app), aPartner(app)];
  const id = `CHG5-${partner}`;
  expect((await enable(partner, id, '--wait', '3m')).code).toBe(0);
  for (const args of [
    ['disable', partner],
    ['enable', other],
  ]) {
    const dropped = await send(...args, '--message-id', id, '--wait', '3m');
    expect(dropped).toMatchObject({ code: 6, stdout: '' });
    expect(dropped.stderr).toContain(`The earlier request, enable ${partner}, ended at `);
    expect(dropped.stderr).toContain('It asked for something else.');
  }
  expect(isConnected(app, partner)).toBe(true);
  expect(isConnected(app, other)).toBe(false);
});

it('an earlier request that was rejected does not count as applied', async () => {
  const partner = aPartner(app);
  const known = app.graph.partners.get(partner);
  const id = `CHG6-${partner}`;
  app.graph.partners.delete(partner);
  expect((await enable(partner, id, '--wait', '3m')).code).toBe(1);
  if (known) app.graph.partners.set(partner, known);
  const again = await enable(partner, id, '--wait', '3m');
  expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('It was not applied.') });
});

it('an earlier request without an outcome is named, and its result is waited for', async () => {
  const partner = aPartner(app);
  const id = `CHG7-${partner}`;
  await app.stopHost();
  expect((await enable(partner, id)).stdout).toContain(`Sent ${id} to `);
  const early = await enable(partner, id, '--wait', '1s');
  expect(early).toMatchObject({ code: 6, stdout: '' });
  expect(early.stderr).toContain(`The earlier request, enable ${partner}, has no outcome yet`);
  const waiting = enable(partner, id, '--wait', '3m');
  await app.startHost();
  expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining('still holds') });
});

it('after the detection window the same id is a new request, whose result is not the old one', async () => {
  const partner = aPartner(app);
  const id = `CHG8-${partner}`;
  expect((await enable(partner, id, '--wait', '3m')).code).toBe(0);
  await app.stopHost();
  clock.advance(DETECTION_WINDOW_MS);
  const again = await enable(partner, id, '--wait', '1s');
  expect(again).toMatchObject({ code: 4, stdout: '' });
  expect(again.stderr).toContain(`No result yet: ${id} is still on the queue`);
  await app.startHost();
});
