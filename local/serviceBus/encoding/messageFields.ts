import type { MessageContent } from '../messages/messageContent.ts';
import type { PropertyChanges } from '../messages/propertyChanges.ts';
import { valueOfEntry } from './amqpValue.ts';
import { changedProperties } from './changedProperties.ts';
import { partsOf, textFieldOf } from './messageParts.ts';

/** What a person or a test wants to know of a message, beside what the broker looks at. */
export type MessageFields = {
  readonly body: Buffer | undefined;
  readonly correlationId: string | undefined;
  readonly subject: string | undefined;
  readonly replyTo: string | undefined;
  readonly contentType: string | undefined;
  readonly applicationProperties: Readonly<Record<string, unknown>>;
};

export function messageFieldsOf({ encoded, body }: MessageContent, changes: PropertyChanges): MessageFields {
  const { properties, applicationProperties } = partsOf(encoded);
  return {
    body,
    subject: textFieldOf(properties, 3),
    replyTo: textFieldOf(properties, 4),
    correlationId: textFieldOf(properties, 5),
    contentType: textFieldOf(properties, 6),
    applicationProperties: Object.fromEntries(
      changedProperties(applicationProperties, changes).map((entry) => [entry.key, valueOfEntry(entry)]),
    ),
  };
}

/** The sections of a body in AMQP's encoding. */
export function encodedBodyOf({ encoded }: MessageContent): Buffer {
  return Buffer.concat(partsOf(encoded).body.map(({ bytes }) => bytes));
}
