/** A queue as an administrator would create it; names and meanings are those of Service Bus. */
export type QueueOptions = {
  name: string;
  /** Every message must carry a session id, and receivers accept sessions. Default: false. */
  requiresSession?: boolean;
  /** After so many deliveries without settlement a message is dead-lettered. Default: 10. */
  maxDeliveryCount?: number;
  /** How long a message lock or session lock lasts, in seconds; fractions are fine. Default: 60. */
  lockDurationSeconds?: number;
  /** 0 switches duplicate detection off. Default: 0. */
  duplicateDetectionWindowSeconds?: number;
  /** Default: messages do not expire unless they say so themselves. */
  defaultMessageTimeToLiveSeconds?: number;
  /** Expired messages go to the dead-letter queue instead of being dropped. Default: false. */
  deadLetteringOnMessageExpiration?: boolean;
};

/** The options with every default filled in, times in milliseconds. */
export type QueueSettings = {
  readonly isDeadLetterQueue: boolean;
  readonly requiresSession: boolean;
  readonly maxDeliveryCount: number;
  readonly lockDurationMs: number;
  readonly duplicateDetectionWindowMs: number;
  readonly defaultTimeToLiveMs: number;
  readonly deadLetteringOnMessageExpiration: boolean;
};

/** Standard tier's limit for one message or batch ("Service Bus quotas"). */
export const maxMessageBytes = 256 * 1024;

export function settingsOf(options: Omit<QueueOptions, 'name'>): QueueSettings {
  return {
    isDeadLetterQueue: false,
    requiresSession: options.requiresSession ?? false,
    maxDeliveryCount: options.maxDeliveryCount ?? 10,
    lockDurationMs: (options.lockDurationSeconds ?? 60) * 1000,
    duplicateDetectionWindowMs: (options.duplicateDetectionWindowSeconds ?? 0) * 1000,
    defaultTimeToLiveMs: (options.defaultMessageTimeToLiveSeconds ?? Number.POSITIVE_INFINITY) * 1000,
    deadLetteringOnMessageExpiration: options.deadLetteringOnMessageExpiration ?? false,
  };
}

/** A dead-letter queue of a queue: no sessions, no expiry, no further dead-lettering. */
export function deadLetterSettingsOf(queue: QueueSettings): QueueSettings {
  return {
    isDeadLetterQueue: true,
    requiresSession: false,
    maxDeliveryCount: Number.POSITIVE_INFINITY,
    lockDurationMs: queue.lockDurationMs,
    duplicateDetectionWindowMs: 0,
    defaultTimeToLiveMs: Number.POSITIVE_INFINITY,
    deadLetteringOnMessageExpiration: false,
  };
}
