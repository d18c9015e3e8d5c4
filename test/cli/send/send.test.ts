import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forbidden } from '../../../local/graph/graphFault.ts';
import { always, when } from '../../../local/http/fault.ts';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { resultProblem } from '../../helpers/contract.ts';
import { aPartner, isConnected, REQUESTS_QUEUE } from '../../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(async () => {
  // It may wait for a hanging attempt.
  await app?.killHost();
  await app?.stop();
});

const send = (...args: string[]) => epc(args, app);
const sentMessages = () =>
  app.serviceBus.journal.filter(
    ({ queue, type }) => queue === REQUESTS_QUEUE && ['enqueued', 'scheduled'].includes(type),
  ).length;

describe('npx epc enable and disable', () => {
  it('enables and disables, waits for the result and ends with 0 if it is applied', async () => {
    const partner = aPartner(app);
    const enabled = await send('enable', partner.toUpperCase(), '--reference', 'CHG1', '--wait', '3m');
    expect(enabled).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('applied: enableConnection is true'),
    });
    expect(enabled.stderr).toMatch(
      /^Sent [\da-f-]{36} to external-partner-requests on localhost\.\nWaiting /,
    );
    expect(isConnected(app, partner)).toBe(true);
    expect((await send('disable', partner, '--wait', '180')).code).toBe(0);
    expect(isConnected(app, partner)).toBe(false);
  });

  it('says where it sent a request, in words and as JSON', async () => {
    const partner = aPartner(app);
    const sent = await send('enable', partner, '--message-id', `M1-${partner}`);
    expect(sent).toEqual({
      code: 0,
      stdout: `Sent M1-${partner} to external-partner-requests on localhost.\n`,
      stderr: '',
    });
    const { stdout } = await send('disable', partner, '--message-id', `M2-${partner}`, '--json');
    expect(JSON.parse(stdout)).toEqual({
      messageId: `M2-${partner}`,
      correlationId: expect.stringMatching(/^[\da-f-]{36}$/),
      queue: 'external-partner-requests',
      host: 'localhost',
    });
  });

  it('prints the result as JSON that keeps to the contract', async () => {
    const { stdout } = await send('enable', aPartner(app), '--reference', 'CHG2', '--wait', '3m', '--json');
    const result = JSON.parse(stdout);
    expect(resultProblem(result)).toBeUndefined();
    expect(result).toMatchObject({ outcome: 'applied', reference: 'CHG2' });
  });

  it('ends with 1 if the request is rejected and with 3 if it failed, and says why', async () => {
    const rejected = await send('enable', randomUUID(), '--wait', '3m');
    expect(rejected).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('No external partner has this id'),
    });
    const partner = aPartner(app);
    app.graph.fault = when(({ path }) => path.includes(partner), always(forbidden()));
    const failed = await send('enable', partner, '--wait', '3m');
    expect(failed).toMatchObject({ code: 3, stdout: expect.stringContaining('CloudPC.ReadWrite.All') });
    app.graph.fault = undefined;
  });

  it('with --dry-run has it checked, and changes nothing', async () => {
    const partner = aPartner(app);
    const checked = await send('enable', partner, '--for', '4h', '--dry-run', '--wait', '3m');
    expect(checked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^unchanged: validateOnly: /),
      stderr: expect.stringContaining(' on localhost, to be checked only.\n'),
    });
    expect(isConnected(app, partner)).toBe(false);
    expect(await send('disable', randomUUID(), '--dry-run')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('No external partner has this id'),
    });
  });

  it('ends with 4 if no result comes in time, and says where the request is', async () => {
    const partner = aPartner(app);
    app.graph.fault = when(({ path }) => path.includes(partner), always({ kind: 'hang' }));
    const id = `slow-${partner}`;
    const waiting = await send('enable', partner, '--wait', '1s', '--message-id', id);
    expect(waiting).toMatchObject({ code: 4, stdout: '' });
    expect(waiting.stderr).toContain(`No result yet: ${id} is still on the queue (npx epc requests).`);
    expect(waiting.stderr).toContain('Its result will come on external-partner-results on localhost.');
    app.graph.fault = undefined;
  });
});

describe('npx epc refuses', () => {
  const id = randomUUID();

  it.each([
    [['enable', id, 'two', 'words'], 'Unexpected argument: two. Quote values that contain spaces.'],
    [['enable', id, '--at', '2020-01-01T00:00:00Z'], '--at is 2020-01-01T00:00:00Z, which has passed'],
    [['enable', id, '--namespace', 'https://x'], '--namespace is https://x; write NAME'],
    [['cancel'], 'Which request? Type the number of a scheduled one'],
    [['cancel', 'x1'], 'x1 is not the number of a request'],
  ])('%j and says what to type', async (args, message) => {
    const before = sentMessages();
    const { code, stdout, stderr } = await send(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain(`See npx epc ${args[0]} --help`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(sentMessages()).toBe(before);
  });
});
