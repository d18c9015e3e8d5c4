import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import { startHttpServer } from '../../local/http/httpServer.ts';
import local from '../../local.settings.json' with { type: 'json' };
import type { Result } from '../../shared/result.ts';
import { type App, eventually, startApp } from '../helpers/app.ts';
import { requestProblem, resultProblem } from '../helpers/contract.ts';
import { isRun, type Snippet, snippetsOf } from './snippets.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const RESULTS_QUEUE = `${RESULTS_TOPIC}/Subscriptions/tickets`;
/** Ahead enough for a snippet to start before it. */
const SCHEDULED_AHEAD_MS = 5_000;
const partner = samplePartners[0]?.id.toLowerCase() ?? '';

const hasBash = ['bash', 'curl', 'sed'].every(
  (command) => spawnSync(command, ['--version']).error === undefined,
);

const pages = globSync('docs/guides/*.md');
const snippets = pages.flatMap(snippetsOf);
const pageOf = ({ page }: Snippet) => basename(page, '.md');

describe('a snippet in a guide', () => {
  it('is there on each of the pages', () => {
    expect(pages.map((page) => basename(page, '.md')).sort()).toEqual([
      'http',
      'logic-apps',
      'pipeline',
      'powershell',
      'sdk',
    ]);
    for (const page of pages) expect(snippetsOf(page).length).toBeGreaterThan(0);
  });

  it.each(snippets.filter((snippet) => !isRun(snippet) && !isExample(snippet)))(
    'in a language that is not run says so: $page, $heading',
    ({ isNotRun }) => {
      expect(isNotRun).toBe(true);
    },
  );

  it.each(snippets.filter(({ language }) => language === 'json'))(
    'that is JSON is well-formed: $page, $heading',
    ({ code }) => {
      expect(() => JSON.parse(code)).not.toThrow();
    },
  );
});

/** A request or an answer, which the schemas check. */
function isExample({ language, code }: Snippet): boolean {
  return language === 'json' && (!requestProblem(JSON.parse(code)) || !resultProblem(JSON.parse(code)));
}

describe('the snippets that are run', () => {
  let app: App;
  let directory: string;
  let environment: Record<string, string | undefined>;
  let tickets = 0;

  beforeAll(async () => {
    app = await startApp();
    // Its receiver would take the answers that the snippets are there to read.
    await app.client.close();
    // In the checkout, where the packages are found.
    await mkdir('.local', { recursive: true });
    directory = await mkdtemp('.local/guides-');
    await writeFile(join(directory, 'serviceBus.ts'), found('sdk', 'Connect').code);
  });
  afterAll(async () => {
    await app?.stop();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    const at = Date.now() + SCHEDULED_AHEAD_MS;
    environment = {
      SERVICE_BUS_URL: app.serviceBus.httpUrl,
      ServiceBusConnection: app.serviceBus.connectionString,
      SERVICE_BUS_NAMESPACE: undefined,
      TOKEN: 'any',
      REQUESTS_QUEUE,
      RESULTS_QUEUE,
      EXTERNAL_PARTNER_ID: partner,
      TICKET: `CHG${++tickets}`,
      AT: new Date(at).toISOString(),
      UNTIL: new Date(at + 1_000).toISOString(),
    };
  });

  const ticket = () => environment.TICKET ?? '';
  const enableConnection = () => app.graph.partners.get(partner)?.enableConnection;
  const journal = (messageId: string) =>
    app.serviceBus.journal.filter((entry) => entry.queue === REQUESTS_QUEUE && entry.messageId === messageId);
  const happened = (messageId: string) => journal(messageId).map(({ type }) => type);
  const answers = () =>
    app.serviceBus.journal
      .filter(({ queue, type }) => queue === RESULTS_QUEUE && type === 'enqueued')
      .map(({ body }): Result => JSON.parse(String(body)));
  const resultsOf = (messageId: string) => answers().filter((answer) => answer.messageId === messageId);
  const resultOf = (messageId: string) =>
    eventually(() => resultsOf(messageId)[0], `the answer to ${messageId}`);

  /** Sends a request in another way than the snippets do. */
  function post(messageId: string, enable: boolean, scheduledEnqueueTime?: Date) {
    const body = { externalPartnerId: partner, enableConnection: enable, reference: ticket() };
    app.serviceBus.send(REQUESTS_QUEUE, {
      messageId,
      sessionId: partner,
      scheduledEnqueueTime,
      body: Buffer.from(JSON.stringify(body)),
    });
  }

  async function takeAllAnswers() {
    const head = `${app.serviceBus.httpUrl}/${RESULTS_QUEUE}/messages/head?timeout=0`;
    for (let left = answers().length; left >= 0; left--) {
      const { status } = await fetch(head, { method: 'DELETE', headers: { Authorization: 'Bearer any' } });
      if (status === 204) return;
    }
    throw new Error('There are more answers on the results queue than were ever sent.');
  }

  /** A snippet as a command: bash as it is, TypeScript from a file beside serviceBus.ts. */
  async function commandOf({ language, code, heading }: Snippet): Promise<[string, string[]]> {
    if (language === 'bash') return ['bash', ['-euo', 'pipefail', '-c', code]];
    const file = join(directory, `${heading.replace(/\W/g, '-')}.ts`);
    await writeFile(file, code);
    return [process.execPath, [file]];
  }

  /** Runs a snippet, which must succeed; returns what it printed. */
  async function run(snippet: Snippet, { more = {}, cwd = '.' } = {}): Promise<string> {
    const [command, args] = await commandOf(snippet);
    const env = { ...process.env, ...environment, ...more };
    const { stdout } = await promisify(execFile)(command, args, { env, cwd, timeout: 50_000 });
    return stdout;
  }

  async function sendsAndIsApplied(snippet: Snippet, enable: boolean) {
    const messageId = `${ticket()}-${enable ? 'enable' : 'disable'}`;
    post(`${ticket()}-before`, !enable);
    await resultOf(`${ticket()}-before`);
    expect(enableConnection()).toBe(!enable);
    await run(snippet);
    expect(await resultOf(messageId)).toMatchObject({ outcome: 'applied', reference: ticket() });
    expect(enableConnection()).toBe(enable);
  }

  const enables = (snippet: Snippet) => sendsAndIsApplied(snippet, true);
  const disables = (snippet: Snippet) => sendsAndIsApplied(snippet, false);

  async function isDroppedTheSecondTime(snippet: Snippet) {
    await run(snippet);
    const messageId = `${ticket()}-enable`;
    await resultOf(messageId);
    expect(happened(messageId).filter((type) => type === 'enqueued')).toHaveLength(1);
    expect(happened(messageId).filter((type) => type === 'duplicate')).toHaveLength(1);
    post(`${ticket()}-after`, true);
    await resultOf(`${ticket()}-after`);
    expect(resultsOf(messageId)).toHaveLength(1);
  }

  /** The request waits for its time, and is applied then. */
  async function waitsAndIsApplied(messageId: string, at: string | undefined, enable: boolean) {
    expect(happened(messageId)).toEqual(['scheduled']);
    expect(await resultOf(messageId)).toMatchObject({ outcome: 'applied' });
    const enqueued = journal(messageId).find(({ type }) => type === 'enqueued');
    expect(enqueued?.at).toBeGreaterThanOrEqual(Date.parse(at ?? ''));
    expect(enableConnection()).toBe(enable);
  }

  async function schedules(snippet: Snippet, messageId: string) {
    post(`${ticket()}-before`, false);
    await resultOf(`${ticket()}-before`);
    const printed = await run(snippet);
    await waitsAndIsApplied(messageId, environment.AT, true);
    return printed;
  }

  /** Cancels what another snippet schedules; a later request of the partner shows that nothing came of it. */
  async function cancels(
    snippet: Snippet,
    scheduling: Snippet,
    sequenceNumberIn: (printed: string) => string,
  ) {
    post(`${ticket()}-before`, false);
    await resultOf(`${ticket()}-before`);
    const printed = await run(scheduling);
    const messageId = `${ticket()}-enable`;
    expect(happened(messageId)).toEqual(['scheduled']);
    await run(snippet, { more: { SEQUENCE_NUMBER: sequenceNumberIn(printed) } });
    post(`${ticket()}-after`, false, new Date(Date.parse(environment.UNTIL ?? '')));
    await resultOf(`${ticket()}-after`);
    expect(happened(messageId)).toEqual(['scheduled', 'cancelled']);
    expect(resultsOf(messageId)).toEqual([]);
    expect(enableConnection()).toBe(false);
  }

  /** Leaves one answer on the results queue. */
  async function leaveAnAnswer() {
    await takeAllAnswers();
    post(`${ticket()}-read`, true);
    await resultOf(`${ticket()}-read`);
  }

  const found = (page: string, heading: string): Snippet => {
    const [snippet, ...others] = snippets.filter(
      (one) => pageOf(one) === page && one.heading === heading && isRun(one),
    );
    if (!snippet || others.length > 0) throw new Error(`${page} has not one snippet under ${heading}.`);
    return snippet;
  };

  /** What each snippet claims, by page and heading. */
  const claims: Record<string, Record<string, (snippet: Snippet) => Promise<unknown>>> = {
    http: {
      Enable: enables,
      Disable: disables,
      Schedule: (snippet) => schedules(snippet, `${ticket()}-enable-at`),
      'Take a scheduled request back': async (snippet) => {
        await run(found('http', 'Schedule'));
        await run(snippet);
        await waitsAndIsApplied(`${ticket()}-disable-at`, environment.UNTIL, false);
        expect(resultsOf(`${ticket()}-enable-at`)).toMatchObject([{ outcome: 'applied' }]);
      },
      'Send it twice, have it once': isDroppedTheSecondTime,
      'Read the answer': async (snippet) => {
        await leaveAnAnswer();
        const printed = await run(snippet, { cwd: directory });
        expect(JSON.parse(printed)).toMatchObject({ outcome: 'applied', messageId: `${ticket()}-read` });
        expect(app.serviceBus.queue(RESULTS_QUEUE).messages()).toEqual([]);
      },
    },
    sdk: {
      Connect: async ({ code }) => {
        expect(code).toMatch(/^\/\/ serviceBus\.ts\n/);
      },
      Enable: enables,
      Disable: disables,
      Schedule: (snippet) => schedules(snippet, `${ticket()}-enable`),
      Cancel: (snippet) => cancels(snippet, found('sdk', 'Schedule'), (printed) => printed.trim()),
      'Send it twice, have it once': isDroppedTheSecondTime,
      'Wait for one answer': async (snippet) => {
        await leaveAnAnswer();
        expect(await run(snippet)).toMatch(/^applied/);
        expect(app.serviceBus.queue(RESULTS_QUEUE).messages()).toHaveLength(1);
      },
      'Close the ticket': closesTheTicket,
    },
    pipeline: {
      Enable: enables,
      Disable: disables,
      Schedule: async (snippet) => {
        const printed = await schedules(snippet, `${ticket()}-enable`);
        expect(JSON.parse(printed)).toMatchObject({ sequenceNumber: expect.stringMatching(/^\d+$/) });
      },
      Cancel: (snippet) =>
        cancels(snippet, found('pipeline', 'Schedule'), (printed) => JSON.parse(printed).sequenceNumber),
      'Send it twice, have it once': isDroppedTheSecondTime,
      'Read the answer': async (snippet) => {
        await leaveAnAnswer();
        expect(JSON.parse(await run(snippet))).toMatchObject({ outcome: 'applied', reference: ticket() });
        expect(app.serviceBus.queue(RESULTS_QUEUE).messages()).toHaveLength(1);
      },
    },
  };

  async function closesTheTicket(snippet: Snippet) {
    await leaveAnAnswer();
    const written: unknown[] = [];
    const server = await startHttpServer({
      maxBodyBytes: 10_000,
      handle({ method, path, body }) {
        written.push({ method, path, ...JSON.parse(String(body)) });
        return { status: 200 };
      },
    });
    const [command, args] = await commandOf(snippet);
    const env = { ...process.env, ...environment, TICKETS_URL: server.url };
    const consumer = spawn(command, args, { env, stdio: 'ignore' });
    try {
      await eventually(() => written[0], 'the ticket to be written');
      expect(written).toEqual([{ method: 'PATCH', path: `/${ticket()}`, state: 'closed', note: 'applied' }]);
      const left = () => app.serviceBus.queue(RESULTS_QUEUE).messages().length;
      await eventually(() => (left() === 0 ? true : undefined), 'the answer to be completed');
    } finally {
      const exit = once(consumer, 'exit');
      consumer.kill();
      await exit;
      await server.close();
    }
  }

  it('are all checked, and every check has a snippet', () => {
    const checked = Object.entries(claims).flatMap(([page, byHeading]) =>
      Object.keys(byHeading).map((heading) => `${page}: ${heading}`),
    );
    const run = snippets.filter(isRun).map((snippet) => `${pageOf(snippet)}: ${snippet.heading}`);
    expect(run.sort()).toEqual(checked.sort());
  });

  it('are valid TypeScript', async () => {
    const files = snippets.filter((snippet) => isRun(snippet) && snippet.language === 'ts');
    for (const snippet of files) await commandOf(snippet);
    const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
    const compiler = 'node_modules/typescript/bin/tsc';
    const { status, stdout } = spawnSync(process.execPath, [compiler, '--project', directory]);
    expect({ status, output: String(stdout) }).toEqual({ status: 0, output: '' });
  });

  for (const [page, byHeading] of Object.entries(claims)) {
    for (const [heading, claim] of Object.entries(byHeading)) {
      const snippet = found(page, heading);
      it.skipIf(snippet.language === 'bash' && !hasBash)(`do what they say: ${page}, ${heading}`, () =>
        claim(snippet),
      );
    }
  }
});
