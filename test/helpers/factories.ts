import type { DeliveryReport } from '../../shared/applyRequest.ts';
import { type Message, receive } from '../../shared/message.ts';

export const partnerId = '198d7140-80bb-4843-8cc4-811377a49a92';

/** A body as a requester writes it; `undefined` removes a property. */
export function aBody(properties: Record<string, unknown> = {}): Buffer {
  return Buffer.from(JSON.stringify({ externalPartnerId: partnerId, enableConnection: true, ...properties }));
}

/** A message as the trigger receives it. */
export function aMessage(
  properties: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): Message {
  return receive(aBody(properties), {
    messageId: 'm-1',
    sessionId: partnerId,
    deliveryCount: 1,
    ...metadata,
  });
}

/** A result of an applied request. */
export function aReport(overrides: Partial<DeliveryReport> = {}): DeliveryReport {
  return {
    outcome: 'applied',
    partner: {
      id: partnerId,
      enableConnection: true,
      connectionStatus: 'available',
      statusDetails: 'Connected.',
    },
    message: aMessage(),
    calls: [],
    attempts: 1,
    clientRequestId: '11111111-1111-4111-8111-111111111111',
    startedAt: 1_000,
    completedAt: 1_250,
    ...overrides,
  } as DeliveryReport;
}
