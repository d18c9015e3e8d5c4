import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { samplePartners } from '../../local/graph/samplePartners.ts';
import local from '../../local.settings.json' with { type: 'json' };
import type { Result } from '../../shared/contract/resultSchema.ts';
import { eventually, startApp } from '../helpers/app.ts';
import { createAdjustableClock } from '../local/serviceBus/adjustableClock.ts';
import { isRun, type Snippet, snippetsOf } from './snippets.ts';

const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
const HOUR_MS = 3_600_000;

/** The subscription that the guides' consumer of tickets reads, as the journal calls it. */
export const TICKETS = `${RESULTS_TOPIC}/Subscriptions/tickets`;

/** The partner that the snippets are about. */
export const partner = samplePartners[0].id.toLowerCase();

/** Whether this machine has what the snippets in bash need. */
export const hasBash = spawnSync('bash', ['-c', 'command -v curl sed']).status === 0;

export const pages = globSync('docs/guides/*.md');
export const snippets = pages.flatMap(snippetsOf);
export const pageOf = ({ page }: Snippet) => basename(page, '.md');

/** The one snippet under a heading that is run. */
export function findSnippet(page: string, heading: string): Snippet {
  const [snippet, ...others] = snippets.filter(
    (one) => pageOf(one) === page && one.heading === heading && isRun(one),
  );
  if (!snippet || others.length > 0) throw new Error(`${page} has not one snippet under "${heading}".`);
  return snippet;
}

export type SnippetRunner = Awaited<ReturnType<typeof startSnippetRunner>>;

/** The app on stand-ins whose Service Bus goes by a clock of the test, and a folder that snippets run in. */
export async function startSnippetRunner() {
  const clock = createAdjustableClock();
  const app = await startApp({}, { clock }, { takesResults: false });
  // In the checkout, where the packages are found.
  await mkdir('.local', { recursive: true });
  const directory = await mkdtemp('.local/guides-');
  await writeFile(join(directory, 'serviceBus.ts'), findSnippet('sdk', 'Connect').code);
  // Not every machine has it, and a test has to know the id.
  await mkdir(join(directory, 'bin'));
  await writeFile(join(directory, 'bin/uuidgen'), '#!/bin/sh\necho "$MESSAGE_ID"\n', { mode: 0o755 });
  let ticketsSoFar = 0;
  let ticket = '';
  let environment: Record<string, string | undefined> = {};

  const journal = (messageId: string) =>
    app.serviceBus.journal.filter((entry) => entry.queue === REQUESTS_QUEUE && entry.messageId === messageId);
  const resultsOf = (messageId: string) => allResults().filter((result) => result.messageId === messageId);
  const allResults = () =>
    app.serviceBus.journal
      .filter(({ queue, type }) => queue === RESULTS_TOPIC && type === 'published')
      .map(({ body }): Result => JSON.parse(String(body)));

  return {
    ...app,
    clock,
    directory,
    ticket: () => ticket,
    environment: () => environment,
    /** The id that the snippets send their request under. */
    messageId: () => `${environment.MESSAGE_ID}`,
    /** Whether the partner is connected in Graph. */
    isConnected: () => app.graph.partners.get(partner)?.enableConnection,
    /** What happened to a message in the requests queue, in order. */
    journal,
    happened: (messageId: string) => journal(messageId).map(({ type }) => type),
    resultsOf,
    /** What the app puts on the queue to end a window, and its result. */
    endOf: (window: string) => ({
      message: () =>
        app.serviceBus
          .queue(REQUESTS_QUEUE)
          .messages()
          .find(({ body }) => JSON.parse(String(body)).endOf === window),
      result: () =>
        eventually(
          () => allResults().find(({ request }) => (request as { endOf?: string }).endOf === window),
          `the end of ${window}`,
        ),
    }),
    resultOf: (messageId: string) => eventually(() => resultsOf(messageId)[0], `the result of ${messageId}`),

    /** A ticket of its own for each test, and times an hour and two ahead by the clock of Service Bus. */
    newTicket() {
      ticket = `CHG${++ticketsSoFar}`;
      const at = clock.now() + HOUR_MS;
      environment = {
        SERVICE_BUS_URL: app.serviceBus.httpUrl,
        ServiceBusConnection: app.serviceBus.connectionString,
        SERVICE_BUS_NAMESPACE: undefined,
        TOKEN: 'any',
        REQUESTS_QUEUE,
        RESULTS_TOPIC,
        EXTERNAL_PARTNER_ID: partner,
        TICKET: ticket,
        MESSAGE_ID: randomUUID(),
        PATH: `${resolve(directory, 'bin')}${delimiter}${process.env.PATH}`,
        AT: new Date(at).toISOString(),
        UNTIL: new Date(at + HOUR_MS).toISOString(),
      };
    },

    /** Sends a request in another way than the snippets do. */
    post(messageId: string, enableConnection: boolean, more: object = {}) {
      const body = { externalPartnerId: partner, enableConnection, reference: ticket, ...more };
      app.serviceBus.send(REQUESTS_QUEUE, {
        messageId,
        sessionId: partner,
        body: Buffer.from(JSON.stringify(body)),
      });
    },

    /** A snippet as a command: bash as it is, TypeScript from a file beside serviceBus.ts. */
    async commandOf({ language, code, heading }: Snippet): Promise<[string, string[]]> {
      if (language === 'bash') return ['bash', ['-euo', 'pipefail', '-c', code]];
      const file = join(directory, `${heading.replace(/\W/g, '-')}.ts`);
      await writeFile(file, code);
      return [process.execPath, [file]];
    },

    /** Runs a snippet, which must succeed; returns what it printed. */
    async run(snippet: Snippet, { more = {}, cwd = '.' } = {}): Promise<string> {
      const [command, args] = await this.commandOf(snippet);
      const env = { ...process.env, ...environment, ...more };
      const { stdout } = await promisify(execFile)(command, args, { env, cwd, timeout: 120_000 });
      return stdout;
    },

    async stop() {
      await app.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
