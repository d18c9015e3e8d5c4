/** A subscription of a topic as an administrator would create it; names and meanings are those of Service Bus. */
export type SubscriptionOptions = {
  name: string;
  /** After so many deliveries without settlement a message is dead-lettered. Default: 10. */
  maxDeliveryCount?: number;
  /** How long a message lock or session lock lasts, in seconds; fractions are fine. Default: 60. */
  lockDurationSeconds?: number;
  /** Default: messages do not expire unless they, or their topic, say so. */
  defaultMessageTimeToLiveSeconds?: number;
  /** Expired messages go to the dead-letter queue instead of being dropped. Default: false. */
  deadLetteringOnMessageExpiration?: boolean;
};

/** A queue as an administrator would create it. */
export type QueueOptions = SubscriptionOptions & {
  /** Every message must carry a session id, and receivers accept sessions. Default: false. */
  requiresSession?: boolean;
  /** 0 switches duplicate detection off. Default: 0. */
  duplicateDetectionWindowSeconds?: number;
};

/** A topic as an administrator would create it. */
export type TopicOptions = {
  name: string;
  /** 0 switches duplicate detection off. Default: 0. */
  duplicateDetectionWindowSeconds?: number;
  /** Holds for every subscription, unless the subscription's own is shorter. Default: messages do not expire. */
  defaultMessageTimeToLiveSeconds?: number;
  subscriptions: readonly SubscriptionOptions[];
};

/** What sending depends on, with every default filled in, times in milliseconds. */
export type SendSettings = {
  readonly requiresSession: boolean;
  readonly duplicateDetectionWindowMs: number;
  readonly defaultTimeToLiveMs: number;
};

/** What receiving depends on, likewise. */
export type ReceiveSettings = {
  readonly isDeadLetterQueue: boolean;
  readonly requiresSession: boolean;
  readonly maxDeliveryCount: number;
  readonly lockDurationMs: number;
  readonly defaultTimeToLiveMs: number;
  readonly deadLetteringOnMessageExpiration: boolean;
};

/** Standard tier's limit for one message or batch ("Service Bus quotas"). */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** The limit for message ids and session ids, in characters ("Service Bus quotas"). */
export const MAX_ID_LENGTH = 128;

const inMs = (seconds: number | undefined, byDefault: number) => (seconds ?? byDefault) * 1000;

export function sendSettingsOf(options: QueueOptions | TopicOptions): SendSettings {
  return {
    requiresSession: 'requiresSession' in options && options.requiresSession === true,
    duplicateDetectionWindowMs: inMs(options.duplicateDetectionWindowSeconds, 0),
    defaultTimeToLiveMs: inMs(options.defaultMessageTimeToLiveSeconds, Number.POSITIVE_INFINITY),
  };
}

export function receiveSettingsOf(options: QueueOptions | SubscriptionOptions): ReceiveSettings {
  return {
    isDeadLetterQueue: false,
    requiresSession: 'requiresSession' in options && options.requiresSession === true,
    maxDeliveryCount: options.maxDeliveryCount ?? 10,
    lockDurationMs: inMs(options.lockDurationSeconds, 60),
    defaultTimeToLiveMs: inMs(options.defaultMessageTimeToLiveSeconds, Number.POSITIVE_INFINITY),
    deadLetteringOnMessageExpiration: options.deadLetteringOnMessageExpiration ?? false,
  };
}

/** A dead-letter queue: no sessions, no expiry, no further dead-lettering. */
export function deadLetterSettingsOf({ lockDurationMs }: ReceiveSettings): ReceiveSettings {
  return {
    isDeadLetterQueue: true,
    requiresSession: false,
    maxDeliveryCount: Number.POSITIVE_INFINITY,
    lockDurationMs,
    defaultTimeToLiveMs: Number.POSITIVE_INFINITY,
    deadLetteringOnMessageExpiration: false,
  };
}
