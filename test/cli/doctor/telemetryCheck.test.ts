import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newestRecord, telemetryCheck } from '../../../cli/doctor/telemetryCheck.ts';
import { always, type Fault } from '../../../local/http/fault.ts';
import { type LogAnalyticsStandIn, startLogAnalytics } from '../../../local/logAnalytics/logAnalytics.ts';
import { createKusto } from '../../helpers/kusto.ts';
import { trustedCertificate } from '../../helpers/trust.ts';
import { tables } from '../../operations/tables.ts';
import { signedInService } from './signedInService.ts';

const workspaceId = '/subscriptions/1/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w';
const componentId = '/subscriptions/1/resourceGroups/g/providers/microsoft.insights/components/c';
const NOW = Date.parse('2026-03-01T12:00:00Z');

let logAnalytics: LogAnalyticsStandIn;
let recorded: string[];
beforeAll(async () => {
  logAnalytics = await startLogAnalytics({
    tls: await trustedCertificate(),
    workspaceId,
    events: () =>
      recorded.map((time) => ({
        time,
        name: 'ExternalPartnerRequestCompleted',
        properties: {},
        measurements: {},
      })),
    acceptToken: (token) => token === 'good',
  });
});
afterAll(() => logAnalytics?.close());
beforeEach(() => {
  logAnalytics.fault = undefined;
  recorded = [];
});

function check(
  completedAt: readonly string[] = [],
  options: Partial<Parameters<typeof telemetryCheck>[0]> = {},
) {
  return telemetryCheck({
    api: signedInService(logAnalytics.url),
    workspaceId,
    componentId,
    readResults: async () => completedAt.map((time) => ({ completedAt: time })),
    now: () => NOW,
    ...options,
  }).run();
}

describe('the check of Application Insights', () => {
  it('says how old the newest record is', async () => {
    recorded = ['2026-03-01T08:00:00Z', '2026-03-01T11:45:00Z'];
    expect(await check()).toEqual({ status: 'ok', seen: 'the newest record is 15 min old' });
  });

  it('finds a result that has been there for long and has no record', async () => {
    recorded = ['2026-03-01T08:00:00Z'];
    expect(await check(['2026-03-01T08:00:01Z', '2026-03-01T11:30:00Z'])).toMatchObject({
      status: 'wrong',
      seen: 'no record since 2026-03-01T08:00:00.000Z, but a result of 2026-03-01T11:30:00.000Z',
      todo: expect.stringContaining('Monitoring Metrics Publisher'),
    });
    recorded = [];
    expect(await check(['2026-03-01T11:30:00Z'])).toMatchObject({
      status: 'wrong',
      seen: 'no record, but a result of 2026-03-01T11:30:00.000Z',
    });
  });

  it('gives the record of a new result time to arrive', async () => {
    recorded = ['2026-03-01T08:00:00Z'];
    expect(await check(['2026-03-01T08:00:30Z', '2026-03-01T11:55:00Z'])).toMatchObject({ status: 'ok' });
  });

  it('is not ok if nothing was ever recorded', async () => {
    expect(await check()).toMatchObject({
      status: 'skipped',
      seen: 'no request was recorded in the last 30 days',
    });
    expect(await check(['2026-03-01T11:55:00Z'])).toMatchObject({ status: 'skipped' });
  });

  const json = (status: number, code: string, message: string): Fault => ({
    kind: 'response',
    status,
    body: JSON.stringify({ error: { code, innererror: { message } } }),
  });
  it.each<[string, Fault, string, string]>([
    [
      'may not query it',
      json(403, 'InsufficientAccessError', ''),
      'skipped',
      'you may not query the workspace',
    ],
    ['are throttled', { kind: 'response', status: 429 }, 'skipped', 'Log Analytics responded with 429'],
    [
      'ask a workspace without the table',
      json(400, 'BadArgumentError', "Failed to resolve table or column expression named 'AppEvents'"),
      'skipped',
      'no request was recorded',
    ],
    [
      'ask a workspace without anything',
      { kind: 'response', status: 204 },
      'skipped',
      'no request was recorded',
    ],
    ['get no response', { kind: 'resetBeforeApplying' }, 'skipped', 'Cannot reach the stand-in'],
  ])('is not ok if you %s', async (_, fault, status, seen) => {
    logAnalytics.fault = always(fault);
    expect(await check()).toMatchObject({ status, seen: expect.stringContaining(seen) });
  });

  it('finds that there is no such workspace', async () => {
    expect(await check([], { workspaceId: '/subscriptions/2' })).toMatchObject({
      status: 'wrong',
      seen: 'there is no such workspace',
    });
  });

  it('makes no call without an id', async () => {
    const before = logAnalytics.journal.length;
    expect(await check([], { workspaceId: undefined })).toMatchObject({
      status: 'skipped',
      seen: 'LOG_ANALYTICS_WORKSPACE_ID is not set',
    });
    expect(logAnalytics.journal).toHaveLength(before);
  });

  it.each([undefined, componentId])('asks in KQL that a workspace understands: %s', (id) => {
    expect(createKusto(tables)(newestRecord(id)).problems).toEqual([]);
  });

  it('asks for the records of one component, whatever its id holds', () => {
    expect(newestRecord('a"b\\c')).toContain('_ResourceId =~ "a\\"b\\\\c"');
  });
});
