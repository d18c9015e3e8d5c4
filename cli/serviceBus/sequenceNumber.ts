import Long from 'long';

/** Whether a text is a sequence number as Service Bus gives them, in decimal. */
export function isSequenceNumber(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && Long.fromString(text).toString() === text;
}
