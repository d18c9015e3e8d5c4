import { describe, expect, it } from 'vitest';
import { healthChecks } from '../../../cli/health/healthChecks.ts';
import type { Installation } from '../../../cli/health/readInstallation.ts';
import type { RequestMessage } from '../../../cli/requests/readRequests.ts';
import type { Result } from '../../../shared/contract/resultSchema.ts';
import { toResult } from '../../../shared/report/result.ts';
import { aMessage, aReport, partnerId } from '../../helpers/factories.ts';

const at = new Date('2030-01-31T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(at.getTime() - minutes * 60_000);
const nothing: Installation = {
  at,
  host: 'contoso.servicebus.windows.net',
  requestsQueue: 'requests',
  requests: { value: [] },
  windows: { value: [] },
  deadLetters: { value: [] },
  results: { value: [] },
  partners: { value: [] },
};

async function findingsOf(changes: Partial<Installation>, env: Record<string, string> = {}) {
  const checks = healthChecks(async () => ({ ...nothing, ...changes }), env);
  const findings = await Promise.all(checks.map(async ({ name, run }) => [name, await run()] as const));
  return Object.fromEntries(findings);
}

const aRequest = (changes: Partial<RequestMessage> = {}): RequestMessage => ({
  sequenceNumber: '1',
  messageId: 'm-1',
  sessionId: partnerId,
  state: 'first',
  time: minutesAgo(1),
  deliveryCount: 0,
  body: { request: { externalPartnerId: partnerId, enableConnection: true }, received: {} },
  ...changes,
});

const aResult = (completedAt: number, error?: object): Result =>
  toResult(
    aReport({ message: aMessage(), completedAt, ...(error && { outcome: 'failed', error }) } as never),
  );

const aWindow = (minutes: number) => ({
  id: 'w-1',
  until: minutesAgo(minutes).toISOString(),
  externalPartnerId: partnerId,
});

describe('an installation', () => {
  it('without anything is healthy', async () => {
    const statuses = Object.values(await findingsOf({})).map(({ status }) => status);
    expect(statuses).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it.each([
    ['has waited for longer than an app needs to wake up', {}, 4, 'wrong'],
    ['has just arrived', {}, 2, 'ok'],
    ['was delivered', { deliveryCount: 1 }, 30, 'ok'],
    ['is scheduled', { state: 'scheduled' as const }, 30, 'ok'],
  ])('whose first request %s', async (_, changes, minutes, status) => {
    const requests = { value: [aRequest({ time: minutesAgo(minutes), ...changes })] };
    expect((await findingsOf({ requests }))['the app takes requests']?.status).toBe(status);
  });

  it('keeps no request longer than it can be tried', async () => {
    const waiting = (minutes: number) =>
      findingsOf({ requests: { value: [aRequest({ deliveryCount: 3, time: minutesAgo(minutes) })] } });
    expect((await waiting(45))['no request waits too long']).toMatchObject({ status: 'ok' });
    expect((await waiting(46))['no request waits too long']).toMatchObject({
      status: 'wrong',
      seen: '1 request on the queue, 0 scheduled, the oldest for 46 min',
    });
  });

  it('has failed until a later request of the partner was applied', async () => {
    const failed = aResult(1_000, { code: 'http403', message: 'Grant it.', statusCode: 403 });
    const broken = await findingsOf({ results: { value: [aResult(500), failed] } });
    expect(broken['requests are applied']).toMatchObject({
      status: 'wrong',
      seen: expect.stringContaining(`the last for ${partnerId}: Grant it.`),
    });
    const resolved = await findingsOf({ results: { value: [failed, aResult(2_000)] } });
    expect(resolved['requests are applied']).toMatchObject({ status: 'ok' });
  });

  it('is not healthy if all it does is to reject', async () => {
    const rejected = { ...aResult(1, { code: 'x', message: 'No.' }), outcome: 'rejected' } as Result;
    const only = await findingsOf({ results: { value: [rejected, rejected, rejected] } });
    expect(only['requests are applied']?.status).toBe('wrong');
    const some = await findingsOf({ results: { value: [rejected, rejected, rejected, aResult(2)] } });
    expect(some['requests are applied']?.status).toBe('ok');
  });

  it('has windows that end, within 15 minutes', async () => {
    const windows = (minutes: number) => findingsOf({ windows: { value: [aWindow(minutes)] } });
    for (const minutes of [-60, 0, 15]) {
      expect((await windows(minutes))['windows end on time']?.status).toBe('ok');
    }
    expect((await windows(16))['windows end on time']).toMatchObject({
      status: 'wrong',
      seen: `the window of partner ${partnerId} should have ended 16 min ago`,
      todo: expect.stringContaining(`npx epc disable ${partnerId}`),
    });
  });

  const name = 'nothing is enabled without an end';

  it.each([{ LONGEST_WINDOW_HOURS: '8' }, { REQUIRED_PROPERTIES: 'reference,until' }])(
    'whose policy is %j has an end for each partner that is enabled',
    async (env) => {
      const partners = { value: [{ id: partnerId.toUpperCase(), enableConnection: true }] };
      expect((await findingsOf({ partners }, env as Record<string, string>))[name]).toMatchObject({
        status: 'wrong',
        seen: `enabled without an end: ${partnerId.toUpperCase()}`,
      });
      const windows = { value: [aWindow(-60)] };
      expect((await findingsOf({ partners, windows }, env as Record<string, string>))[name]?.status).toBe(
        'ok',
      );
      const unseen = await findingsOf(
        { partners, windows: { unseen: 'You may not.' } },
        env as Record<string, string>,
      );
      expect(unseen[name]).toMatchObject({ status: 'skipped', seen: 'You may not.' });
    },
  );

  it('without such a policy may have partners without an end', async () => {
    expect(await findingsOf({}, { REQUIRED_PROPERTIES: 'reference' })).not.toHaveProperty([name]);
  });

  it('that cannot be seen is not called healthy', async () => {
    const findings = await findingsOf({ deadLetters: { unseen: 'No right.' } });
    expect(findings['there are no dead letters']).toMatchObject({ status: 'skipped', seen: 'No right.' });
  });
});
