import type {
  QueueOptions,
  SubscriptionOptions,
  TopicOptions,
} from '../serviceBus/entities/entityOptions.ts';
import type { ResourceProperties } from './resourceManager.ts';

/** A namespace and its entities, as Azure Resource Manager shows them: properties by resource id. */
export function serviceBusResources(
  namespaceId: string,
  { queues, topics }: { queues: readonly QueueOptions[]; topics: readonly TopicOptions[] },
): Readonly<Record<string, ResourceProperties>> {
  const subscriptionsOf = ({ name: topic, subscriptions }: TopicOptions) =>
    subscriptions.map((subscription) => [
      `${namespaceId}/topics/${topic}/subscriptions/${subscription.name}`,
      receiveProperties(subscription),
    ]);
  return Object.fromEntries([
    [namespaceId, { status: 'Active' }],
    ...queues.map((queue) => [`${namespaceId}/queues/${queue.name}`, queueProperties(queue)]),
    ...topics.map((topic) => [`${namespaceId}/topics/${topic.name}`, sendProperties(topic)]),
    ...topics.flatMap(subscriptionsOf),
  ]);
}

function queueProperties(queue: QueueOptions): ResourceProperties {
  return {
    ...receiveProperties(queue),
    ...sendProperties(queue),
    requiresSession: queue.requiresSession ?? false,
  };
}

function sendProperties({ duplicateDetectionWindowSeconds = 0 }: QueueOptions | TopicOptions) {
  return {
    requiresDuplicateDetection: duplicateDetectionWindowSeconds > 0,
    ...(duplicateDetectionWindowSeconds > 0 && {
      duplicateDetectionHistoryTimeWindow: `PT${duplicateDetectionWindowSeconds}S`,
    }),
    status: 'Active',
  };
}

function receiveProperties({
  lockDurationSeconds = 60,
  maxDeliveryCount = 10,
  deadLetteringOnMessageExpiration = false,
  defaultMessageTimeToLiveSeconds,
}: SubscriptionOptions): ResourceProperties {
  return {
    lockDuration: `PT${lockDurationSeconds}S`,
    maxDeliveryCount,
    deadLetteringOnMessageExpiration,
    ...(defaultMessageTimeToLiveSeconds !== undefined && {
      defaultMessageTimeToLive: `PT${defaultMessageTimeToLiveSeconds}S`,
    }),
    status: 'Active',
  };
}
