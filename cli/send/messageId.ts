import { UsageError } from '../command/errors.ts';

/** The longest that Service Bus takes ("Azure Service Bus quotas"). */
export const LONGEST_MESSAGE_ID = 128;

/** @throws {UsageError} for what Service Bus or the Functions worker would not hand over as it is */
export function parseMessageId(text: string, name: string): string {
  checkLength(text, LONGEST_MESSAGE_ID, name);
  if (survivesTheWorker(text)) return text;
  throw new UsageError(`${name} ${text} would come back as another number; put letters in front of it.`);
}

/** @throws {UsageError} */
export function checkLength(text: string, longest: number, name: string): void {
  if (text.length < 1 || text.length > longest) {
    throw new UsageError(`${name} takes 1 to ${longest} characters.`);
  }
}

/** The Functions worker reads an id as JSON if it can: `1e3` comes back as 1000. */
function survivesTheWorker(messageId: string): boolean {
  try {
    const value: unknown = JSON.parse(messageId);
    return (typeof value === 'number' || typeof value === 'boolean') && String(value) === messageId;
  } catch {
    return true;
  }
}
