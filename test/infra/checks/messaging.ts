import { propertiesOf, type Snapshot, settingsOf } from '../snapshot.ts';
import { problemsIn } from './problems.ts';
import { assignmentsOf } from './roles.ts';

/** The requests queue and the results topic do what the app and the guides count on. */
export function messagingProblems(snapshot: Snapshot): string[] {
  return [...queueProblems(snapshot), ...topicProblems(snapshot)];
}

function queueProblems(snapshot: Snapshot): string[] {
  const { REQUESTS_QUEUE, MAX_DELIVERY_COUNT } = settingsOf(snapshot);
  const queues = propertiesOf(snapshot, 'Microsoft.ServiceBus/namespaces/queues');
  const queue = queues.find(({ name }) => name.endsWith(`/${REQUESTS_QUEUE}`))?.properties;
  if (queue === undefined) return [`There is no queue ${REQUESTS_QUEUE}.`];
  return problemsIn({
    'The queue has no sessions.': !queue.requiresSession,
    'The queue does not detect duplicates.': !queue.requiresDuplicateDetection,
    'The queue drops what expires.': !queue.deadLetteringOnMessageExpiration,
    'The app and the queue count deliveries differently.':
      String(queue.maxDeliveryCount) !== MAX_DELIVERY_COUNT,
  });
}

function topicProblems(snapshot: Snapshot): string[] {
  const { RESULTS_TOPIC } = settingsOf(snapshot);
  const topics = propertiesOf(snapshot, 'Microsoft.ServiceBus/namespaces/topics');
  if (!topics.some(({ name }) => name.endsWith(`/${RESULTS_TOPIC}`))) {
    return [`There is no topic ${RESULTS_TOPIC}.`];
  }
  const subscriptions = propertiesOf(snapshot, 'Microsoft.ServiceBus/namespaces/topics/subscriptions').filter(
    ({ name }) => name.includes(`/${RESULTS_TOPIC}/`),
  );
  const names = subscriptions.map(({ name }) => name.split('/').at(-1));
  return [
    ...['tickets', 'recent']
      .filter((name) => !names.includes(name))
      .map((name) => `There is no subscription ${name}.`),
    ...subscriptions.flatMap(({ name, properties }) =>
      name.endsWith('/recent')
        ? problemsIn({
            'recent does not forget after a day.': properties.defaultMessageTimeToLive !== 'P1D',
            'recent dead-letters what nobody is to take.':
              properties.deadLetteringOnMessageExpiration !== false,
          })
        : problemsIn({
            [`${name} drops what nobody took.`]:
              isRead(snapshot, name) && !properties.deadLetteringOnMessageExpiration,
            [`${name} dead-letters what nobody is there to take.`]:
              name.endsWith('/tickets') &&
              !isRead(snapshot, name) &&
              properties.deadLetteringOnMessageExpiration !== false,
            [`${name} does not dead-letter after 10 deliveries.`]: properties.maxDeliveryCount !== 10,
            [`${name} keeps results for ever.`]: !properties.defaultMessageTimeToLive,
          }),
    ),
  ];
}

function isRead(snapshot: Snapshot, subscription: string): boolean {
  return assignmentsOf(snapshot).some(({ scope }) => scope.endsWith(`/subscriptions ${subscription}`));
}
