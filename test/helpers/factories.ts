import type { CompletedDelivery } from '../../shared/apply/deliveryReport.ts';
import type { GraphCall } from '../../shared/graph/graphClient.ts';
import { type Message, receiveMessage } from '../../shared/receive/message.ts';

export const partnerId = 'b3548526-e615-3785-3118-be70b3968ec5';

/** A body as a requester writes it; `undefined` removes a property. */
export function aBody(properties: Record<string, unknown> = {}): Buffer {
  return Buffer.from(JSON.stringify({ externalPartnerId: partnerId, enableConnection: true, ...properties }));
}

/** A message as the trigger receives it. */
export function aMessage(
  properties: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): Message {
  return receiveMessage(aBody(properties), {
    messageId: 'm-1',
    sessionId: partnerId,
    deliveryCount: 1,
    ...metadata,
  });
}

/** A PATCH that Graph responded to with 200. */
export function aCall(overrides: Partial<GraphCall> = {}): GraphCall {
  return {
    method: 'PATCH',
    url: `https://graph.microsoft.com/beta/externalPartners/${partnerId}`,
    startedAt: Date.parse('2026-01-02T03:04:05Z'),
    durationMs: 99.6,
    clientRequestId: '11111111-1111-4111-8111-111111111111',
    statusCode: 200,
    ...overrides,
  };
}

/** A report of an applied request. */
export function aReport(overrides: Partial<CompletedDelivery> = {}): CompletedDelivery {
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
  } as CompletedDelivery;
}
