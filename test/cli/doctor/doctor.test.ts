import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forbidden } from '../../../local/graph/graphFault.ts';
import { always, when } from '../../../local/http/fault.ts';
import { type App, startApp } from '../../helpers/app.ts';
import { type Ended, epc } from '../../helpers/command.ts';
import { aPartner } from '../../helpers/faults.ts';

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.stop());
beforeEach(() => {
  app.graph.fault = undefined;
});

const doctor = (
  args: readonly string[] = [],
  changes: Readonly<Record<string, string>> = {},
): Promise<Ended> => epc(['doctor', ...args], { environment: { ...app.environment, ...changes } });

describe('npx epc doctor', () => {
  it('finds nothing wrong, and has a request checked that changes nothing', async () => {
    const partner = aPartner(app);
    await app.eventOf(await app.send(partner, { enableConnection: true }));
    const before = app.graph.partners.get(partner);

    const { code, stdout } = await doctor(['--probe', partner]);
    expect(stdout.split('\n').map((line) => line.split(/\s{2,}/).slice(0, 2))).toEqual([
      ['check', 'is'],
      ['you are signed in', 'ok'],
      ['you may send requests', 'ok'],
      ['you may read results', 'ok'],
      ['the requests queue requires sessions', 'ok'],
      ['the requests queue detects duplicates', 'ok'],
      ['the requests queue dead-letters what expires', 'ok'],
      ['the results topic has its subscriptions', 'ok'],
      ['only those who are named have a role', 'ok'],
      ['the app runs on one instance', 'ok'],
      ['the identity has its permission', 'ok'],
      ['Application Insights receives records', 'ok'],
      ['the app takes requests', 'ok'],
      ['no request waits too long', 'ok'],
      ['requests are applied', 'ok'],
      ['there are no dead letters', 'ok'],
      ['windows end on time', 'ok'],
      ['a request gets its result', 'ok'],
      [''],
      ['Nothing is wrong.'],
      [''],
    ]);
    expect(stdout).toMatch(
      /a request gets its result +ok +within \d+ s; enableConnection is true, as before\n/,
    );
    expect(code).toBe(0);
    expect(app.graph.partners.get(partner)).toEqual(before);
    expect(app.patches(partner)).toHaveLength(1);
  });

  it('says what is wrong, what could not be checked, and what to do', async () => {
    const partner = aPartner(app);
    app.graph.fault = when(({ path }) => path.includes(partner), always(forbidden()));
    const { code, stdout } = await doctor(['--probe', partner], {
      SERVICE_BUS_NAMESPACE_ID: '/subscriptions/1',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /a request gets its result +wrong +failed, Authorization_RequestDenied: .*CloudPC\.ReadWrite\.All.*\n {2}→ See docs\/troubleshooting\.md\.\n/,
    );
    expect(stdout).toMatch(
      /the requests queue requires sessions +skipped +SERVICE_BUS_NAMESPACE_ID is \/subscriptions\/1\n {2}→ Set it to/,
    );
    expect(stdout).toMatch(/\n\n1 is wrong\. 5 could not be checked\.\n$/);
  });

  it('says that a request is rejected if the partner is not on the list', async () => {
    await app.stopHost();
    await app.startHost({ ALLOWED_EXTERNAL_PARTNER_IDS: '00000000-0000-4000-8000-000000000000' });
    const { code, stdout } = await doctor(['--probe', aPartner(app)]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/a request gets its result +wrong +rejected, notAllowed: /);
  });

  it('with --json prints one array', async () => {
    const { code, stdout } = await doctor(['--json'], {
      IDENTITY_PRINCIPAL_ID: '00000000-0000-4000-8000-000000000000',
    });
    expect(code).toBe(1);
    const findings = JSON.parse(stdout);
    expect(findings).toHaveLength(16);
    expect(findings).toContainEqual({
      name: 'the results topic has its subscriptions',
      status: 'ok',
      seen: 'external-partner-results has tickets and recent',
    });
    expect(findings).toContainEqual({
      name: 'the identity has its permission',
      status: 'wrong',
      seen: 'no identity has the principal id 00000000-0000-4000-8000-000000000000',
      todo: expect.any(String),
    });
  });

  it('looks no further without a sign-in', async () => {
    const changes = {
      SERVICE_BUS_NAMESPACE: 'contoso.servicebus.windows.net',
      AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential',
      PATH: '',
      GRAPH_BASE_URL: '',
    };
    const { code, stdout } = await doctor([], changes);
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^you are signed in +wrong +Not signed in to Azure\. /),
      '  → Nothing else can be checked before that.',
      '',
      '1 is wrong.',
      '',
    ]);
  });

  it.each([
    [['--probe', 'x'], '--probe is x; write the id (a GUID) of a'],
    [['x'], 'Unexpected argument: x.'],
    [['--namespace', 'x'], '--namespace is x; write NAME.servicebus.windows.net, or'],
  ])('refuses %j and says what to type', async (args, message) => {
    const { code, stdout, stderr } = await doctor(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
