import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRefusalWatch, type IngestionResponse } from '../../../shared/report/refusalWatch.ts';

function aWatch() {
  const clock = { now: 0 };
  const warnings: string[] = [];
  const watcher = createRefusalWatch(
    (text) => warnings.push(text),
    () => clock.now,
  );
  const watch = <T extends IngestionResponse>(sent: Promise<T>, host = 'westeurope.example') =>
    watcher.watch(`https://${host}/v2.1/track`, sent);
  return { clock, warnings, watch };
}

const response = (status: number, body?: object, location?: string) =>
  Promise.resolve({
    status,
    bodyAsText: body ? JSON.stringify(body) : null,
    headers: { get: (name: string) => (name === 'location' ? location : undefined) },
  });
const failure = (name: string, message: string) =>
  Promise.reject(Object.assign(new Error(message), { name }));

describe('records that are refused for good', () => {
  it.each([
    [400, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [401, 'Monitoring Metrics Publisher'],
    [403, 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'],
    [404, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [402, 'raise the daily cap'],
    [439, 'raise the daily cap'],
    [302, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [204, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [501, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
  ])('with %i lead to a warning that says what to do', async (status, advice) => {
    const { warnings, watch } = aWatch();
    expect(await watch(response(status))).toMatchObject({ status });
    expect(warnings).toEqual([expect.stringContaining(`responded with ${status}`)]);
    expect(warnings[0]).toContain(advice);
  });

  it.each([
    [400, 'Invalid instrumentation key', 'check APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [308, 'Permanent redirect', 'check APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [439, 'Daily quota exceeded', 'raise the daily cap'],
    [206, 'Telemetry sampled out.', 'switch ingestion sampling off'],
    [200, 'Telemetry sampled out.', 'switch ingestion sampling off'],
  ])(
    'one by one, of those that were posted together, lead to a warning: %i',
    async (statusCode, message, advice) => {
      const { warnings, watch } = aWatch();
      const errors = [
        { index: 0, statusCode: 500, message: 'busy' },
        { index: 1, statusCode, message },
      ];
      await watch(response(206, { itemsReceived: 2, itemsAccepted: 0, errors }));
      expect(warnings).toEqual([expect.stringContaining(`it refused one with ${statusCode}, ${message}`)]);
      expect(warnings[0]).toContain(advice);
    },
  );

  describe('by a redirect', () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });
    const redirect = (status: number) => response(status, undefined, 'https://elsewhere.example/v2.1/track');

    it.each([307, 308])('that the SDK does not follow lead to a warning: %i', async (status) => {
      const { warnings, watch } = aWatch();
      await watch(redirect(status));
      await watch(response(200));
      vi.advanceTimersByTime(1_000);
      expect(warnings).toEqual([
        expect.stringContaining(`${status}, a redirect to https://elsewhere.example/v2.1/track: check APP`),
      ]);
    });

    it('without a place to go to lead to a warning as well', async () => {
      const { warnings, watch } = aWatch();
      await watch(response(308));
      vi.advanceTimersByTime(1_000);
      expect(warnings).toHaveLength(1);
    });

    it('that the SDK follows lead to none', async () => {
      const { warnings, watch } = aWatch();
      await watch(redirect(308));
      await watch(response(200), 'elsewhere.example');
      vi.advanceTimersByTime(1_000);
      expect(warnings).toEqual([]);
    });

    it('that the SDK followed before and does no more lead to a warning', async () => {
      const { warnings, watch } = aWatch();
      await watch(response(200), 'elsewhere.example');
      await watch(redirect(307));
      vi.advanceTimersByTime(1_000);
      expect(warnings).toHaveLength(1);
    });
  });

  it('since the identity gets no token lead to a warning, without the token request', async () => {
    const { warnings, watch } = aWatch();
    const failed = failure('AuthenticationRequiredError', 'Identity not found. Bearer s3cret');
    await expect(watch(failed)).rejects.toThrow('Identity not found');
    expect(warnings).toEqual([
      expect.stringContaining('gave no token for it: Identity not found. [redacted]'),
    ]);
  });

  it('are warned of once in ten minutes', async () => {
    const { clock, warnings, watch } = aWatch();
    await watch(response(401));
    clock.now = 599_999;
    await watch(response(403));
    expect(warnings).toHaveLength(1);
    clock.now = 600_000;
    await watch(response(403));
    expect(warnings).toHaveLength(2);
  });
});

describe('a fault that may pass', () => {
  it.each([200, 206, 408, 429, 500, 502, 503, 504])(
    'such as %i is not a reason for a warning',
    async (status) => {
      const { warnings, watch } = aWatch();
      await watch(response(status));
      await watch(response(status, { errors: [{ statusCode: 503, message: 'busy' }] }));
      await watch(response(status, { errors: 'none' }));
      expect(warnings).toEqual([]);
    },
  );

  it('such as a connection that is reset is not one either, and the SDK hears of it', async () => {
    const { warnings, watch } = aWatch();
    await expect(watch(failure('RestError', 'ECONNRESET'))).rejects.toThrow('ECONNRESET');
    expect(warnings).toEqual([]);
  });
});
