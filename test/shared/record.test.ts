import { describe, expect, it } from 'vitest';
import { createRecorder, toEvent } from '../../shared/record.ts';
import { aCall, aMessage, aReport, partnerId } from '../helpers/factories.ts';

const aContext = () => {
  const lines: string[] = [];
  return {
    lines,
    context: { log: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) },
  };
};

describe('the record of a result', () => {
  it('says who asked for what, and what Graph made of it', () => {
    const message = aMessage(
      { requestedBy: 'jane', reference: 'CHG1', reason: 'Onboarding' },
      { correlationId: 'c-1', enqueuedTimeUtc: new Date(400).toISOString() },
    );
    const calls = [
      aCall({ statusCode: 503 }),
      aCall({ requestId: 'r-2' }),
      aCall({ method: 'GET', durationMs: 1, requestId: 'r-3' }),
    ];
    expect(toEvent(aReport({ message, calls, attempts: 2 }))).toEqual({
      name: 'ExternalPartnerRequestCompleted',
      properties: {
        outcome: 'applied',
        externalPartnerId: partnerId,
        enableConnection: 'true',
        connectionStatus: 'available',
        statusDetails: 'Connected.',
        requestedBy: 'jane',
        reference: 'CHG1',
        reason: 'Onboarding',
        messageId: 'm-1',
        correlationId: 'c-1',
        graphRequestId: 'r-2',
        clientRequestId: '11111111-1111-4111-8111-111111111111',
      },
      measurements: {
        durationMs: 250,
        graphDurationMs: 200,
        queueLatencyMs: 600,
        attempts: 2,
        deliveryCount: 1,
      },
    });
  });

  it('of a request that was refused says as much as was readable, bounded', () => {
    const error = { code: 'invalidRequest', message: 'No.' };
    const refused = aMessage({ enableConnection: 'x'.repeat(5000), reference: { a: 1 } });
    const { properties } = toEvent(aReport({ outcome: 'rejected', error, message: refused } as never));
    expect(properties).toMatchObject({
      outcome: 'rejected',
      errorCode: 'invalidRequest',
      errorMessage: 'No.',
    });
    expect(properties).not.toHaveProperty('reference');
  });

  it('is one structured log line, whose text a sender cannot break', async () => {
    const { lines, context } = aContext();
    await createRecorder(undefined).record(
      aReport({ message: aMessage({ reason: 'a\n{"outcome":"x"}\u2028' }) }),
      context,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      event: 'ExternalPartnerRequestCompleted',
      outcome: 'applied',
      reason: 'a\n{"outcome":"x"}\u2028',
    });
  });

  it('holds no character that breaks or turns a line in some viewer, and no formula', async () => {
    const { lines, context } = aContext();
    const message = aMessage({
      reason: '\u2028\u202e\u0085\u001b[31m',
      reference: '=HYPERLINK("https://attacker.example","x")',
      requestedBy: '@SUM(1)',
    });
    await createRecorder(undefined).record(aReport({ message }), context);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      reason: '\u2028\u202e\u0085\u001b[31m',
      reference: '\'=HYPERLINK("https://attacker.example","x")',
      requestedBy: "'@SUM(1)",
    });
  });

  it('survives telemetry that cannot be loaded, and loads it again for the next one', async () => {
    const { lines, context } = aContext();
    let loads = 0;
    const recorder = createRecorder(async () => {
      loads++;
      throw new Error('no SDK');
    });
    await recorder.record(aReport(), context);
    await recorder.record(aReport(), context);
    expect(loads).toBe(2);
    expect(lines.at(-1)).toContain('no SDK');
    await recorder.flush();
  });
});
