import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { aPartner, happened, isConnected, REQUESTS_QUEUE } from '../../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());
afterEach(() => app.serviceBus.refuse(REQUESTS_QUEUE, false));

const send = (...args: string[]) => epc(args, app);
const scheduled = (partner: string) =>
  app.serviceBus
    .queue(REQUESTS_QUEUE)
    .messages()
    .filter(({ state, sessionId }) => state === 'scheduled' && sessionId === partner);
const bodyOf = ({ body }: { body?: unknown }) => JSON.parse(String(body));

describe('npx epc enable for a while', () => {
  it('enables now, schedules the disable, and prints how to take back each', async () => {
    const partner = aPartner(app);
    const id = `W1-${partner}`;
    const sent = await send(
      'enable',
      partner,
      '--for',
      '4h',
      '--message-id',
      id,
      '--reference',
      'CHG1',
      '--wait',
      '3m',
    );
    expect(sent).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('applied: enableConnection is true'),
    });
    expect(isConnected(app, partner)).toBe(true);
    const [end, ...others] = scheduled(partner);
    expect(others).toEqual([]);
    expect(end && bodyOf(end)).toMatchObject({ enableConnection: false, reference: 'CHG1' });
    expect(sent.stderr).toContain(
      `Sent ${id} to external-partner-requests on localhost. To take it back: npx epc disable ${partner}\n`,
    );
    expect(sent.stderr).toContain(
      `Scheduled ${id}-end, which disables it again, for ${end?.scheduledEnqueueTime?.toISOString()}. To take it back, so that it stays enabled: npx epc cancel ${end?.sequenceNumber}\n`,
    );
    const results = await epc(['results', '--once', '--json', '--partner', partner], app);
    expect(JSON.parse(results.stdout).request.validUntil).toBe(end?.scheduledEnqueueTime?.toISOString());
    expect((await send('cancel', String(end?.sequenceNumber))).code).toBe(0);
  });

  it('later and until a time: both are scheduled, and both numbers cancel', async () => {
    const partner = aPartner(app);
    const until = new Date(Date.now() + 7_200_000).toISOString();
    const { stdout } = await send('enable', partner, '--at', '+1h', '--until', until, '--json');
    const { sequenceNumber, end } = JSON.parse(stdout);
    expect(end.at).toBe(until);
    expect(
      scheduled(partner).map((one) => [String(one.sequenceNumber), bodyOf(one).enableConnection]),
    ).toEqual([
      [end.sequenceNumber, false],
      [sequenceNumber, true],
    ]);
    for (const number of [sequenceNumber, end.sequenceNumber]) {
      expect((await send('cancel', number)).code).toBe(0);
    }
    expect(scheduled(partner)).toEqual([]);
  });

  it('the same window again is dropped, both ends of it, and what was asked for holds', async () => {
    const partner = aPartner(app);
    const args = ['enable', partner, '--message-id', `W2-${partner}`, '--wait', '3m', '--until'];
    const until = new Date(Date.now() + 7_200_000).toISOString();
    expect((await send(...args, until)).code).toBe(0);
    const again = await send(...args, until);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('What you asked for still holds.'),
    });
    expect(again.stdout).toContain(
      `Scheduled before: W2-${partner}-end, which disables it again, for ${until}`,
    );
    const other = await send(...args, '+4h');
    expect(other).toMatchObject({ code: 6, stdout: '' });
    expect(other.stderr).toContain(
      'Nothing was sent: the disable at the end of the window cannot be scheduled.',
    );
    expect(scheduled(partner)).toHaveLength(1);
  });

  it('an enable that is dropped takes the disable back', async () => {
    const partner = aPartner(app);
    const id = `W3-${partner}`;
    expect((await send('enable', partner, '--message-id', id, '--wait', '3m')).code).toBe(0);
    const window = await send('enable', partner, '--message-id', id, '--for', '4h');
    expect(window).toMatchObject({ code: 6, stdout: '' });
    expect(window.stderr).toContain(`Dropped as a duplicate: the message id ${id} was used before`);
    expect(window.stderr).toContain('The disable at the end of the window is taken back.');
    expect(scheduled(partner)).toEqual([]);
    expect(happened(app, 'cancelled', `${id}-end`)).toBe(1);
  });
});

describe('if the enable cannot be sent after the disable was scheduled', () => {
  it('the disable is taken back', async () => {
    const partner = aPartner(app);
    const stop = app.serviceBus.onEntry(({ type }) => {
      if (type === 'scheduled') app.serviceBus.refuse(REQUESTS_QUEUE, true);
    });
    const sent = await send('enable', partner, '--for', '4h');
    stop();
    expect(sent).toMatchObject({ code: 5, stdout: '' });
    expect(sent.stderr).toContain(
      'has reached its quota. The enable was not sent. The disable that was to end the window is taken back.',
    );
    expect(scheduled(partner)).toEqual([]);
  });

  it('what stands is said if Service Bus is gone before it says that it has it', async () => {
    const own = await startApp({}, {}, { takesResults: false });
    try {
      own.serviceBus.onEntry(({ type, messageId }) => {
        if (type === 'enqueued' && messageId === 'W4') void own.serviceBus.close();
      });
      const args = ['enable', aPartner(own), '--for', '4h', '--message-id', 'W4'];
      const sent = await epc(args, own);
      expect(sent).toMatchObject({ code: 5, stdout: '' });
      expect(sent.stderr).toContain(
        'Whether the enable was sent is uncertain; look with npx epc requests. Scheduled W4-end, which disables it again, for ',
      );
      expect(sent.stderr).toMatch(/To take it back, so that it stays enabled: npx epc cancel \d+\n$/);
    } finally {
      await own.stop();
    }
  });
});
