import { describe } from 'vitest';
import { expectEachToBeFound, withChanged, without, withSettings } from '../wrongInstallation.ts';
import { messagingProblems } from './messaging.ts';

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
      'subscriptions that drop what nobody took',
      withChanged(subscriptions, (subscription) => {
        subscription.deadLetteringOnMessageExpiration = false;
      }),
      'tickets drops what nobody took.',
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
