import { forbidden, json, serviceUnavailable, throttled } from './graph/graphFault.ts';
import { always, type Fault } from './http/fault.ts';
import { localValue } from './localSettings.ts';
import type { StandIns } from './standIns.ts';

/** A fault that a person can keep on, to see how the app behaves. */
export type NamedFault = {
  /** What happens, as a sentence. */
  readonly description: string;
  /** From now on. */
  start(standIns: StandIns): void;
  /** Ends it once the sample requests are over; absent: it stays on. */
  stop?(standIns: StandIns): void;
  /** What comes of a valid request. */
  readonly outcome: 'applied' | 'failed' | 'deadLettered';
  /** Whether Application Insights gets the record. */
  readonly isRecorded: boolean;
};

/** The faults, by what to type after `--fault`. */
export const namedFaults: ReadonlyMap<string, NamedFault> = new Map([
  ['429', ofGraph('Graph throttles every call: 429 with Retry-After: 1.', throttled('1'))],
  ['503', ofGraph('Graph is unavailable: 503 for every call.', serviceUnavailable())],
  ['403', ofGraph('Graph refuses every call, because the identity lacks the permission: 403.', forbidden())],
  ['timeout', ofGraph('Graph never responds.', { kind: 'hang' })],
  [
    'identity',
    {
      description: 'The managed identity gives no token.',
      start: ({ identity }) => {
        identity.fault = always(json(400, { statusCode: 400, message: 'No managed identity was found.' }));
      },
      outcome: 'failed',
      isRecorded: true,
    },
  ],
  [
    'telemetry',
    {
      description: 'Application Insights never responds.',
      start: ({ ingestion }) => {
        ingestion.fault = always({ kind: 'hang' });
      },
      outcome: 'applied',
      isRecorded: false,
    },
  ],
  [
    'results',
    {
      description:
        'The results topic refuses every result until the requests are dead letters, for npx epc dead-letters.',
      start: ({ serviceBus }) => serviceBus.refuse(localValue('RESULTS_TOPIC'), true),
      stop: ({ serviceBus }) => serviceBus.refuse(localValue('RESULTS_TOPIC'), false),
      outcome: 'deadLettered',
      isRecorded: true,
    },
  ],
]);

/**
 * Settings of the app while a fault is on, so that a result comes within seconds; by default the app tries for
 * minutes in each of several deliveries.
 */
export const impatientSettings = {
  RETRY_BUDGET_SECONDS: '3',
  GRAPH_TIMEOUT_SECONDS: '1',
  MAX_DELIVERY_COUNT: '3',
} as const;

function ofGraph(description: string, fault: Fault): NamedFault {
  return {
    description,
    start: ({ graph }) => {
      graph.fault = always(fault);
    },
    outcome: 'failed',
    isRecorded: true,
  };
}
