import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, startApp } from '../helpers/app.ts';
import { epc } from '../helpers/command.ts';
import { aPartner, REQUESTS_QUEUE } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const send = (...args: string[]) => epc(args, app);

it('npx epc cancel does not take the end of a window away unless it is told so, and says what that means', async () => {
  const partner = aPartner(app);
  expect((await send('enable', partner, '--for', '4h', '--reference', 'CHG1', '--wait', '3m')).code).toBe(0);
  const queue = () => app.serviceBus.queue(REQUESTS_QUEUE).messages();
  const number = String(queue()[0]?.sequenceNumber);

  const asked = await send('cancel', number);
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('pass --yes');
  expect(asked.stderr).toContain(`end of window ${partner} (CHG1), scheduled for `);
  expect(queue()).toHaveLength(1);

  const { code, stdout, stderr } = await send('cancel', number, '--yes', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    sequenceNumber: number,
    cancelled: true,
    sessionId: partner,
    request: { enableConnection: false, reference: 'CHG1' },
  });
  expect(stderr).toBe(`The app does not end this window any more. To end it: npx epc disable ${partner}\n`);
  expect(queue()).toEqual([]);
});
