/**
 * Changes to application properties, by name: a text, or a value as a receiver has encoded it. AMQP has types that
 * JavaScript lacks, and the next receiver is to get the one that was sent.
 */
export type PropertyChanges = ReadonlyMap<string, string | Buffer>;

export const noChanges: PropertyChanges = new Map();
