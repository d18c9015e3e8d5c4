import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requestProblem, resultProblem } from '../helpers/contract.ts';
import {
  findSnippet,
  hasBash,
  pageOf,
  pages,
  type SnippetRunner,
  snippets,
  startSnippetRunner,
  TICKETS,
} from './snippetRunner.ts';
import { isRun, isRunElsewhere, type Snippet, snippetsOf } from './snippets.ts';

const HOUR_MS = 3_600_000;

describe('a snippet in a guide', () => {
  it('is there on each of the pages', () => {
    expect(pages.map((page) => basename(page, '.md')).sort()).toEqual([
      'http',
      'logic-apps',
      'pipeline',
      'powershell',
      'schedules',
      'sdk',
      'tickets',
    ]);
    for (const page of pages) expect(snippetsOf(page).length).toBeGreaterThan(0);
  });

  it.each(snippets.filter((snippet) => !isRun(snippet) && !isRunElsewhere(snippet) && !isExample(snippet)))(
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

/** A request or a result, which the schemas check. */
function isExample({ language, code }: Snippet): boolean {
  return language === 'json' && (!requestProblem(JSON.parse(code)) || !resultProblem(JSON.parse(code)));
}

describe('the snippets that are run', () => {
  let runner: SnippetRunner;
  const id = (suffix: string) => `${runner.ticket()}-${suffix}`;

  beforeAll(async () => {
    runner = await startSnippetRunner();
  });
  afterAll(() => runner?.stop());
  beforeEach(() => runner.newTicket());

  /** Brings the partner into a state to start from. */
  async function begin(isConnected: boolean) {
    runner.post(id('before'), isConnected);
    await runner.resultOf(id('before'));
    expect(runner.isConnected()).toBe(isConnected);
  }

  async function sendsAndIsApplied(snippet: Snippet, enable: boolean) {
    await begin(!enable);
    const printed = await runner.run(snippet);
    expect(await runner.resultOf(runner.messageId())).toMatchObject({
      outcome: 'applied',
      reference: runner.ticket(),
    });
    expect(runner.isConnected()).toBe(enable);
    return printed;
  }

  const enables = (snippet: Snippet) => sendsAndIsApplied(snippet, true);
  const disables = (snippet: Snippet) => sendsAndIsApplied(snippet, false);

  async function isDroppedTheSecondTime(snippet: Snippet) {
    await runner.run(snippet);
    const messageId = runner.messageId();
    await runner.resultOf(messageId);
    expect(runner.happened(messageId).filter((type) => type === 'enqueued')).toHaveLength(1);
    expect(runner.happened(messageId).filter((type) => type === 'duplicate')).toHaveLength(1);
    runner.post(id('after'), true);
    await runner.resultOf(id('after'));
    expect(runner.resultsOf(messageId)).toHaveLength(1);
  }

  /** The request waits for its time, and is applied then. */
  async function waitsAndIsApplied(messageId: string, at: string | undefined, enable: boolean) {
    expect(runner.happened(messageId)).toEqual(['scheduled']);
    runner.clock.advance(HOUR_MS);
    expect(await runner.resultOf(messageId)).toMatchObject({ outcome: 'applied' });
    const enqueued = runner.journal(messageId).find(({ type }) => type === 'enqueued');
    expect(enqueued?.at).toBeGreaterThanOrEqual(Date.parse(at ?? ''));
    expect(runner.isConnected()).toBe(enable);
  }

  async function schedules(snippet: Snippet) {
    await begin(false);
    const printed = await runner.run(snippet);
    await waitsAndIsApplied(runner.messageId(), runner.environment().AT, true);
    await neverSendsWithoutATime(snippet, 'AT');
    return printed;
  }

  async function neverSendsWithoutATime(snippet: Snippet, name: 'AT' | 'UNTIL') {
    const before = runner.serviceBus.journal.length;
    await expect(runner.run(snippet, { more: { [name]: '' } })).rejects.toMatchObject({
      stderr: expect.stringMatching(new RegExp(`\\b${name}\\b`, 'i')),
    });
    const since = runner.serviceBus.journal.slice(before);
    expect(since.filter(({ type }) => type === 'enqueued' || type === 'scheduled')).toEqual([]);
  }

  /** Cancels what another snippet schedules; a later request of the partner shows that nothing came of it. */
  async function cancels(
    snippet: Snippet,
    scheduling: Snippet,
    sequenceNumberIn: (printed: string) => string,
  ) {
    await begin(false);
    const printed = await runner.run(scheduling);
    const messageId = runner.messageId();
    expect(runner.happened(messageId)).toEqual(['scheduled']);
    await runner.run(snippet, { more: { SEQUENCE_NUMBER: sequenceNumberIn(printed) } });
    runner.clock.advance(HOUR_MS);
    runner.post(id('after'), false);
    await runner.resultOf(id('after'));
    expect(runner.happened(messageId)).toEqual(['scheduled', 'cancelled']);
    expect(runner.resultsOf(messageId)).toEqual([]);
    expect(runner.isConnected()).toBe(false);
  }

  /** Enables until the end of a window, which the app ends. */
  async function opensAWindow(snippet: Snippet) {
    await begin(false);
    await runner.run(snippet);
    const { UNTIL } = runner.environment();
    expect(await runner.resultOf(runner.messageId())).toMatchObject({ outcome: 'applied', until: UNTIL });
    expect(runner.isConnected()).toBe(true);
    runner.clock.advance(2 * HOUR_MS);
    expect(await runner.endOf(runner.messageId()).result()).toMatchObject({
      outcome: 'applied',
      reference: runner.ticket(),
    });
    expect(runner.isConnected()).toBe(false);
    await neverSendsWithoutATime(snippet, 'UNTIL');
  }

  /** What each snippet claims, by page and heading. */
  const claims: Record<string, Record<string, (snippet: Snippet) => Promise<unknown>>> = {
    http: {
      Enable: enables,
      Disable: disables,
      'Schedule a request': schedules,
      'Enable for a limited time': opensAWindow,
      'Cancel a scheduled request': async (snippet) => {
        await runner.run(findSnippet('http', 'Schedule a request'), { more: { MESSAGE_ID: id('enable') } });
        await runner.run(snippet);
        runner.clock.advance(HOUR_MS);
        expect(await runner.resultOf(id('enable'))).toMatchObject({ outcome: 'applied' });
        await waitsAndIsApplied(runner.messageId(), runner.environment().UNTIL, false);
        await neverSendsWithoutATime(snippet, 'UNTIL');
      },
      'Avoid duplicates': isDroppedTheSecondTime,
      'Read results': async (snippet) => {
        runner.post(id('read'), true);
        await runner.resultOf(id('read'));
        const waiting = () => runner.serviceBus.queue(TICKETS).messages().length;
        const head = `${runner.serviceBus.httpUrl}/${TICKETS}/messages/head?timeout=0`;
        for (let earlier = waiting() - 1; earlier > 0; earlier--) {
          await fetch(head, { method: 'DELETE', headers: { Authorization: 'Bearer any' } });
        }
        const printed = await runner.run(snippet, { cwd: runner.directory });
        expect(JSON.parse(printed)).toMatchObject({ outcome: 'applied', messageId: id('read') });
        expect(waiting()).toBe(0);
      },
    },
    sdk: {
      Connect: async ({ code }) => {
        expect(code).toMatch(/^\/\/ serviceBus\.ts\n/);
      },
      Enable: enables,
      Disable: disables,
      'Enable and wait for the result': async (snippet) => {
        expect(await enables(snippet)).toMatch(/^applied/);
      },
      'Schedule a request': schedules,
      'Cancel a scheduled request': (snippet) =>
        cancels(snippet, findSnippet('sdk', 'Schedule a request'), (printed) => printed.trim()),
      'Enable for a limited time': opensAWindow,
      'Avoid duplicates': isDroppedTheSecondTime,
    },
    pipeline: {
      Enable: enables,
      Disable: disables,
      'Schedule a request': async (snippet) => {
        const printed = await schedules(snippet);
        expect(JSON.parse(printed)).toMatchObject({ sequenceNumber: expect.stringMatching(/^\d+$/) });
      },
      'Cancel a scheduled request': (snippet) =>
        cancels(
          snippet,
          findSnippet('pipeline', 'Schedule a request'),
          (printed) => JSON.parse(printed).sequenceNumber,
        ),
      'Enable for a limited time': opensAWindow,
      'Avoid duplicates': isDroppedTheSecondTime,
      'Read results': async (snippet) => {
        runner.post(id('read'), true);
        await runner.resultOf(id('read'));
        expect(JSON.parse(await runner.run(snippet))).toMatchObject({
          outcome: 'applied',
          reference: runner.ticket(),
        });
      },
      'Recurring changes': async (snippet) => {
        const zone = zoneInWhichItIs(3);
        const printed = await runner.run(snippet, { more: { LOCAL_ZONE: zone } });
        const [at = 0, end = 0] = [/^Scheduled \S+ for ([^\s,]+)/, / again at (\S+?Z)/].map((time) =>
          Date.parse(time.exec(printed)?.[1] ?? ''),
        );
        expect((end - at) / HOUR_MS).toBe(10);
        // At half past three, it is between four and five hours until eight.
        expect(Math.floor((at - Date.now()) / HOUR_MS)).toBe(4);
        runner.post(id('after'), false);
        await runner.resultOf(id('after'));
      },
    },
  };

  it('are all checked, and every check has a snippet', () => {
    const checked = Object.entries(claims).flatMap(([page, byHeading]) =>
      Object.keys(byHeading).map((heading) => `${page}: ${heading}`),
    );
    const run = snippets.filter(isRun).map((snippet) => `${pageOf(snippet)}: ${snippet.heading}`);
    // tickets.test.ts
    const elsewhere = ['tickets: The consumer'];
    expect(run.sort()).toEqual([...checked, ...elsewhere].sort());
  });

  it('are valid TypeScript', async () => {
    const files = snippets.filter((snippet) => isRun(snippet) && snippet.language === 'ts');
    for (const snippet of files) await runner.commandOf(snippet);
    const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
    await writeFile(join(runner.directory, 'tsconfig.json'), JSON.stringify(config));
    const compiler = 'node_modules/typescript/bin/tsc';
    const { status, stdout } = spawnSync(process.execPath, [compiler, '--project', runner.directory]);
    expect({ status, output: String(stdout) }).toEqual({ status: 0, output: '' });
  });

  for (const [page, byHeading] of Object.entries(claims)) {
    for (const [heading, claim] of Object.entries(byHeading)) {
      const snippet = findSnippet(page, heading);
      const isSkipped = snippet.language === 'bash' && !hasBash;
      it.skipIf(isSkipped)(`do what they say: ${page}, ${heading}`, () => claim(snippet));
    }
  }
});

/** A time zone, as POSIX writes it, in which it is half past that hour now. */
function zoneInWhichItIs(hour: number): string {
  const minutesPastMidnight = Math.floor(Date.now() / 60_000) % (24 * 60);
  // From 12 h behind to 12 h ahead; POSIX counts what is west of Greenwich as positive.
  const ahead = ((hour * 60 + 30 - minutesPastMidnight + 36 * 60) % (24 * 60)) - 12 * 60;
  const [hours, minutes] = [Math.trunc(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  return `LOCAL${ahead < 0 ? '+' : '-'}${hours}:${String(minutes).padStart(2, '0')}`;
}
