import { describe } from 'vitest';
import { resourcesOf, type Snapshot } from '../snapshot.ts';
import {
  expectEachToBeFound,
  installation,
  withAnother,
  withChanged,
  without,
  withSettings,
} from '../wrongInstallation.ts';
import { messagingProblems } from './messaging.ts';

/** The installation with someone who may receive from a subscription. */
function withReaderOf(name: string): Snapshot {
  const subscription = resourcesOf(installation, 'Microsoft.ServiceBus/namespaces/topics/subscriptions').find(
    ({ id }) => id.endsWith(`/${name}`),
  );
  const type = 'Microsoft.Authorization/roleAssignments';
  return withAnother({ id: `${subscription?.id}/providers/${type}/1`, type, name: '1' });
}

describe('a wrong queue or topic is found:', () => {
  const queues = 'Microsoft.ServiceBus/namespaces/queues';
  const subscriptions = 'Microsoft.ServiceBus/namespaces/topics/subscriptions';
  expectEachToBeFound(messagingProblems, [
    [
      'another count of deliveries',
      withChanged(queues, (queue) => {
        queue.maxDeliveryCount = 11;
      }),
      'count deliveries differently',
    ],
    [
      'no sessions',
      withChanged(queues, (queue) => {
        queue.requiresSession = false;
      }),
      'no sessions',
    ],
    [
      'no duplicate detection',
      withChanged(queues, (queue) => {
        delete queue.requiresDuplicateDetection;
      }),
      'does not detect duplicates',
    ],
    [
      'expired requests that are dropped',
      withChanged(queues, (queue) => {
        delete queue.deadLetteringOnMessageExpiration;
      }),
      'drops what expires',
    ],
    [
      'a queue of another name',
      withSettings((settings) => {
        settings.REQUESTS_QUEUE = 'other';
      }),
      'There is no queue other.',
    ],
    [
      'a topic of another name',
      withSettings((settings) => {
        settings.RESULTS_TOPIC = 'other';
      }),
      'There is no topic other.',
    ],
    ['no subscription for tickets', without(({ id }) => id.endsWith('/tickets')), 'no subscription tickets'],
    [
      'a subscription that drops what its reader did not take',
      withReaderOf('tickets'),
      'tickets drops what nobody took.',
    ],
    [
      'a subscription without a reader that alerts for ever',
      withChanged(subscriptions, (subscription) => {
        subscription.deadLetteringOnMessageExpiration = true;
      }),
      'tickets dead-letters what nobody is there to take.',
    ],
    [
      'results for people that end as dead letters',
      withChanged(subscriptions, (subscription) => {
        subscription.deadLetteringOnMessageExpiration = true;
      }),
      'recent dead-letters',
    ],
    [
      'results that are kept for ever',
      withChanged(subscriptions, (subscription) => {
        delete subscription.defaultMessageTimeToLive;
      }),
      'tickets keeps results for ever.',
    ],
    [
      'results for people that are kept for weeks',
      withChanged(subscriptions, (subscription) => {
        subscription.defaultMessageTimeToLive = 'P14D';
      }),
      'recent does not forget after a day.',
    ],
  ]);
});
