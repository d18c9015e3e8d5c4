import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TelemetrySink } from '../../../shared/report/applicationInsights.ts';
import { createRecorder, toEvent } from '../../../shared/report/record.ts';
import { aCall, aMessage, aReport, partnerId } from '../../helpers/factories.ts';

const aContext = () => {
  const lines: string[] = [];
  return {
    lines,
    context: { log: (line: string) => lines.push(line), warn: (line: string) => lines.push(line) },
  };
};

/** Telemetry that notes what it is given. */
function aSink(flushing: () => Promise<void> = async () => {}) {
  const sent: unknown[] = [];
  const telemetry: TelemetrySink = {
    send: ({ name }, calls, traceParent) => sent.push([name, calls, traceParent]),
    flush: () => {
      sent.push('flush');
      return flushing();
    },
  };
  return { telemetry, sent };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the record of a result', () => {
  it('says what enabling may install, and until when another window is open', () => {
    const agentSetting = { agentHost: 'agents.example', agentSha256: 'ab12', autoDeploymentEnabled: false };
    const partner = { id: partnerId, enableConnection: true, agentSetting };
    expect(toEvent(aReport({ partner })).properties).toMatchObject({
      agentHost: 'agents.example',
      agentSha256: 'ab12',
      autoDeploymentEnabled: 'false',
    });
    const message = aMessage({ enableConnection: false, endOf: 'w-1' });
    const reason = { code: 'windowOpen', message: 'No.', until: '2030-01-31T18:00:00.000Z' };
    expect(toEvent(aReport({ outcome: 'unchanged', reason, message } as never)).properties).toMatchObject({
      endOf: 'w-1',
      reasonCode: 'windowOpen',
      openUntil: '2030-01-31T18:00:00.000Z',
    });
  });

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
    const refused = aMessage({ enableConnection: 'x'.repeat(5_000), reference: 4711 });
    const { properties } = toEvent(aReport({ outcome: 'rejected', error, message: refused } as never));
    expect(properties).toMatchObject({
      outcome: 'rejected',
      errorCode: 'invalidRequest',
      errorMessage: 'No.',
    });
    expect(properties.enableConnection).toBe('x'.repeat(128));
    expect(properties).not.toHaveProperty('reference');
  });

  it('fits into a trace of Application Insights, whatever was sent', async () => {
    const { lines, context } = aContext();
    const worst = '\u0001'.repeat(1_024);
    const ids = { messageId: worst, correlationId: worst };
    const short = worst.slice(0, 256);
    const message = aMessage({ requestedBy: short, reference: short, reason: worst }, ids);
    const text = '\u{1F600}'.repeat(4_096);
    const escaped = '\u{1D173}'.repeat(4_096);
    for (const statusDetails of [text, escaped]) {
      const partner = {
        ...{ id: partnerId, enableConnection: true, statusDetails },
        ...{ partnerId: statusDetails, connectionStatus: statusDetails, lastSyncDateTime: statusDetails },
      };
      await createRecorder(undefined).record(aReport({ message, partner } as never), context);
    }
    const error = { code: '"'.repeat(128), message: text.slice(0, 2_048) };
    await createRecorder(undefined).record(aReport({ message, outcome: 'failed', error } as never), context);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(32_768);
      // What the requester wrote stays.
      expect(line).toContain(partnerId);
      expect(JSON.parse(line).reason === worst).toBe(true);
    }
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

  it('of a delivery without an outcome is an event of its own', () => {
    const error = { code: 'http503', message: 'Graph responded with 503' };
    const message = aMessage({}, { enqueuedTimeUtc: new Date(2_000).toISOString() });
    const event = toEvent(aReport({ outcome: 'redelivery', error, message } as never));
    expect(event).toMatchObject({
      name: 'ExternalPartnerRequestRedelivered',
      properties: { outcome: 'redelivery', errorCode: 'http503' },
      // Its clock is behind that of the broker.
      measurements: { queueLatencyMs: 0 },
    });
  });

  it('goes to telemetry with its calls and its trace, and is flushed', async () => {
    const { telemetry, sent } = aSink();
    const { lines, context } = aContext();
    const calls = [aCall()];
    const recorder = createRecorder(async () => telemetry);
    await recorder.record(aReport({ calls }), { ...context, traceContext: { traceParent: '00-a-b-01' } });
    expect(sent).toEqual([['ExternalPartnerRequestCompleted', calls, '00-a-b-01'], 'flush']);
    await recorder.record(aReport(), context);
    expect(sent.slice(2)).toEqual([['ExternalPartnerRequestCompleted', [], undefined], 'flush']);
    expect(lines).toHaveLength(2);
  });

  it('waits 2 s for telemetry that hangs, and says that it did', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { telemetry } = aSink(() => new Promise(() => {}));
    const { lines, context } = aContext();
    const recorder = createRecorder(async () => telemetry);
    const ended = vi.fn();
    const recorded = recorder.record(aReport(), context).then(ended);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await recorded;
    expect(lines[1]).toBe(
      'Application Insights has not taken the record yet (no response in time); the log line has it.',
    );
    const flushed = recorder.flush();
    await vi.advanceTimersByTimeAsync(2_000);
    await flushed;
  });

  it('finds telemetry loaded if that was prepared, also if it could not be then', async () => {
    const { telemetry, sent } = aSink();
    const { lines, context } = aContext();
    const load = vi.fn(async () => telemetry).mockRejectedValueOnce(new Error('no SDK'));
    const recorder = createRecorder(load);
    recorder.prepare();
    await nextTurn();
    recorder.prepare();
    recorder.prepare();
    await recorder.record(aReport(), context);
    expect(load).toHaveBeenCalledTimes(2);
    expect(sent).toHaveLength(2);
    expect(lines).toHaveLength(1);
    createRecorder(undefined).prepare();
  });

  it('is sent once more as the app ends, if there is any', async () => {
    const { telemetry, sent } = aSink();
    const recorder = createRecorder(async () => telemetry);
    await recorder.flush();
    expect(sent).toEqual([]);
    await recorder.record(aReport(), aContext().context);
    await recorder.flush();
    expect(sent.slice(1)).toEqual(['flush', 'flush']);
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
