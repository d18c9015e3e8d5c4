import { localValue } from './localSettings.ts';
import type { QueueOptions, TopicOptions } from './serviceBus/broker.ts';

const REQUESTS_QUEUE = localValue('REQUESTS_QUEUE');
const RESULTS_TOPIC = localValue('RESULTS_TOPIC');
const MAX_DELIVERY_COUNT = localValue('MAX_DELIVERY_COUNT');
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 24 * 60 * MINUTE_SECONDS;

/** The queue that requests are posted to. This and what follows is as `infra/` deploys it if no parameter says otherwise. */
export const requestsQueue: QueueOptions = {
  name: REQUESTS_QUEUE,
  requiresSession: true,
  maxDeliveryCount: Number(MAX_DELIVERY_COUNT),
  duplicateDetectionWindowSeconds: 10 * MINUTE_SECONDS,
  deadLetteringOnMessageExpiration: true,
};

/** The topic that results are sent to. */
export const resultsTopic: TopicOptions = {
  name: RESULTS_TOPIC,
  subscriptions: [
    { name: 'tickets', defaultMessageTimeToLiveSeconds: 14 * DAY_SECONDS },
    { name: 'recent', defaultMessageTimeToLiveSeconds: DAY_SECONDS },
  ],
};

/** The container in which the app remembers windows. */
export const WINDOWS_CONTAINER = 'windows';
