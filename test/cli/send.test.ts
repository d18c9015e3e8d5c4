import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forbidden } from '../../local/graph/graphFault.ts';
import { always, when } from '../../local/http/fault.ts';
import { type App, startApp } from '../helpers/app.ts';
import { runScript } from '../helpers/command.ts';
import { resultProblem } from '../helpers/contract.ts';
import { aPartner, happened, isConnected, REQUESTS_QUEUE } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(() => app.stop());

const send = (...args: string[]) => runScript('send', args, app);
const sentMessages = () =>
  app.serviceBus.journal.filter(
    ({ queue, type }) => queue === REQUESTS_QUEUE && ['enqueued', 'scheduled'].includes(type),
  ).length;

describe('npm run send', () => {
  it('enables and disables, waits for the answer and ends with 0 where it is applied', async () => {
    const partner = aPartner(app);
    const enabled = await send('enable', partner.toUpperCase(), '--reference', 'CHG1', '--wait');
    expect(enabled).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('applied: enableConnection is true'),
    });
    expect(enabled.stderr).toMatch(/^Sent [\da-f-]{36} to /);
    expect(isConnected(app, partner)).toBe(true);
    expect((await send('disable', partner, '--wait', '30')).code).toBe(0);
    expect(isConnected(app, partner)).toBe(false);
  });

  it('prints the answer as JSON that keeps to the contract', async () => {
    const { stdout } = await send('enable', aPartner(app), '--reference', 'CHG2', '--wait', '--json');
    const answer = JSON.parse(stdout);
    expect(resultProblem(answer)).toBeUndefined();
    expect(answer).toMatchObject({ outcome: 'applied', reference: 'CHG2' });
  });

  it('ends with 1 where the request is rejected and with 3 where it failed, and says why', async () => {
    const rejected = await send('enable', randomUUID(), '--wait');
    expect(rejected).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('No external partner has this id'),
    });
    const partner = aPartner(app);
    app.graph.fault = when(({ path }) => path.includes(partner), always(forbidden()));
    const failed = await send('enable', partner, '--wait');
    expect(failed).toMatchObject({ code: 3, stdout: expect.stringContaining('CloudPC.ReadWrite.All') });
  });

  it('ends with 4 where no answer comes in time, and says where it will come', async () => {
    const partner = aPartner(app);
    app.graph.fault = when(({ path }) => path.includes(partner), always({ kind: 'hang' }));
    const unanswered = await send('enable', partner, '--wait', '1');
    expect(unanswered).toMatchObject({ code: 4, stdout: '' });
    expect(unanswered.stderr).toContain('it will come on the queue external-partner-results');
    app.graph.fault = undefined;
  });

  it('schedules a request, and takes it back by its number', async () => {
    const partner = aPartner(app);
    const scheduled = JSON.parse((await send('enable', partner, '--at', '+3600', '--json')).stdout);
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts().scheduled).toBe(1);
    const cancelled = await send('cancel', scheduled.sequenceNumber);
    expect(cancelled.stdout).toBe(`Cancelled ${scheduled.sequenceNumber}; it will not be applied.\n`);
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts().scheduled).toBe(0);
    const again = await send('cancel', scheduled.sequenceNumber);
    expect(again).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('may have been applied or cancelled'),
    });
  });

  it('sent twice under one message id is one request', async () => {
    const partner = aPartner(app);
    const messageId = `CHG3-${partner}`;
    for (const _ of [1, 2]) {
      expect((await send('enable', partner, '--message-id', messageId, '--wait')).code).toBe(0);
    }
    expect(app.patches(partner)).toHaveLength(1);
    expect(happened(app, 'duplicate', messageId)).toBe(1);
    const opposite = await send('disable', partner, '--message-id', messageId, '--wait');
    expect(opposite).toMatchObject({ code: 2, stdout: '' });
    expect(opposite.stderr).toContain(`${messageId} was used before, for another request, which was applied`);
  });

  it.each([
    [[], 'Say enable, disable or cancel first.'],
    [['toggle'], 'Say enable, disable or cancel first, not toggle.'],
    [['enable'], 'Say which partner'],
    [['enable', 'x'], 'externalPartnerId is "x"; send the id (a GUID)'],
    [['enable', randomUUID(), 'two', 'words'], 'There is a word too many: two.'],
    [['enable', randomUUID(), '--reason', 'x'.repeat(1025)], 'at most 1024 characters'],
    [['enable', randomUUID(), '--at', 'tomorrow'], '--at is tomorrow; write a time such as'],
    [['enable', randomUUID(), '--at', '2030-01-01T00:00'], '--at is 2030-01-01T00:00; write a time such as'],
    [['enable', randomUUID(), '--at', '5Z'], '--at is 5Z; write a time such as'],
    [
      ['enable', randomUUID(), '--at', '2030-01-02T00:00:00Z', '--valid-until', '2030-01-01T00:00:00Z'],
      'the request could only expire',
    ],
    [['enable', randomUUID(), '--at', '+9999999', '--wait'], 'does not wait for an --at that is weeks ahead'],
    [['enable', randomUUID(), '--message-id', '1e3'], 'would come back as another'],
    [['enable', randomUUID(), '--message-id', '12345678901234567890'], 'would come back as another'],
    [['cancel', '18446744073709551631'], 'Say which request to cancel'],
    [['enable', randomUUID(), '--valid-until', 'soon'], 'validUntil is "soon"; send an ISO 8601'],
    [['enable', randomUUID(), '--wait', '0'], '--wait takes seconds'],
    [['enable', randomUUID(), '--message-id', ''], '--message-id takes 1 to 128 characters'],
    [['enable', randomUUID(), '--namespace', 'https://x'], '--namespace is https://x; write NAME'],
    [['enable', randomUUID(), '--colour'], "Unknown option '--colour'"],
    [['cancel'], 'Say which request to cancel'],
    [['cancel', 'x1'], 'Say which request to cancel'],
  ])('refuses %j and says what to type', async (args, message) => {
    const before = sentMessages();
    const { code, stdout, stderr } = await send(...args);
    expect(stderr).toContain(message);
    expect(stderr).toContain('See npm run send -- --help');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(sentMessages()).toBe(before);
  });

  it('says so where nothing listens, without a secret and without a stack', async () => {
    const environment = {
      ServiceBusConnection:
        'Endpoint=sb://localhost:1;SharedAccessKeyName=local;SharedAccessKey=s3cret;UseDevelopmentEmulator=true;',
    };
    const { code, stderr } = await runScript('send', ['enable', randomUUID()], { environment });
    expect(code).toBe(5);
    expect(stderr).toContain('Is `npm start` or `npm run local` running?');
    expect(stderr).not.toMatch(/s3cret|\n\s+at /);
  });
});

it.each(['send', 'results', 'partners', 'deadLetters'])('%s explains itself with --help', async (script) => {
  const { code, stdout, stderr } = await runScript(script, ['--help'], { environment: {} });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('Exit code: 0');
});
