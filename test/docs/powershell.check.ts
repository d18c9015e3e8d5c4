import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dotnet, dotnetEnvironment, hasDotnetSdk } from '../dotnet/dotnetSdk.ts';
import { type SnippetRunner, startSnippetRunner, TICKETS } from './snippetRunner.ts';
import { type Snippet, snippetsOf } from './snippets.ts';

const page = 'docs/guides/powershell.md';
const HOUR_MS = 3_600_000;
const RUN_TIMEOUT_MS = 110_000;

const snippets = snippetsOf(page);
const isSdkThere = hasDotnetSdk();
if (!isSdkThere)
  console.log(`There is no .NET SDK here: the snippets of ${page} are not run with PowerShell.`);

function codeOf(heading: string): string {
  const [snippet, ...others] = snippets.filter((one) => one.heading === heading);
  if (!snippet || others.length > 0) throw new Error(`${page} has not one snippet under "${heading}".`);
  return snippet.code;
}

/** The module Az.Accounts, as far as the page uses it: it would sign in to Azure. */
const azAccounts = `
function Connect-AzAccount { }
function Get-AzAccessToken {
  param([Parameter(Mandatory)] [string] $ResourceUrl, [switch] $AsSecureString)
  [pscustomobject]@{ Token = $AsSecureString ? (ConvertTo-SecureString any -AsPlainText -Force) : 'any' }
}
`;

/** What the page says to type to try it without Azure. */
const withoutAzure = [
  ...(/^To try it without Azure.*$/m.exec(readFileSync(page, 'utf8'))?.[0] ?? '').matchAll(/`(\$[^`]+)`/g),
]
  .map(([, statement]) => statement)
  .join('\n');

/** The function that the page defines once and uses further down. */
const sendConnectionRequest =
  /^function Send-ConnectionRequest \{[\s\S]*?^\}/m.exec(codeOf('Enable'))?.[0] ?? '';

describe.skipIf(!isSdkThere)('the guide for PowerShell', () => {
  let runner: SnippetRunner;
  let at: string;
  let until: string;
  const id = (suffix: string) => `${runner.ticket()}-${suffix}`;

  beforeAll(async () => {
    expect(await dotnet(['tool', 'restore'], { timeoutMs: 300_000, stdio: 'ignore' })).toBe(0);
    runner = await startSnippetRunner();
  });
  afterAll(() => runner?.stop());
  beforeEach(() => {
    runner.newTicket();
    const { AT, UNTIL } = runner.environment();
    [at, until] = [AT, UNTIL].map((time) => `${time}`.replace(/\.\d+Z$/, 'Z')) as [string, string];
  });

  /** Runs code after what stands above it on the page; it must succeed. Returns what it printed. */
  async function run(code: string): Promise<string> {
    const script = [
      "$ErrorActionPreference = 'Stop'",
      azAccounts,
      codeOf('From PowerShell'),
      withoutAzure.replace('http://localhost:8080', runner.serviceBus.httpUrl),
      '$partner, $ticket, $messageId = $env:EXTERNAL_PARTNER_ID, $env:TICKET, $env:MESSAGE_ID',
      sendConnectionRequest,
      code.replaceAll('2030-01-31T08:00:00Z', at).replaceAll('2030-01-31T18:00:00Z', until),
    ].join('\n');
    const file = join(runner.directory, 'snippet.ps1');
    await writeFile(file, script);
    const args = ['tool', 'run', 'pwsh', '--', '-NoProfile', '-NonInteractive', '-File', file];
    const env = {
      ...dotnetEnvironment(),
      ...runner.environment(),
      POWERSHELL_TELEMETRY_OPTOUT: '1',
      NO_COLOR: '1',
    };
    const { stdout } = await promisify(execFile)('dotnet', args, { env, timeout: RUN_TIMEOUT_MS });
    return stdout;
  }

  async function begin(isConnected: boolean) {
    runner.post(id('before'), isConnected);
    await runner.resultOf(id('before'));
    expect(runner.isConnected()).toBe(isConnected);
  }

  async function isApplied(isConnected: boolean) {
    const result = { outcome: 'applied', reference: runner.ticket() };
    expect(await runner.resultOf(runner.messageId())).toMatchObject(result);
    expect(runner.isConnected()).toBe(isConnected);
  }

  /** What the page claims of the snippet under each heading. */
  const claims: Record<string, (code: string) => Promise<unknown>> = {
    async 'From PowerShell'() {
      expect(await run('"$requests $results $($token.Length)"')).toBe(
        `${runner.environment().REQUESTS_QUEUE} ${runner.environment().RESULTS_TOPIC} 3\n`,
      );
    },
    async Enable(code) {
      await begin(false);
      await run(code);
      await isApplied(true);
    },
    async Disable(code) {
      await begin(true);
      await run(code);
      await isApplied(false);
    },
    async 'Schedule a request'(code) {
      await begin(false);
      await run(code);
      expect(runner.happened(runner.messageId())).toEqual(['scheduled']);
      runner.clock.advance(HOUR_MS);
      await isApplied(true);
      expect(await runner.resultOf(runner.messageId())).toMatchObject({ request: { validUntil: until } });
    },
    async 'Enable for a limited time'(code) {
      await begin(false);
      await run(code);
      await isApplied(true);
      runner.clock.advance(2 * HOUR_MS);
      expect(await runner.endOf(runner.messageId()).result()).toMatchObject({ outcome: 'applied' });
      expect(runner.isConnected()).toBe(false);
    },
    async 'Avoid duplicates'(code) {
      await run(code);
      await runner.resultOf(runner.messageId());
      const happened = runner.happened(runner.messageId());
      expect(happened.filter((type) => type === 'enqueued' || type === 'duplicate').sort()).toEqual([
        'duplicate',
        'enqueued',
      ]);
    },
    async 'Read results'(code) {
      const waiting = () => runner.serviceBus.queue(TICKETS).messages().length;
      const head = `${runner.serviceBus.httpUrl}/${TICKETS}/messages/head?timeout=0`;
      for (let earlier = waiting(); earlier > 0; earlier--) {
        await fetch(head, { method: 'DELETE', headers: { Authorization: 'Bearer any' } });
      }
      runner.post(id('applied'), false);
      await runner.resultOf(id('applied'));
      runner.post(id('expired'), true, { validUntil: '2020-01-01T00:00:00Z' });
      await runner.resultOf(id('expired'));
      expect(await run(code)).toMatch(new RegExp(`^${runner.ticket()}, disable: applied\\. `));
      expect(waiting()).toBe(1);
      expect(await run(code)).toMatch(
        new RegExp(`^${runner.ticket()}, enable: for the requester to fix\\. `),
      );
      expect(waiting()).toBe(0);
    },
  };

  it('has a check for every snippet, and says of none that it is not run', () => {
    const isPowerShell = ({ language }: Snippet) => language === 'powershell';
    expect(snippets.filter(isPowerShell).map(({ heading }) => heading)).toEqual(Object.keys(claims));
    expect(snippets.filter(({ isNotRun }) => isNotRun)).toEqual([]);
  });

  for (const [heading, claim] of Object.entries(claims)) {
    it(`does what it says: ${heading}`, () => claim(codeOf(heading)));
  }

  it.each([
    ['a time that is past', "-At ([datetimeoffset]'2020-01-01T00:00:00Z')"],
    ['a variable that was never set', '-At $none'],
  ])('does not send at once what is scheduled for %s', async (_, time) => {
    await expect(run(`Send-ConnectionRequest -Enable $true -MessageId $messageId ${time}`)).rejects.toThrow(
      /At has to be a time ahead/,
    );
    expect(runner.happened(runner.messageId())).toEqual([]);
  });
});
