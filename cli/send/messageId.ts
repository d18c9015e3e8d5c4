import { parseJson } from '../../shared/kit/json.ts';
import { UsageError } from '../command/errors.ts';

/** The longest that Service Bus takes ("Azure Service Bus quotas"). */
const LONGEST_MESSAGE_ID = 128;

/** @throws {UsageError} for what Service Bus or the Functions worker would not hand over as it is */
export function parseMessageId(text: string, name: string): string {
  if (text.length < 1 || text.length > LONGEST_MESSAGE_ID) {
    throw new UsageError(`${name} takes 1 to ${LONGEST_MESSAGE_ID} characters.`);
  }
  if (parseJson(text) === undefined) return text;
  throw new UsageError(
    `${name} ${text} reads as JSON, and would not come back as it is; begin it with a letter.`,
  );
}
