import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forbidden } from '../../../local/graph/graphFault.ts';
import { always, when } from '../../../local/http/fault.ts';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { aPartner } from '../../helpers/faults.ts';
import { call } from '../../local/http/httpClient.ts';
import { createAdjustableClock } from '../../local/serviceBus/adjustableClock.ts';

let app: App;
const clock = createAdjustableClock();
beforeAll(async () => {
  app = await startApp({}, { clock });
});
afterAll(() => app?.stop());
beforeEach(() => {
  app.graph.fault = undefined;
});

const history = (...args: string[]) => epc(['history', ...args], app);
const entriesOf = async (...args: string[]) => JSON.parse((await history(...args, '--json')).stdout).entries;

/** Opens a window and waits for its record, then for its end and that record. */
async function aWindow(partner: string, properties: object): Promise<void> {
  const until = new Date(clock.now() + 3_600_000).toISOString();
  const opened = await app.send(partner, { enableConnection: true, until, ...properties });
  await app.eventOf(opened);
  clock.advance(3_700_000);
  const findEnd = () => app.ingestion.events().find(({ properties: { endOf } }) => endOf === opened);
  await expect.poll(findEnd, { timeout: 60_000 }).toBeDefined();
}

/** Changes a partner in Graph as somebody else does. */
async function changeElsewhere(partner: string, enableConnection: boolean): Promise<void> {
  const ca = readFileSync(app.environment.NODE_EXTRA_CA_CERTS ?? '', 'utf8');
  const [token = ''] = app.identity.issued.keys();
  const url = `${app.graph.url}/beta/deviceManagement/virtualEndpoint/externalPartners/${partner}`;
  const { status } = await call(url, {
    method: 'PATCH',
    ca,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ enableConnection }),
  });
  expect(status).toBe(200);
}

describe('npx epc history', () => {
  it('shows a window from its request to its end, by whom, with what Graph says of it', async () => {
    const partner = aPartner(app);
    await aWindow(partner, { reference: 'CHG1', requestedBy: 'jane', reason: 'Repair' });
    await app.eventOf(
      await app.send(partner, { enableConnection: true, validUntil: '2020-01-01T00:00:00Z' }),
    );

    const entries = await entriesOf(partner.toUpperCase());
    expect(entries).toMatchObject([
      {
        what: expect.stringMatching(/^enable until \S+Z: applied$/),
        by: 'jane',
        reference: 'CHG1',
        details: expect.stringMatching(/^Repair; Connected/),
        audit: { result: 'success', actor: 'local', changes: ['enableConnection: ? → true'] },
        isElsewhere: false,
      },
      { what: 'end of window: applied', by: 'jane', reference: 'CHG1', audit: { result: 'success' } },
      { what: 'enable: rejected', details: expect.stringContaining('expired') },
    ]);
    for (const { at, requestedAt, clientRequestId } of entries) {
      expect(Date.parse(requestedAt)).toBeLessThanOrEqual(Date.parse(at));
      expect(clientRequestId).toMatch(/^[\da-f-]{36}$/);
    }
    expect(entries[0].audit.clientRequestId).toBe(entries[0].clientRequestId);

    const { stdout } = await history(partner);
    expect(stdout).toMatch(/^time +what +by +reference +details +in Graph +clientRequestId +requested\n/);
    expect(stdout).toMatch(/ end of window: applied +jane +CHG1 +/);
    expect(stdout).toContain('\n3 entries of the last 30 days.\n');
    expect((await entriesOf('--reference', 'CHG1')).map(({ what }: { what: string }) => what)).toEqual([
      entries[0].what,
      entries[1].what,
    ]);
  });

  it('shows what was changed in Graph without this app, and makes it stand out', async () => {
    const partner = aPartner(app);
    await app.eventOf(await app.send(partner, { enableConnection: false, reference: 'CHG2' }));
    await changeElsewhere(partner, true);
    // Another request of this app is not a change without it, whatever it was for.
    await app.eventOf(await app.send(partner, { enableConnection: false, reference: 'OTHER' }));
    for (const about of [[partner], ['--reference', 'CHG2']]) {
      const entries = await entriesOf(...about);
      expect(entries.filter(({ reference }: { reference: string }) => reference !== 'OTHER')).toMatchObject([
        { what: 'disable: applied', isElsewhere: false },
        {
          what: 'CHANGED WITHOUT THIS APP: Update external partner',
          by: 'local',
          details: 'enableConnection: ? → true',
          isElsewhere: true,
        },
      ]);
    }
    const { stdout } = await history(partner);
    expect(stdout).toContain(
      '1 of them: changed in Graph without this app.\nA record may come 15 minutes late',
    );
    const page = (await history(partner, '--markdown')).stdout;
    expect(page).toMatch(/^# History of external partner /);
    expect(page).toContain('In bold below: **1 change in Graph without this app**.');
    expect(page).toMatch(/\| \*\*CHANGED WITHOUT THIS APP: Update external partner\*\* \|/);
  });

  it('keeps what requesters wrote from being markup', async () => {
    const partner = aPartner(app);
    const reason = '| a | <img src=x onerror=y> [x](https://evil.example) @all *b*\nnext';
    await app.eventOf(await app.send(partner, { enableConnection: false, reason, reference: '=1+1' }));
    const { stdout } = await history(partner, '--markdown');
    const [row, ...others] = stdout.split('\n').filter((line) => line.includes('disable: applied'));
    expect(others).toEqual([]);
    expect(row?.split(/(?<!\\)\|/)).toHaveLength(11);
    expect(row).toContain(
      '\\| a \\| &lt;img src=x onerror=y&gt; \\[x\\](https:&#47;&#47;evil.example) &#64;all \\*b\\* next',
    );
    expect(await entriesOf('--reference', '=1+1')).toHaveLength(1);
  });

  it('does without the audit of Graph if the caller may not read it, and says so', async () => {
    const partner = aPartner(app);
    await app.eventOf(await app.send(partner, { enableConnection: false }));
    app.graph.fault = when(({ path }) => path.includes('auditEvents'), always(forbidden()));
    const { code, stdout } = await history(partner);
    expect(code).toBe(0);
    expect(stdout).toContain(' disable: applied ');
    expect(stdout).toContain(
      'The audit events of Graph cannot be seen, so a change without this app is not shown.',
    );
    expect(stdout).toContain('CloudPC.Read.All');
  });

  it('says which role the records take', async () => {
    app.logAnalytics.fault = always({ kind: 'response', status: 403, body: '{}' });
    expect(await history('--reference', 'x')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining('Log Analytics Reader'),
    });
    app.logAnalytics.fault = undefined;
  });

  it('says so if there is nothing', async () => {
    const { code, stdout } = await history('--reference', 'nothing');
    expect({ code, first: stdout.split('\n')[0] }).toEqual({
      code: 0,
      first: '0 entries of the last 30 days.',
    });
  });

  it.each([
    [[], 'Whose history?'],
    [['x'], 'PARTNER_ID is x; write the id'],
    [['b3548526-e615-3785-3118-be70b3968ec5', '--reference', 'x'], 'give one of them'],
    [['--reference', 'x', '--json', '--markdown'], 'give one of them'],
    [['--reference', 'x', '--days', '0'], '--days is 0; write a number of days'],
  ])('%j is refused', async (args, message) => {
    expect(await history(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});
