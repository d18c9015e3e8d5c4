import { describe, expect, it } from 'vitest';
import { createRefusalWatch } from '../../../shared/report/refusalWatch.ts';

function aWatch() {
  const clock = { now: 0 };
  const warnings: string[] = [];
  const { watch } = createRefusalWatch(
    (text) => warnings.push(text),
    () => clock.now,
  );
  return { clock, warnings, watch };
}

const response = (status: number, body?: object) =>
  Promise.resolve({ status, bodyAsText: body ? JSON.stringify(body) : null });
const failure = (name: string, message: string) =>
  Promise.reject(Object.assign(new Error(message), { name }));

describe('records that are refused for good', () => {
  it.each([
    [400, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
    [401, 'Monitoring Metrics Publisher'],
    [403, 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'],
    [404, 'APPLICATIONINSIGHTS_CONNECTION_STRING'],
  ])('with %i lead to a warning that says what to do', async (status, advice) => {
    const { warnings, watch } = aWatch();
    expect(await watch(response(status))).toMatchObject({ status });
    expect(warnings).toEqual([expect.stringContaining(`responded with ${status}`)]);
    expect(warnings[0]).toContain(advice);
  });

  it('one by one, of those that were posted together, lead to a warning', async () => {
    const { warnings, watch } = aWatch();
    const errors = [
      { index: 0, statusCode: 500, message: 'busy' },
      { index: 1, statusCode: 400, message: 'Invalid instrumentation key' },
    ];
    await watch(response(206, { itemsReceived: 2, itemsAccepted: 0, errors }));
    expect(warnings).toEqual([expect.stringContaining('400: Invalid instrumentation key')]);
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
  it.each([200, 206, 408, 429, 500, 503])('such as %i is no reason for a warning', async (status) => {
    const { warnings, watch } = aWatch();
    await watch(response(status));
    await watch(response(status, { errors: [{ statusCode: 503, message: 'busy' }] }));
    await watch(response(status, { errors: 'none' }));
    expect(warnings).toEqual([]);
  });

  it('such as a connection that is reset is none either, and the SDK hears of it', async () => {
    const { warnings, watch } = aWatch();
    await expect(watch(failure('RestError', 'ECONNRESET'))).rejects.toThrow('ECONNRESET');
    expect(warnings).toEqual([]);
  });
});
