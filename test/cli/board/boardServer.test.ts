import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Board, startBoard } from '../../../cli/board/boardServer.ts';
import { UnreachableError } from '../../../cli/command/errors.ts';
import type { Installation } from '../../../cli/health/readInstallation.ts';
import { toResult } from '../../../shared/report/result.ts';
import { aMessage, aReport, partnerId } from '../../helpers/factories.ts';

const HOSTILE = '<img src=x onerror=alert(1)>"\u202e\u0007';
const at = new Date('2030-01-31T12:00:00Z');
const inHours = (hours: number) => new Date(at.getTime() + hours * 3_600_000).toISOString();

const installation: Installation = {
  at,
  host: 'contoso.servicebus.windows.net',
  requestsQueue: 'requests',
  requests: {
    value: [
      {
        sequenceNumber: '7',
        messageId: HOSTILE,
        sessionId: partnerId,
        state: 'scheduled',
        time: new Date(inHours(24)),
        deliveryCount: 0,
        body: {
          request: {
            externalPartnerId: partnerId,
            enableConnection: true,
            reference: HOSTILE,
            until: inHours(30),
          },
          received: {},
        },
      },
    ],
  },
  windows: {
    value: [
      { id: 'w', externalPartnerId: partnerId, until: inHours(26), requestedBy: HOSTILE, reference: HOSTILE },
    ],
  },
  deadLetters: { unseen: `You may not ${HOSTILE}` },
  results: { value: [toResult(aReport({ message: aMessage({ reference: HOSTILE }) }))] },
  partners: { value: [{ id: partnerId, enableConnection: true, statusDetails: HOSTILE }] },
};

let board: Board;
let looks = 0;
let look: () => Promise<Installation> = async () => installation;
beforeAll(async () => {
  board = await startBoard({
    port: 0,
    async look() {
      looks++;
      const findings = [{ name: HOSTILE, status: 'wrong' as const, seen: HOSTILE, todo: HOSTILE }];
      return { installation: await look(), findings };
    },
  });
});
afterAll(() => board.close());

async function get(path = '', options: { host?: string; method?: string } = {}) {
  const { hostname, port, pathname, host } = new URL(path, board.url);
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  const headers = { host: options.host ?? host };
  request({ hostname, port, path: pathname, method: options.method ?? 'GET', headers }, resolve)
    .on('error', reject)
    .end();
  const response = await promise;
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('the board', () => {
  it('shows the verdict, the week to come and the lists, and nothing from outside as anything but text', async () => {
    const { status, headers, body } = await get();
    expect(status).toBe(200);
    expect(body).toContain('Not healthy: 1 thing is wrong.');
    expect(body).toContain('<rect');
    expect(body).toContain('overlapping');
    expect(body).not.toContain('<img');
    for (const hidden of ['\u0007', '\u202e']) expect(body).not.toContain(hidden);
    expect(body).toContain('&#60;img src=x onerror=alert(1)&#62;&#34;&#60;U+202E&#62;');
    expect(headers['content-security-policy']).toContain(
      "default-src 'none'; style-src 'self'; script-src 'self'",
    );
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('holds no script and no style of its own in the page, so that the policy can forbid them', async () => {
    const { body } = await get();
    expect(body).not.toMatch(/<[^>]*\s(?:style|on\w+)=/);
    expect(body.match(/<script[^>]*>/g)).toEqual(['<script src="board.js" defer>']);
    for (const file of ['board.css', 'board.js']) expect((await get(file)).status).toBe(200);
  });

  it.each(['attacker.example', 'attacker.example:80', '127.0.0.1'])(
    'is not there for the host "%s", whose name may lead here',
    async (host) => {
      expect((await get('', { host })).status).toBe(421);
    },
  );

  it('is there for whoever has its key, and for nobody else', async () => {
    for (const path of ['/', '/x/', '/board.css', '/../package.json']) {
      expect((await get(path)).status).toBe(404);
    }
    expect((await get('boardServer.ts')).status).toBe(404);
    expect((await get('', { host: `localhost:${new URL(board.url).port}` })).status).toBe(200);
  });

  it('can only be read', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('', { method })).status).toBe(405);
  });

  it('looks once for all who ask at the same time', async () => {
    const before = looks;
    await Promise.all([get(), get(), get()]);
    expect(looks - before).toBeLessThanOrEqual(1);
  });
});

it('the board says what is wrong if it cannot look', async () => {
  look = async () => {
    throw new UnreachableError(`Cannot reach ${HOSTILE}.`);
  };
  const broken = await startBoard({
    port: 0,
    look: async () => ({ installation: await look(), findings: [] }),
  });
  const response = await fetch(broken.url);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('Cannot look');
  await broken.close();
});
