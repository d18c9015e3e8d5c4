import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { aPartner, isConnected, REQUESTS_QUEUE } from '../../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const send = (...args: string[]) => epc(args, app);
const scheduled = () => app.serviceBus.queue(REQUESTS_QUEUE).counts().scheduled;

describe('npx epc enable --at', () => {
  it('schedules a request, and cancel takes it back by its number', async () => {
    const partner = aPartner(app);
    const later = await send('enable', partner, '--at', '+4h');
    const number = /To take it back: npx epc cancel (\d+)\n$/.exec(later.stdout)?.[1] ?? '';
    expect(later.stdout).toMatch(
      /^Scheduled \S+ for \S+Z \([^)]+\), to external-partner-requests on localhost\. /,
    );
    expect(scheduled()).toBe(1);
    expect(await send('cancel', number)).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `^Cancelled ${number}, enable ${partner} \\([\\da-f-]{36}\\), scheduled for \\S+ \\([^)]+\\) on external-partner-requests on localhost; it will not be applied\\.\n$`,
        ),
      ),
      stderr: '',
    });
    expect(scheduled()).toBe(0);
    expect(await send('cancel', number)).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining(
        `No request with number ${number} is scheduled on external-partner-requests`,
      ),
    });
  });

  it('is named by a disable, which does not take it back', async () => {
    const partner = aPartner(app);
    const later = ['enable', partner, '--at', '+4h', '--reference', 'CHG1', '--json'];
    const { sequenceNumber } = JSON.parse((await send(...later)).stdout);
    const disabled = await send('disable', partner.toUpperCase(), '--wait', '3m');
    expect(disabled).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        new RegExp(
          `This stays, and will be applied: enable ${partner} \\(CHG1\\), scheduled for \\S+ \\([^)]+\\)\\. To take it back: npx epc cancel ${sequenceNumber}\n`,
        ),
      ),
    });
    expect((await send('disable', aPartner(app))).stderr).toBe('');
    expect((await send('cancel', sequenceNumber)).code).toBe(0);
  });

  it('prints the number as JSON', async () => {
    const { stdout } = await send('enable', aPartner(app), '--at', '+15m', '--json');
    const { sequenceNumber, at, host } = JSON.parse(stdout);
    expect(host).toBe('localhost');
    expect(Date.parse(at)).toBeGreaterThan(Date.now());
    expect((await send('cancel', sequenceNumber)).code).toBe(0);
  });

  it('waits until the time and for the result, and says how long in words', async () => {
    const partner = aPartner(app);
    const waited = await send('enable', partner, '--at', '+3s', '--wait', '3m');
    expect(waited).toMatchObject({ code: 0, stdout: expect.stringContaining('applied: ') });
    expect(waited.stderr).toMatch(/\nWaiting for (\S+Z \([^)]+\)|the result), .* left …\n$/);
    expect(isConnected(app, partner)).toBe(true);
  });

  it('under an id that was used says so and names the request that stands, with the number that cancels it', async () => {
    const partner = aPartner(app);
    const id = `CHG1-${partner}`;
    const first = JSON.parse(
      (await send('enable', partner, '--at', '+4h', '--message-id', id, '--json')).stdout,
    );
    const second = await send('enable', partner, '--at', '+2h', '--message-id', id);
    expect(second).toMatchObject({ code: 6, stdout: '' });
    expect(second.stderr).toContain(`Dropped as a duplicate: the message id ${id} was used before`);
    expect(second.stderr).toContain(
      `The earlier request, enable ${partner}, is scheduled for ${first.at.slice(0, 19)}Z (`,
    );
    expect(second.stderr).toContain(`). To take it back: npx epc cancel ${first.sequenceNumber}\n`);
    const asJson = JSON.parse(
      (await send('enable', partner, '--at', '+2h', '--message-id', id, '--json')).stdout,
    );
    expect(asJson).toMatchObject({
      dropped: true,
      holds: false,
      earlier: { sequenceNumber: first.sequenceNumber, state: 'scheduled' },
    });
    expect((await send('cancel', first.sequenceNumber)).code).toBe(0);
    // The detection window remembers what was cancelled.
    const third = await send('enable', partner, '--at', '+2h', '--message-id', id);
    expect(third).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('The earlier request is not on the queue any more'),
    });
    expect(scheduled()).toBe(0);
  });

  it('under an id that was applied does not pass for scheduled', async () => {
    const partner = aPartner(app);
    const id = `CHG2-${partner}`;
    expect((await send('enable', partner, '--message-id', id, '--wait', '3m')).code).toBe(0);
    expect(await send('enable', partner, '--message-id', id, '--at', '+2h')).toMatchObject({
      code: 6,
      stdout: '',
      stderr: expect.stringContaining('as applied: enableConnection is true'),
    });
  });
});
