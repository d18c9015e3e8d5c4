import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { permissionMismatch } from '../../local/blobStorage/storageFault.ts';
import { serviceUnavailable } from '../../local/graph/graphFault.ts';
import { always, when } from '../../local/http/fault.ts';
import type { JournalEntry } from '../../local/serviceBus/broker.ts';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { epc } from '../helpers/command.ts';
import { aPartner, happened, REQUESTS_QUEUE } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: false });
});
afterAll(async () => {
  // It may wait for a hanging attempt.
  await app?.killHost();
  await app?.stop();
});

const requests = (...args: string[]) => epc(['requests', ...args], app);

describe('npx epc requests', () => {
  it('says so if there are none', async () => {
    expect(await requests()).toEqual({
      code: 0,
      stdout: 'There are no requests on external-partner-requests on localhost.\n\nNo window is open.\n',
      stderr: '',
    });
  });

  it('lists what is tried, what waits behind it and what is scheduled, per partner, and takes none', async () => {
    const [first, second] = [aPartner(app), aPartner(app)];
    app.graph.fault = always({ kind: 'hang' });
    const tried = await app.send(first, { enableConnection: true, reference: 'CHG1' });
    await eventually(() => (app.patches(first).length > 0 ? true : undefined), 'the attempt');
    const due = await app.send(
      first,
      { enableConnection: false, reference: 'CHG2\u001b[31m' },
      { scheduledEnqueueTimeUtc: new Date(Date.now() + 50) },
    );
    const isDue = ({ type, messageId }: JournalEntry) => type === 'enqueued' && messageId === due;
    await eventually(() => app.serviceBus.journal.find(isDue), 'the time of the scheduled request');
    const at = new Date(Date.now() + 3_600_000);
    await app.send(second, { enableConnection: true }, { messageId: 'later', scheduledEnqueueTimeUtc: at });
    await app.send(first, {}, { messageId: 'invalid', body: 'no request' });

    const { stdout, code } = await requests();
    expect(code).toBe(0);
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ( \([^)]+\))?`;
    const age = String.raw`\d+ (s|min|min \d+ s)`;
    expect(stdout).toMatch(
      new RegExp(
        [
          '^number +state +request +age +time +reference +deliveries +message id',
          `Partner ${first}`,
          String.raw`\d+ +first in line +enable +${age} +${time} +CHG1 +${tried.slice(0, 8)}`,
          String.raw`\d+ +waiting +disable +${age} +${time} +CHG2 \[31m +`,
          String.raw`\d+ +waiting +invalid +${age} +${time} +invalid`,
          `Partner ${second}`,
          String.raw`\d+ +scheduled +enable +in \d+ \S+.* +${at.toISOString().slice(0, 19)}Z.* +later`,
        ]
          .map((line) => `${line}.*\n`)
          .join(''),
      ),
    );

    const { requests: listed } = JSON.parse((await requests('--json')).stdout);
    expect(listed).toMatchObject([
      { messageId: tried, state: 'first', sessionId: first, request: { reference: 'CHG1' } },
      { state: 'waiting', request: { enableConnection: false } },
      { messageId: 'later', state: 'scheduled', time: at.toISOString() },
      { messageId: 'invalid', state: 'waiting', request: '"no request"' },
    ]);
    const { sequenceNumber } = listed[2];
    expect((await epc(['cancel', sequenceNumber], app)).code).toBe(0);
    expect(app.serviceBus.queue(REQUESTS_QUEUE).counts().scheduled).toBe(0);
    app.graph.fault = undefined;
  });

  it('lists who holds what open until when, and how to end it', async () => {
    const partner = aPartner(app);
    const open = ['enable', partner, '--for', '4h', '--reference', 'CHG3', '--requested-by', 'jane'];
    expect((await epc([...open, '--message-id', 'W1', '--wait', '3m'], app)).code).toBe(0);
    const { stdout } = await requests();
    expect(stdout).toMatch(/^\d+ +scheduled +end of window +in /m);
    expect(stdout).toMatch(
      new RegExp(`Open windows:\npartner +until .*\n${partner} +\\S+Z.* +CHG3 +jane +W1\n`),
    );
    expect(stdout).toContain('\nTo end the windows of a partner: npx epc disable PARTNER\n');
    const listed = JSON.parse((await requests('--json')).stdout);
    expect(listed.windows).toEqual([
      {
        externalPartnerId: partner,
        id: 'W1',
        until: expect.stringMatching(/^\d{4}-.*Z$/),
        requestedBy: 'jane',
        reference: 'CHG3',
      },
    ]);
  });

  it('says why a request is tried again, from the records', async () => {
    const partner = aPartner(app);
    await app.stopHost();
    await app.startHost({ RETRY_BUDGET_SECONDS: '1' });
    app.graph.fault = when(({ path }) => path.includes(partner), always(serviceUnavailable('1')));
    const id = await app.send(partner, { enableConnection: true });
    await eventually(() => happened(app, 'delivered', id) > 1 || undefined, 'another delivery');
    // So that it does not end while it is looked at.
    await app.killHost();
    const { stdout } = await requests();
    expect(stdout).toMatch(/ message id +last error\n/);
    expect(stdout).toMatch(new RegExp(`${id} +\\S+: Graph responded with 503`));
    const { requests: listed } = JSON.parse((await requests('--json')).stdout);
    expect(listed).toContainEqual(
      expect.objectContaining({ messageId: id, lastError: expect.stringContaining('503') }),
    );
    app.graph.fault = undefined;
  });

  it('names the right that windows take if the caller does not have it', async () => {
    app.blobStorage.fault = always(permissionMismatch());
    expect(await requests()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        'Open windows cannot be seen. the local storage responded with 403: To see windows takes the role Storage Blob Data Reader',
      ),
    });
    expect(JSON.parse((await requests('--json')).stdout).windows).toEqual({ unseen: expect.any(String) });
    app.blobStorage.fault = undefined;
  });

  it('refuses what it does not know', async () => {
    expect(await requests('all')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Unexpected argument: all.'),
    });
    expect(await requests('--jsno')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "--json"?'),
    });
  });
});
