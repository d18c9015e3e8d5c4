import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Certificates, createCertificates } from '../../../local/http/certificates.ts';
import { startLogAnalytics } from '../../../local/logAnalytics/logAnalytics.ts';
import { call } from '../http/httpClient.ts';

const workspaceId = '/subscriptions/1/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w';
const query = 'AppEvents | where Name == "Recorded" | summarize newest = max(TimeGenerated)';
let tls: Certificates;

beforeAll(async () => {
  tls = await createCertificates();
});

async function start(times: readonly string[] = []) {
  const logAnalytics = await startLogAnalytics({
    tls,
    workspaceId,
    events: () => times.map((time) => ({ time, name: 'Recorded', properties: {}, measurements: {} })),
    acceptToken: (token) => token === 'good',
  });
  onTestFinished(() => logAnalytics.close());
  return async (text: string, resourceId = workspaceId, token = 'good') => {
    const { status, text: body } = await call(`${logAnalytics.url}/v1${resourceId}/query`, {
      method: 'POST',
      ca: tls.ca,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: text }),
    });
    return { status, ...JSON.parse(body) };
  };
}

describe('the local Log Analytics', () => {
  it.each([
    [
      'the newest of several',
      ['2026-01-02T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-01T00:00:00Z'],
      '2026-01-03T00:00:00Z',
    ],
    ['nothing', [], null],
  ])('says when the newest event was recorded: %s', async (_, times, newest) => {
    const ask = await start(times);
    expect(await ask(query)).toEqual({
      status: 200,
      tables: [{ name: 'PrimaryResult', columns: [{ name: 'newest', type: 'datetime' }], rows: [[newest]] }],
    });
  });

  it.each([
    [
      'a query that it does not understand',
      'AppEvents | take 1',
      workspaceId,
      'good',
      400,
      'BadArgumentError',
    ],
    ['another workspace', query, '/subscriptions/2', 'good', 404, 'ResourceNotFoundError'],
    ['a call without a good token', query, workspaceId, 'bad', 403, 'InvalidAuthenticationToken'],
  ])('refuses %s', async (_, text, resourceId, token, status, code) => {
    const ask = await start();
    expect(await ask(text, resourceId, token)).toMatchObject({ status, error: { code } });
  });
});
