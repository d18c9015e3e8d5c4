import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpResponse, jsonResponse } from '../../local/http/httpResponse.ts';
import { type HttpServer, startHttpServer } from '../../local/http/httpServer.ts';
import local from '../../local.settings.json' with { type: 'json' };
import { eventually } from '../helpers/app.ts';
import { findSnippet, type SnippetRunner, startSnippetRunner, TICKETS } from './snippetRunner.ts';

const { RESULTS_TOPIC } = local.Values;
const MAX_DELIVERY_COUNT = 10;

describe('the consumer of the guide that writes results to tickets', () => {
  let runner: SnippetRunner;
  let ticketing: HttpServer;
  let consumer: ChildProcess;
  /** The tickets by reference. */
  const tickets = new Map<string, Record<string, unknown>>();
  /** What it responds to everything. */
  let outage: HttpResponse | undefined;
  /** What it responds to whatever is about one ticket, by reference. */
  const troubles = new Map<string, HttpResponse>();
  let refusals = 0;
  let writes = 0;
  /** The dead letters of the tests before. */
  let setAside: readonly object[] = [];

  beforeAll(async () => {
    runner = await startSnippetRunner();
    ticketing = await startHttpServer({
      maxBodyBytes: 10_000,
      handle({ method, path, body }) {
        const reference = decodeURIComponent(path.slice(1));
        const trouble = outage ?? troubles.get(reference);
        if (trouble) {
          refusals++;
          return trouble;
        }
        const ticket = tickets.get(reference);
        if (!ticket) return { status: 404 };
        if (method === 'PATCH') {
          writes++;
          Object.assign(ticket, JSON.parse(String(body)));
        }
        return jsonResponse(200, ticket);
      },
    });
  });
  afterAll(async () => {
    await runner?.stop();
    await ticketing?.close();
  });
  beforeEach(async () => {
    setAside = subscription().deadLetters.messages();
    runner.newTicket();
    outage = undefined;
    troubles.clear();
    refusals = 0;
    writes = 0;
    const [command, args] = await runner.commandOf(findSnippet('tickets', 'The consumer'));
    const env = {
      ...process.env,
      ...runner.environment(),
      TICKETS_URL: ticketing.url,
      PAUSE_SECONDS: '0.05',
      TRIES: '3',
    };
    consumer = spawn(command, args, { env, stdio: 'ignore' });
  });
  afterEach(async () => {
    const exit = once(consumer, 'exit');
    consumer.kill();
    await exit;
  });

  const id = (suffix: string) => `${runner.ticket()}-${suffix}`;
  const subscription = () => runner.serviceBus.queue(TICKETS);
  const isRead = () =>
    eventually(() => (subscription().messages().length === 0 ? true : undefined), 'every result to be read');

  function openTicket(lastAction: 'enable' | 'disable') {
    const ticket = { state: 'open', lastAction };
    tickets.set(runner.ticket(), ticket);
    return ticket;
  }

  async function request(suffix: string, enable: boolean, more: object = {}) {
    runner.post(id(suffix), enable, more);
    return runner.resultOf(id(suffix));
  }

  /** Puts a result on the topic once more, as it happens after a crash. */
  async function repeat(result: object) {
    runner.serviceBus.send(RESULTS_TOPIC, { body: Buffer.from(JSON.stringify(result)) });
    await isRead();
  }

  it('closes a ticket that asked for an enable only', async () => {
    const ticket = openTicket('enable');
    await request('enable', true);
    await isRead();
    expect(ticket).toEqual({
      state: 'closed',
      lastAction: 'enable',
      enableResult: 'applied: Connected, waiting for the first heartbeat.',
    });
  });

  it('keeps a ticket open from its enable to its disable', async () => {
    const ticket = openTicket('disable');
    await request('enable', true);
    await isRead();
    expect(ticket).toMatchObject({ state: 'open', enableResult: expect.stringMatching(/^applied/) });
    await request('disable', false);
    await isRead();
    expect(ticket).toMatchObject({
      state: 'closed',
      enableResult: expect.stringMatching(/^applied/),
      disableResult: expect.stringMatching(/^applied/),
    });
  });

  it('does no harm if a result comes twice, also after later ones', async () => {
    const ticket = openTicket('disable');
    const enabled = await request('enable', true);
    await request('disable', false);
    await isRead();
    const written = structuredClone(ticket);
    await repeat(enabled);
    expect(writes).toBe(3);
    expect(ticket).toEqual(written);
  });

  it('gives a ticket back whose request was rejected', async () => {
    const ticket = openTicket('enable');
    await request('expired', true, { validUntil: '2020-01-01T00:00:00Z' });
    await isRead();
    expect(ticket).toMatchObject({
      state: 'returned',
      enableResult: expect.stringMatching(/^rejected: .*2020/),
    });
  });

  it('outlasts an outage longer than ten deliveries and longer than the lock, in one delivery', async () => {
    const ticket = openTicket('enable');
    outage = { status: 503 };
    await request('enable', true);
    const [message] = subscription().messages();
    const seen = (type: string) =>
      runner.serviceBus.journal.filter(
        (entry) =>
          entry.type === type && entry.queue === TICKETS && entry.sequenceNumber === message?.sequenceNumber,
      ).length;
    // Half a lock's time passes before each of these renewals.
    for (let renewals = 1; renewals <= 6; renewals++) {
      const before = seen('lockRenewed');
      runner.clock.advance(30_000);
      await eventually(() => (seen('lockRenewed') > before ? true : undefined), 'the lock to be renewed');
    }
    await eventually(() => (refusals > 2 * MAX_DELIVERY_COUNT ? true : undefined), 'a long outage');
    expect(ticket.state).toBe('open');
    outage = undefined;
    await isRead();
    expect(ticket.state).toBe('closed');
    expect(seen('delivered')).toBe(1);
    expect(seen('deadLettered')).toBe(0);
  });

  it('sets a result apart that the ticketing system refuses, and goes on', async () => {
    await request('unknown', true, { reference: 'no such ticket' });
    const ticket = openTicket('enable');
    await request('enable', true);
    await isRead();
    expect(ticket.state).toBe('closed');
    expect(subscription().deadLetters.messages().slice(setAside.length)).toMatchObject([
      {
        deadLetterReason: 'RefusedByTicketingSystem',
        deadLetterErrorDescription: 'no such ticket: status 404',
      },
    ]);
  });

  it.each([
    ['500', { status: 500 }],
    ['403', { status: 403 }],
    ['a page to sign in', { status: 200, body: '<html>' }],
  ])('goes on with other tickets while one gets %s, then sets that one aside', async (_, response) => {
    const stuck = runner.ticket();
    troubles.set(stuck, response);
    await request('enable', true);
    await eventually(() => (refusals > MAX_DELIVERY_COUNT ? true : undefined), 'many tries');
    expect(subscription().deadLetters.messages()).toEqual(setAside);

    // Other tickets show that it is this one alone.
    const deadLettered = () => subscription().deadLetters.messages().slice(setAside.length);
    for (let others = 0; others < 100 && deadLettered().length === 0; others++) {
      runner.newTicket();
      const ticket = openTicket('enable');
      await request('enable', true);
      await eventually(() => (ticket.state === 'closed' ? true : undefined), 'another ticket to be closed');
    }
    expect(deadLettered()).toMatchObject([
      {
        deadLetterReason: 'RefusedByTicketingSystem',
        deadLetterErrorDescription: expect.stringMatching(/^After \d+ tries: /),
      },
    ]);
    expect(JSON.parse(String(deadLettered()[0]?.body)).reference).toBe(stuck);
    await isRead();
  });

  it('leaves results without a reference alone', async () => {
    await request('other', true, { reference: undefined });
    await isRead();
    expect(writes).toBe(0);
  });
});
