import { randomUUID } from 'node:crypto';
import type { ServiceBusMessage } from '@azure/service-bus';
import type { Outcome } from '../shared/outcome.ts';
import { samplePartners } from './graph/samplePartners.ts';

export type SampleRequest = {
  readonly title: string;
  readonly message: ServiceBusMessage;
  /** How it must end, and what Graph must show then. */
  readonly expected: {
    readonly outcome: Outcome['outcome'];
    readonly externalPartnerId?: string;
    readonly enableConnection?: boolean;
  };
};

const SCHEDULED_AHEAD_MS = 3_000;
const UNKNOWN_PARTNER = '00000000-0000-4000-8000-000000000000';

/** One request of each kind that a newcomer should have seen. */
export function sampleRequests(): SampleRequest[] {
  const [first, second] = samplePartners.map(({ id }) => id.toLowerCase());
  if (!first || !second) throw new Error('The Graph stand-in has too few partners.');
  return [
    {
      title: 'Enable a partner',
      message: toMessage(first, {
        enableConnection: true,
        reference: 'CHG0031001',
        requestedBy: 'jane@contoso.example',
      }),
      expected: { outcome: 'applied', externalPartnerId: first, enableConnection: true },
    },
    {
      title: 'Disable a partner',
      message: toMessage(second, {
        enableConnection: false,
        reference: 'CHG0031002',
        reason: 'Contract ended',
      }),
      expected: { outcome: 'applied', externalPartnerId: second, enableConnection: false },
    },
    {
      title: 'Enable a partner that does not exist',
      message: toMessage(UNKNOWN_PARTNER, { enableConnection: true, reference: 'CHG0031003' }),
      expected: { outcome: 'rejected' },
    },
    {
      title: 'Send something malformed',
      message: toMessage(first, { enableConnection: 'yes', reference: 'CHG0031004' }),
      expected: { outcome: 'rejected', externalPartnerId: first, enableConnection: true },
    },
    {
      title: `Disable a partner, scheduled ${SCHEDULED_AHEAD_MS / 1000} s ahead`,
      message: {
        ...toMessage(first, { enableConnection: false, reference: 'CHG0031005' }),
        scheduledEnqueueTimeUtc: new Date(Date.now() + SCHEDULED_AHEAD_MS),
      },
      expected: { outcome: 'applied', externalPartnerId: first, enableConnection: false },
    },
  ];
}

function toMessage(externalPartnerId: string, properties: object): ServiceBusMessage {
  return {
    messageId: randomUUID(),
    sessionId: externalPartnerId,
    contentType: 'application/json',
    body: { externalPartnerId, ...properties },
  };
}
