import { randomUUID } from 'node:crypto';
import type { ServiceBusMessage } from '@azure/service-bus';
import type { Outcome } from '../shared/contract/outcome.ts';
import { forbidden, serviceUnavailable } from './graph/graphFault.ts';
import { samplePartners } from './graph/samplePartners.ts';
import type { Fault } from './http/fault.ts';
import type { NamedFault } from './namedFaults.ts';

export type SampleRequest = {
  readonly title: string;
  readonly messageId: string;
  /** The message, made when it is sent: its times count from then on. */
  message(): ServiceBusMessage;
  /** What the first call to Graph meets. */
  readonly graphFault?: Fault;
  /** How it must end, and what Graph must show then. */
  readonly expected: {
    readonly outcome: Outcome['outcome'] | 'deadLettered';
    readonly attempts?: number;
    readonly isRecorded: boolean;
    readonly partner?: { readonly id: string; readonly enableConnection: boolean };
    /** Whether it opens a window, whose end disables the partner. */
    readonly hasEnd?: true;
  };
};

const SCHEDULED_AHEAD_MS = 3_000;
const WINDOW_MS = 5_000;
const UNKNOWN_PARTNER = '00000000-0000-4000-8000-000000000000';
const [disabled, healthy, unhealthy] = samplePartners.map(({ id }) => id.toLowerCase()) as [
  string,
  string,
  string,
];

/** One request of each kind that a newcomer should have seen. */
export function sampleRequests(): SampleRequest[] {
  const isRecorded = true;
  return [
    {
      title: 'Enable a partner',
      ...aRequest(disabled, {
        enableConnection: true,
        reference: 'CHG0031001',
        requestedBy: 'jane@contoso.example',
      }),
      expected: { outcome: 'applied', isRecorded, partner: { id: disabled, enableConnection: true } },
    },
    {
      title: 'Disable a partner',
      ...aRequest(healthy, {
        enableConnection: false,
        reference: 'CHG0031002',
        reason: 'Contract ended',
      }),
      expected: { outcome: 'applied', isRecorded, partner: { id: healthy, enableConnection: false } },
    },
    {
      title: 'Disable a partner while Graph is busy',
      ...aRequest(unhealthy, { enableConnection: false, reference: 'CHG0031003' }),
      graphFault: serviceUnavailable('1'),
      expected: {
        outcome: 'applied',
        attempts: 2,
        isRecorded,
        partner: { id: unhealthy, enableConnection: false },
      },
    },
    {
      title: 'Enable a partner that does not exist',
      ...aRequest(UNKNOWN_PARTNER, { enableConnection: true, reference: 'CHG0031004' }),
      expected: { outcome: 'rejected', isRecorded },
    },
    {
      title: 'Send something malformed',
      ...aRequest(disabled, { enableConnection: 'yes', reference: 'CHG0031005' }),
      expected: { outcome: 'rejected', isRecorded, partner: { id: disabled, enableConnection: true } },
    },
    {
      title: 'Enable a partner without the permission for it',
      ...aRequest(healthy, { enableConnection: true, reference: 'CHG0031006' }),
      graphFault: forbidden(),
      expected: { outcome: 'failed', isRecorded, partner: { id: healthy, enableConnection: false } },
    },
    {
      title: `Enable a partner for ${WINDOW_MS / 1000} s`,
      ...aRequest(unhealthy, () => ({
        enableConnection: true,
        reference: 'CHG0031007',
        until: new Date(Date.now() + WINDOW_MS).toISOString(),
      })),
      expected: {
        outcome: 'applied',
        isRecorded,
        partner: { id: unhealthy, enableConnection: true },
        hasEnd: true,
      },
    },
    {
      title: `Disable a partner, scheduled ${SCHEDULED_AHEAD_MS / 1000} s ahead`,
      ...aRequest(disabled, { enableConnection: false, reference: 'CHG0031008' }, SCHEDULED_AHEAD_MS),
      expected: { outcome: 'applied', isRecorded, partner: { id: disabled, enableConnection: false } },
    },
  ];
}

/** What shows a fault that stays on: a valid request in each direction, and an invalid one. */
export function sampleRequestsDuring({ outcome, isRecorded }: NamedFault): SampleRequest[] {
  const isApplied = outcome !== 'failed';
  return [
    {
      title: 'Enable a partner',
      ...aRequest(disabled, { enableConnection: true, reference: 'CHG0031001' }),
      expected: { outcome, isRecorded, partner: { id: disabled, enableConnection: isApplied } },
    },
    {
      title: 'Disable a partner',
      ...aRequest(healthy, { enableConnection: false, reference: 'CHG0031002' }),
      expected: { outcome, isRecorded, partner: { id: healthy, enableConnection: !isApplied } },
    },
    {
      title: 'Send something malformed',
      ...aRequest(disabled, { enableConnection: 'yes', reference: 'CHG0031003' }),
      expected: { outcome: outcome === 'deadLettered' ? outcome : 'rejected', isRecorded },
    },
  ];
}

/** @param properties of the request, or what makes them when it is sent */
function aRequest(externalPartnerId: string, properties: object | (() => object), aheadMs?: number) {
  const messageId = randomUUID();
  return {
    messageId,
    message: (): ServiceBusMessage => ({
      messageId,
      sessionId: externalPartnerId,
      contentType: 'application/json',
      body: { externalPartnerId, ...(typeof properties === 'function' ? properties() : properties) },
      ...(aheadMs !== undefined && { scheduledEnqueueTimeUtc: new Date(Date.now() + aheadMs) }),
    }),
  };
}
