import { describe, expect, it } from 'vitest';
import { readGraphResponse, readRetryAfter } from '../../shared/graphResponse.ts';
import { partnerId } from '../helpers/factories.ts';

const asked = { externalPartnerId: partnerId.toUpperCase(), enableConnection: true };
const partner = {
  id: partnerId,
  enableConnection: true,
  connectionStatus: 'available',
  statusDetails: 'Connected.',
};
const answer = (status: number, body: unknown = '', headers = {}) =>
  readGraphResponse(
    { status, headers: new Headers(headers), body: typeof body === 'string' ? body : JSON.stringify(body) },
    asked,
  );
const graphError = (code: string, message: string) => ({ error: { code, message } });

describe("Graph's answer", () => {
  it('applies the request when it shows the partner in the state that was asked, with unknown values passed on', () => {
    expect(answer(200, { '@odata.context': 'x', ...partner, connectionStatus: 'resting' })).toEqual({
      settled: { outcome: 'applied', partner: { ...partner, connectionStatus: 'resting' } },
    });
  });

  it('applies the request also with a text that no message could hold, cut to a bound', () => {
    const said = answer(200, { ...partner, statusDetails: 'x'.repeat(1_000_000) });
    expect(JSON.stringify(said).length).toBeLessThan(10_000);
    expect(said).toMatchObject({ settled: { outcome: 'applied' } });
  });

  it.each([
    [200, '<html>'],
    [200, ''],
    [200, '{"id":'],
    [200, 'null'],
    [200, { ...partner, enableConnection: false }],
    [200, { ...partner, id: '00000000-0000-0000-0000-000000000000' }],
    [200, { id: partnerId }],
    [202, partner],
    [204, ''],
  ])('%i with %j is no success but a reason to try again', (status, body) => {
    expect(answer(status, body)).toMatchObject({
      tryAgain: { code: 'unexpectedAnswer', statusCode: status },
    });
  });

  it.each([401, 408, 409, 423, 425, 429, 500, 502, 503, 504])('%i is a reason to try again', (status) => {
    expect(answer(status, '<html>')).toMatchObject({
      tryAgain: { code: `http${status}`, statusCode: status },
    });
  });

  it('holds up every call only when it throttles', () => {
    expect(answer(429, '', { 'retry-after': '7' })).toMatchObject({
      throttled: { code: 'throttled' },
      retryAfterMs: 7000,
    });
    expect(answer(503, '', { 'retry-after': '7' })).not.toHaveProperty('throttled');
  });

  it.each([
    [400, 'rejected'],
    [404, 'rejected'],
    [405, 'rejected'],
    [410, 'rejected'],
    [403, 'failed'],
    [302, 'failed'],
  ])('%i settles the request as %s', (status, outcome) => {
    expect(answer(status, graphError('Code', 'Text'))).toMatchObject({
      settled: { outcome, error: { statusCode: status } },
    });
  });

  it('says what Graph said and what to do, without anything that looks like a token', () => {
    const said = answer(403, graphError('Forbidden', 'Denied\nfor Bearer eyJhbGciOi.eyJzdWIiOi.c2ln'));
    const message = 'settled' in said && said.settled.outcome === 'failed' ? said.settled.error.message : '';
    expect(message).toContain('Graph answered 403 Forbidden: Denied for [redacted]');
    expect(message).toContain('Grant the application permission CloudPC.ReadWrite.All');
  });

  it('may lack the documented error body', () => {
    expect(answer(404, { error: 'none' })).toMatchObject({ settled: { error: { code: 'http404' } } });
    expect(answer(400, { error: { code: 7, message: {} } })).toMatchObject({
      settled: { error: { code: 'http400' } },
    });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999999', 3_600_000],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j is %j ms', (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});
