import {
  internalError,
  operationTimedOut,
  permissionMismatch,
  serverBusy,
  storageFault,
} from '../local/blobStorage/storageFault.ts';
import {
  badGatewayHtml,
  badRequest,
  conflict,
  forbidden,
  gatewayTimeout,
  html,
  internalServerError,
  json,
  requestTimeout,
  serviceUnavailable,
  throttled,
  unauthorized,
} from '../local/graph/graphFault.ts';
import type { Fault, FaultHook } from '../local/http/fault.ts';
import type { Random } from './random.ts';

/** A fifth of the calls to Graph fails, each in one of the ways in which they can. */
export function graphFaults(random: Random, partnerIds: readonly string[]): FaultHook {
  /** A lie about what a PATCH did; a GET asks for nothing that could be turned around. */
  const opposite = (body: Buffer, id: string) =>
    body.length > 0
      ? json(200, { id, enableConnection: !JSON.parse(body.toString()).enableConnection })
      : html(200);
  const past = new Date(0).toUTCString();
  return ({ path, body }) => {
    if (!random.chance(0.2)) return undefined;
    const id = path.split('/').at(-1) ?? '';
    return random.pick([
      () => serviceUnavailable(),
      () => serviceUnavailable('1'),
      () => serviceUnavailable('soon'),
      () => (random.chance(0.3) ? throttled('1') : internalServerError()),
      () => throttled(past),
      () => internalServerError(),
      () => badGatewayHtml(),
      () => gatewayTimeout(),
      () => gatewayTimeout({ apply: true }),
      () => requestTimeout(),
      () => conflict(),
      () => unauthorized(),
      () => badRequest(),
      () => forbidden(),
      () => html(200),
      () => json(200, ''),
      () => json(200, '{"id":"'),
      () => opposite(body, id),
      () => json(200, { id: partnerIds.find((other) => other !== id), enableConnection: true }),
      () => ({ kind: 'response', status: 204 }) as const,
      () => ({ kind: 'delay', delayMs: 200 }) as const,
      () => ({ kind: 'hang', apply: random.chance(0.5) }) as const,
      () => ({ kind: 'resetBeforeApplying' }) as const,
      () => ({ kind: 'resetDuringResponse' }) as const,
      () => ({ kind: 'resetAfterApplying' }) as const,
      () => ({ kind: 'trickle', everyMs: 5, forMs: 300 }) as const,
    ])();
  };
}

/** An eighth of the calls to storage fails. */
export function storageFaults(random: Random): FaultHook {
  return () =>
    random.chance(1 / 8)
      ? random.pick<() => Fault>([
          () => serverBusy(),
          () => internalError(),
          () => operationTimedOut(),
          () => operationTimedOut({ apply: true }),
          () => permissionMismatch(),
          () => storageFault(412, 'ConditionNotMet', 'The condition is not met.'),
          () => ({ kind: 'delay', delayMs: 200 }),
          () => ({ kind: 'resetBeforeApplying' }),
          () => ({ kind: 'resetDuringResponse' }),
          () => ({ kind: 'resetAfterApplying' }),
        ])()
      : undefined;
}

/** An eighth of the ends does not get onto the queue, or it is not said that they did. */
export function endFaults(random: Random): FaultHook {
  return () =>
    random.chance(1 / 8)
      ? random.pick<() => Fault>([
          () => ({ kind: 'response', status: 500 }),
          () => ({ kind: 'response', status: 503, apply: true }),
          () => ({ kind: 'response', status: 401 }),
          () => ({ kind: 'delay', delayMs: 200 }),
          () => ({ kind: 'resetBeforeApplying' }),
          () => ({ kind: 'resetAfterApplying' }),
        ])()
      : undefined;
}

/** Application Insights is down for a third of the time, each time in one way. */
export function ingestionFaults(random: Random): FaultHook {
  const periodMs = 3_000;
  let period = -1;
  let fault: Fault | undefined;
  return () => {
    const now = Math.floor(Date.now() / periodMs);
    if (now !== period) {
      period = now;
      fault = random.chance(1 / 3)
        ? random.pick<Fault>([
            { kind: 'response', status: 503 },
            { kind: 'response', status: 429, headers: { 'Retry-After': '30' } },
            { kind: 'response', status: 402 },
            { kind: 'resetBeforeApplying' },
            { kind: 'hang' },
          ])
        : undefined;
    }
    return fault;
  };
}
