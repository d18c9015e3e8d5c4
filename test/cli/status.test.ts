import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forbidden } from '../../local/graph/graphFault.ts';
import { always } from '../../local/http/fault.ts';
import { type App, startApp } from '../helpers/app.ts';
import { epc } from '../helpers/command.ts';
import { aPartner, REQUESTS_QUEUE } from '../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp({}, {}, { takesResults: true });
});
afterAll(() => app?.stop());
beforeEach(() => {
  app.graph.fault = undefined;
});

const status = (...args: string[]) => epc(['status', ...args], app);
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

describe('npx epc status', () => {
  it('says that all is well, with what is open and what is scheduled', async () => {
    const partner = aPartner(app);
    await app.request(partner, { enableConnection: true, until: inHours(2), reference: 'CHG1' });
    const at = new Date(Date.now() + 3_600_000);
    await app.send(
      aPartner(app),
      { enableConnection: true, reference: 'CHG2' },
      { scheduledEnqueueTimeUtc: at },
    );
    const { code, stdout } = await status();
    expect(stdout.split('\n')[0]).toBe('Healthy.');
    expect(stdout).toMatch(/the app takes requests +ok +nothing waits/);
    expect(stdout).toMatch(/windows end on time +ok +1 window, the first ends at/);
    expect(stdout).toMatch(new RegExp(`Open windows:\n.*\n${partner} .* CHG1`));
    expect(stdout).toMatch(/Scheduled:\n.*\n\d+ .* enable +CHG2/);
    expect(code).toBe(0);
  });

  it('finds what failed, until the partner has been changed', async () => {
    const partner = aPartner(app);
    app.graph.fault = always(forbidden());
    await app.request(partner, { enableConnection: true });
    app.graph.fault = undefined;
    const broken = await status();
    expect(broken.stdout).toMatch(/^Not healthy: 1 thing is wrong\.\n/);
    expect(broken.stdout).toMatch(
      new RegExp(`requests are applied +wrong +.* the last for ${partner}: .*CloudPC`),
    );
    expect(broken.code).toBe(1);
    await app.request(partner, { enableConnection: true });
    expect((await status()).code).toBe(0);
  });

  it('with --json prints one object, and with --probe sends a request that changes nothing', async () => {
    const partner = aPartner(app);
    const { code, stdout } = await status('--json', '--probe', partner);
    expect(code).toBe(0);
    const object = JSON.parse(stdout);
    expect(object).toMatchObject({ healthy: true, requestsQueue: REQUESTS_QUEUE });
    expect(object.findings).toContainEqual(
      expect.objectContaining({ name: 'a request gets its result', status: 'ok' }),
    );
  });

  it('says what cannot be seen, and guesses nothing', async () => {
    const environment = { ...app.environment, AzureWebJobsStorage__blobServiceUri: 'https://localhost:1' };
    const { code, stdout } = await epc(['status'], { environment });
    expect(stdout).toMatch(/^Healthy, as far as can be seen: 1 could not be checked\.\n/);
    expect(stdout).toMatch(/windows end on time +skipped +Cannot reach the local storage/);
    expect(code).toBe(0);
  });

  it('finds dead letters, and a message that nothing takes', async () => {
    await app.stopHost();
    const partner = aPartner(app);
    await app.send(partner, { enableConnection: true }, { timeToLive: 1, messageId: randomUUID() });
    await app.startHost();
    const { code, stdout } = await status();
    expect(stdout).toMatch(/there are no dead letters +wrong +1 dead letter\n +→ Run npx epc dead-letters/);
    expect(code).toBe(1);
  });
});
