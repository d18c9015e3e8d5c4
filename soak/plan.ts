import type { ServiceBusMessage } from '@azure/service-bus';
import type { Posted } from './observation.ts';
import { guid, type Random } from './random.ts';

/** A message to post and what the checker needs to know of it. */
export type PlannedMessage = { readonly message: ServiceBusMessage; readonly posted: Posted };

/**
 * The next message of the plan: mostly valid requests, some invalid, some that expire soon, some windows, some
 * scheduled, some sent twice.
 */
export function planMessage(random: Random, partnerIds: readonly [string, ...string[]]): PlannedMessage[] {
  const externalPartnerId = random.pick(partnerIds);
  const messageId = guid(random);
  const enableConnection = random.chance(0.5);
  const isValid = !random.chance(0.03);
  const validUntil = random.chance(0.05) ? Date.now() + random.below(4_000) : undefined;
  const scheduled = random.chance(0.05) ? Date.now() + random.below(3_000) : undefined;
  const isWindow = isValid && enableConnection && random.chance(0.4);
  const until = isWindow ? (scheduled ?? Date.now()) + 1_000 + random.below(30_000) : undefined;
  const request = {
    externalPartnerId,
    enableConnection: isValid ? enableConnection : 'perhaps',
    reference: `SOAK-${messageId.slice(0, 8)}`,
    ...(validUntil !== undefined && { validUntil: new Date(validUntil).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  };
  const planned: PlannedMessage = {
    message: {
      messageId,
      sessionId: externalPartnerId,
      body: request,
      ...(scheduled !== undefined && { scheduledEnqueueTimeUtc: new Date(scheduled) }),
    },
    posted: {
      messageId,
      externalPartnerId,
      ...(isValid && { enableConnection }),
      ...(validUntil !== undefined && { validUntil }),
      ...(until !== undefined && { until }),
    },
  };
  return random.chance(0.03) ? [planned, planned] : [planned];
}
