import { randomUUID } from 'node:crypto';
import type { Invocation } from '../local/functionsHost/worker.ts';
import { externalPartnerIdOf } from './partners.ts';

/** A request as the trigger hands it over, in a transaction of its own. */
export function createInvocation(index: number): Invocation {
  const externalPartnerId = externalPartnerIdOf(index);
  const body = {
    externalPartnerId,
    enableConnection: index % 2 === 0,
    requestedBy: 'jane@contoso.example',
    reference: `CHG${index}`,
    reason: 'Onboarding of the partner',
  };
  const traceId = randomUUID().replaceAll('-', '');
  return {
    body: Buffer.from(JSON.stringify(body)),
    metadata: {
      DeliveryCount: 1,
      EnqueuedTimeUtc: new Date().toISOString(),
      MessageId: randomUUID(),
      SequenceNumber: index,
      SessionId: externalPartnerId,
      ApplicationProperties: {},
    },
    traceContext: { traceParent: `00-${traceId}-${traceId.slice(0, 16)}-01` },
  };
}
