import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/command/errors.ts';
import { parsePartnerIds } from '../../../cli/send/partnerIds.ts';
import { forbidden } from '../../../local/graph/graphFault.ts';
import { always, when } from '../../../local/http/fault.ts';
import { type App, startApp } from '../../helpers/app.ts';
import { epc } from '../../helpers/command.ts';
import { aPartner, isConnected, REQUESTS_QUEUE } from '../../helpers/faults.ts';

let app: App;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'partners-'));
  app = await startApp({}, { partners: [] }, { takesResults: false });
});
afterAll(async () => {
  await app?.stop();
  await rm(directory, { recursive: true, force: true });
});
beforeEach(() => {
  app.graph.partners.clear();
  app.graph.fault = undefined;
});

const send = (...args: string[]) => epc(args, app);
const scheduled = () =>
  app.serviceBus
    .queue(REQUESTS_QUEUE)
    .messages()
    .filter(({ state }) => state === 'scheduled');

async function aFile(content: string): Promise<string> {
  const file = join(directory, randomUUID());
  await writeFile(file, content);
  return file;
}

describe('npx epc disable --all', () => {
  it('disables every partner, closes their windows, and takes back what is scheduled to enable them', async () => {
    const [open, later, off] = [aPartner(app), aPartner(app), aPartner(app)];
    expect((await send('enable', open, '--for', '4h', '--wait', '3m')).code).toBe(0);
    expect((await send('enable', later, '--at', '+4h', '--reference', 'CHG1')).code).toBe(0);

    const asked = await send('disable', '--all');
    expect(asked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('pass --yes') });
    expect(asked.stderr).toContain('Disable these 3 partners on localhost, close their windows');

    const { code, stdout } = await send('disable', '--all', '--yes', '--reference', 'INC1', '--wait', '3m');
    expect(code).toBe(0);
    for (const partner of [open, later, off]) {
      expect(stdout).toContain(`Sent: disable ${partner} (`);
      expect(stdout).toContain(`${partner}  applied: enableConnection is false`);
      expect(isConnected(app, partner)).toBe(false);
    }
    expect(stdout).toContain(`Taken back: enable ${later} (CHG1), scheduled for `);
    // The end of the window comes, finds that it is closed, and changes nothing.
    expect(scheduled().map(({ body }) => JSON.parse(String(body)))).toMatchObject([
      { enableConnection: false, externalPartnerId: open },
    ]);
    expect(JSON.parse((await send('requests', '--json')).stdout).windows).toEqual([]);
  });

  it('with --dry-run changes nothing', async () => {
    const partner = aPartner(app);
    expect((await send('enable', partner, '--wait', '3m')).code).toBe(0);
    const { code, stdout } = await send('disable', '--all', '--dry-run', '--wait', '3m', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'unchanged', reason: { code: 'validateOnly' } });
    expect(isConnected(app, partner)).toBe(true);
  });

  it('says what to do if the caller may not see the partners', async () => {
    app.graph.fault = when(({ method }) => method === 'GET', always(forbidden()));
    expect(await send('disable', '--all', '--yes')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining('To name the partners yourself, use --from FILE.'),
    });
  });

  it('ends with 3 if one fails, after the results of the others', async () => {
    const [one, other] = [aPartner(app), aPartner(app)];
    app.graph.fault = when(({ path }) => path.includes(one), always(forbidden()));
    const { code, stdout } = await send('disable', '--all', '--yes', '--wait', '3m');
    expect(code).toBe(3);
    expect(stdout).toContain(`${one}  failed: `);
    expect(stdout).toContain(`${other}  applied: `);
  });
});

describe('npx epc disable --from', () => {
  it('takes ids one a line', async () => {
    const [one, other] = [aPartner(app), aPartner(app)];
    const file = await aFile(`# Contoso\n${one.toUpperCase()}\r\n\n  ${other}\n${one}\n`);
    const { code, stdout } = await send('disable', '--from', file, '--yes', '--json');
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ externalPartnerId: one, queue: REQUESTS_QUEUE }, { externalPartnerId: other }]);
  });

  it('takes what npx epc partners --json prints', async () => {
    const partner = aPartner(app);
    const { stdout } = await send('partners', '--json');
    expect(parsePartnerIds(stdout)).toEqual([partner]);
  });

  it.each([
    [['--from', '/no/such/file'], 'cannot be read'],
    [['--from', '-'], '--from - names no partner'],
    [['--all', '--from', 'x'], 'give one of them'],
    [[randomUUID(), '--all'], 'give one of them'],
    [[randomUUID(), '--yes'], '--yes is for --all and --from'],
    [['--all', '--at', '+1h'], '--at is for one partner'],
    [['--all', '--message-id', 'x'], '--message-id is for one partner'],
    [[], 'Or pass --all or --from FILE.'],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await send('disable', ...args);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it.each([
    ['b3548526-e615-3785-3118-be70b3968ec5\nContoso', 'Line 2 of --from is Contoso; write the id'],
    ['[{"id":"b3548526-e615-3785-3118-be70b3968ec5"},{"partnerId":"x"}]', 'The id of item 2 of --from'],
    ['[{"id":', 'was it cut?'],
  ])('%j is refused before anything is sent', (content, message) => {
    expect(() => parsePartnerIds(content)).toThrow(UsageError);
    expect(() => parsePartnerIds(content)).toThrow(message);
  });
});
