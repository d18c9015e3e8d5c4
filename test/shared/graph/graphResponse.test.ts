import { describe, expect, it } from 'vitest';
import { readGraphResponse, readRetryAfter } from '../../../shared/graph/graphResponse.ts';
import { partnerId } from '../../helpers/factories.ts';

const asked = { externalPartnerId: partnerId.toUpperCase(), enableConnection: true };
const partner = {
  id: partnerId,
  enableConnection: true,
  connectionStatus: 'available',
  statusDetails: 'Connected.',
};
const respond = (status: number, body: unknown = '', headers = {}) =>
  readGraphResponse({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }, asked);
const graphError = (code: string, message: string) => ({ error: { code, message } });

describe("Graph's response", () => {
  it('applies the request when it shows the partner in the state that was asked for, with unknown values passed on', () => {
    expect(respond(200, { '@odata.context': 'x', ...partner, connectionStatus: 'resting' })).toEqual({
      done: { outcome: 'applied', partner: { ...partner, connectionStatus: 'resting' } },
    });
  });

  it.each([
    ['x'.repeat(4_095), '\u{1F600}'],
    ['x'.repeat(4_095), '\u{1F600}y'],
    ['\u{1F600}'.repeat(4_096), ''],
    ['\u{1F600}'.repeat(4_096), 'x'],
  ])('passes on 4096 characters of a text, whole ones', (start, rest) => {
    const statusDetails = `${start}${rest}`;
    const expected = Array.from(statusDetails).slice(0, 4_096).join('');
    expect(respond(200, { ...partner, statusDetails })).toMatchObject({
      done: { partner: { statusDetails: expected } },
    });
  });

  it('passes on its texts without what moves a cursor or turns the direction around', () => {
    const statusDetails = 'Connected\u001b[2J \u202eyb\u2066\r\nvendor\u0085<img onerror=x>';
    expect(respond(200, { ...partner, partnerId: '\u202ep', statusDetails })).toMatchObject({
      done: { partner: { partnerId: 'p', statusDetails: 'Connected [2J yb vendor <img onerror=x>' } },
    });
  });

  it('shows what enabling may install, and neither parameters nor more of an address than its host', () => {
    const agentSetting = {
      '@odata.type': '#microsoft.graph.cloudPcExternalPartnerAgentSetting',
      agentUrl: 'https://user:s3cret@Agents.Example:8443/a.msi?token=s3cret',
      agentSha256: 'ab12',
      installParameters: [{ name: 'TOKEN', value: 's3cret' }],
      autoDeploymentEnabled: true,
    };
    const read = respond(200, { id: partnerId, enableConnection: true, agentSetting });
    expect(read).toEqual({
      done: {
        outcome: 'applied',
        partner: {
          id: partnerId,
          enableConnection: true,
          agentSetting: { agentHost: 'agents.example', agentSha256: 'ab12', autoDeploymentEnabled: true },
        },
      },
    });
  });

  it.each([null, undefined, 'none', [], { agentUrl: 'none', agentSha256: 1, autoDeploymentEnabled: null }])(
    'shows nothing to install where there is nothing: %j',
    (agentSetting) => {
      const read = respond(200, { id: partnerId, enableConnection: true, agentSetting });
      expect(read).toEqual({
        done: { outcome: 'applied', partner: { id: partnerId, enableConnection: true } },
      });
    },
  );

  it('applies the request also with a text that no message could hold, cut to a bound', () => {
    expect(respond(200, { ...partner, statusDetails: 'x'.repeat(1_000_000) })).toMatchObject({
      done: { outcome: 'applied', partner: { statusDetails: 'x'.repeat(4_096) } },
    });
  });

  it.each([
    [200, '<html>'],
    [200, ''],
    [200, '{"id":'],
    [200, 'null'],
    [200, { ...partner, enableConnection: false }],
    [200, { ...partner, id: '00000000-0000-0000-0000-000000000000' }],
    [200, { id: partnerId }],
    [200, { ...partner, id: 7 }],
    [202, partner],
    [204, ''],
  ])('%i with %j is not a success but a reason to try again', (status, body) => {
    expect(respond(status, body)).toMatchObject({
      tryAgain: { code: 'unexpectedResponse', statusCode: status },
    });
  });

  it('tells a redirect, a success that shows nothing and a throttle for what they are', () => {
    expect(respond(302)).toMatchObject({
      done: { error: { code: 'unexpectedRedirect', message: expect.stringContaining('GRAPH_BASE_URL') } },
    });
    expect(respond(204)).toMatchObject({
      tryAgain: { message: expect.stringContaining('responded with 204') },
    });
    expect(respond(429)).toMatchObject({
      throttled: { message: expect.stringContaining('another request') },
    });
    expect(respond(429)).not.toHaveProperty('retryAfterMs');
  });

  it.each([401, 408, 409, 423, 425, 429, 500, 502, 503, 504])('%i is a reason to try again', (status) => {
    expect(respond(status, '<html>')).toMatchObject({
      tryAgain: { code: `http${status}`, statusCode: status },
    });
  });

  it('holds up every call only when it throttles', () => {
    expect(respond(429, '', { 'retry-after': '7' })).toMatchObject({
      throttled: { code: 'throttled' },
      retryAfterMs: 7000,
    });
    expect(respond(503, '', { 'retry-after': '7' })).not.toHaveProperty('throttled');
  });

  it.each([
    [400, 'rejected'],
    [404, 'rejected'],
    [405, 'rejected'],
    [410, 'rejected'],
    [403, 'failed'],
    [300, 'failed'],
    [302, 'failed'],
  ])('%i ends the request as %s', (status, outcome) => {
    expect(respond(status, graphError('Code', 'Text'))).toMatchObject({
      done: { outcome, error: { statusCode: status } },
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
    ['Thursday, 01-Jan-26 00:02:00 GMT', 120_000],
    ['Thu Jan  1 00:03:00 2026', 180_000],
    ['7.5', undefined],
    ['2026-01-01T00:01:00Z', undefined],
    ['99999999999', 3_600_000],
    ['Fri, 02 Jan 2026 00:00:00 GMT', 3_600_000],
    ['Fri Jan  2 00:00:00 2026', 3_600_000],
    ['soon', undefined],
    ['at Thu, 01 Jan 2026 00:01:00 GMT', undefined],
    ['Thu, 01 Jan 2026 0:01:00 GMT', undefined],
    ['Thu, 01 Jan 2026', undefined],
    ['-5', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %j ms', (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});
