import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionMismatch } from '../../../local/blobStorage/storageFault.ts';
import { always } from '../../../local/http/fault.ts';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { aPartner, isConnected, REQUESTS_QUEUE } from '../../helpers/faults.ts';

const HOUR_MS = 3_600_000;

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const send = (...args: string[]) => epc(args, app);
const inHours = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString();
/** What waits for its time: requests that were scheduled, and ends that the app put there. */
const scheduled = (partner: string) =>
  app.serviceBus
    .queue(REQUESTS_QUEUE)
    .messages()
    .filter(({ state, sessionId }) => state === 'scheduled' && sessionId === partner)
    .map((message) => ({ ...message, request: JSON.parse(String(message.body)) }));

describe('npx epc enable for a while', () => {
  it('is one request, whose end the app sees to', async () => {
    const partner = aPartner(app);
    const sent = await send(
      'enable',
      partner,
      '--for',
      '4h',
      '--message-id',
      `W1-${partner}`,
      '--wait',
      '3m',
    );
    const until = / again at (\S+ \([^)]+\))\. To end it earlier: npx epc disable (\S+)\n/.exec(sent.stderr);
    expect(until?.[2]).toBe(partner);
    expect(sent).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`applied: enableConnection is true until ${until?.[1]}, available`),
    });
    expect(isConnected(app, partner)).toBe(true);
    expect(scheduled(partner)).toMatchObject([
      {
        scheduledEnqueueTime: expect.anything(),
        request: { enableConnection: false, endOf: `W1-${partner}` },
      },
    ]);
  });

  it('later: one request is scheduled, --for counts from its time, and its number cancels it', async () => {
    const partner = aPartner(app);
    const { stdout } = await send('enable', partner, '--at', '+1h', '--for', '2h', '--json');
    const { sequenceNumber, at, until } = JSON.parse(stdout);
    expect(Date.parse(until) - Date.parse(at)).toBe(2 * HOUR_MS);
    expect(scheduled(partner)).toMatchObject([{ request: { enableConnection: true, until } }]);
    expect((await send('cancel', sequenceNumber)).code).toBe(0);
    expect(scheduled(partner)).toEqual([]);
  });

  it('is closed by an enable without an end, which says whose window that is', async () => {
    const partner = aPartner(app);
    const window = ['--for', '4h', '--reference', 'CHG1', '--requested-by', 'jane'];
    expect((await send('enable', partner, ...window, '--wait', '3m')).code).toBe(0);
    const said = 'This closes the window of jane (CHG1), open until ';
    expect((await send('enable', partner, '--dry-run')).stderr).not.toContain(said);
    const later = await send('enable', partner, '--wait', '3m');
    expect(later).toMatchObject({ code: 0, stderr: expect.stringContaining(said) });
    expect((await send('enable', partner, '--wait', '3m')).stderr).not.toContain(said);
  });

  it('is sent all the same if its windows cannot be seen', async () => {
    app.blobStorage.fault = always(permissionMismatch());
    const sent = await send('enable', aPartner(app), '--message-id', 'W3');
    app.blobStorage.fault = undefined;
    expect(sent).toEqual({
      code: 0,
      stdout: 'Sent W3 to external-partner-requests on localhost.\n',
      stderr: '',
    });
  });

  it('the same window again is dropped, and holds until a request without an end', async () => {
    const partner = aPartner(app);
    const until = inHours(2);
    const window = (end: string) =>
      send('enable', partner, '--message-id', `W2-${partner}`, '--wait', '3m', '--until', end);
    expect((await window(until)).code).toBe(0);
    const again = await window(until);
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('What you asked for still holds.'),
    });
    const other = await window('+4h');
    expect(other).toMatchObject({ code: 6, stderr: expect.stringContaining(`Its window ends at ${until}.`) });
    expect((await send('enable', partner, '--message-id', `P2-${partner}`, '--wait', '3m')).code).toBe(0);
    expect(await window(until)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining(`Since then, P2-${partner} (enable) was applied at `),
    });
  });
});
