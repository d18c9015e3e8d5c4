import { GUID, isGuid } from '../kit/guid.ts';
import { INSTANT, parseInstant } from './instant.ts';

/** The longest texts of a request, in characters (code points). */
export const MAX_CHARACTERS = { requestedBy: 256, reference: 256, reason: 1024 } as const;

/** The longest id that Service Bus promises to keep, in characters. Source: "Service Bus quotas and limits". */
export const MAX_ID_CHARACTERS = 128;

/** What a requester asks for, once it is valid. */
export type ConnectionRequest = {
  readonly externalPartnerId: string;
  readonly enableConnection: boolean;
  readonly requestedBy?: string | undefined;
  readonly reference?: string | undefined;
  readonly reason?: string | undefined;
  readonly validUntil?: string | undefined;
  readonly until?: string | undefined;
  readonly validateOnly?: boolean | undefined;
  readonly endOf?: string | undefined;
};

/** One property of a request. */
type Property = {
  /** JSON Schema of its value, as published. */
  readonly schema: object;
  /** What the schema says, and what no schema can. */
  isValid(value: unknown, received: Readonly<Record<string, unknown>>): boolean;
  /** What to send, for a person to read. */
  readonly whatToSend: string;
};

const instant = 'an ISO 8601 date and time with an offset, such as 2030-01-31T18:00:00Z';
const isInstant = (value: unknown) => typeof value === 'string' && parseInstant(value) !== undefined;
const isBoolean = (value: unknown) => typeof value === 'boolean';
const isText = (value: unknown, minLength: number, maxLength: number) =>
  typeof value === 'string' &&
  value.isWellFormed() &&
  value.length >= minLength &&
  // A character may be two units of UTF-16.
  (value.length <= maxLength || [...value].length <= maxLength);

/** `null` counts as absent, because Power Automate and others send it for an empty field. */
const orNull = (schema: object) => ({ anyOf: [schema, { type: 'null' }] });

/** The check of a text, and its schema. */
const text = (maxLength: number, minLength = 0) => ({
  isValid: (value: unknown) => isText(value, minLength, maxLength),
  schema: orNull({ type: 'string', ...(minLength > 0 && { minLength }), maxLength }),
});

const optionalText = (maxLength: number, annotations: object): Property => {
  const { isValid, schema } = text(maxLength);
  const whatToSend = `send well-formed text of at most ${maxLength} characters`;
  return { schema: { ...annotations, ...schema }, isValid, whatToSend };
};

const messageId = text(MAX_ID_CHARACTERS, 1);

const instantSchema = (title: string, description: string) => ({
  title,
  description,
  ...orNull({ type: 'string', pattern: INSTANT.source }),
  examples: ['2030-01-31T18:00:00+01:00'],
});

/**
 * The contract of a request: of each property, what the published JSON Schema says, what is checked, and what to send.
 *
 * Source: "Update cloudPcExternalPartner" (Microsoft Graph beta) for the first two properties.
 */
export const requestProperties: { readonly [Name in keyof ConnectionRequest]-?: Property } = {
  externalPartnerId: {
    schema: {
      title: 'External partner id',
      description:
        "The id of the cloudPcExternalPartner record in Microsoft Graph, not the vendor's partnerId.",
      type: 'string',
      format: 'uuid',
      pattern: GUID.source,
      examples: ['b3548526-e615-3785-3118-be70b3968ec5'],
    },
    isValid: (value) => typeof value === 'string' && isGuid(value),
    whatToSend: 'send the id (a GUID) of the cloudPcExternalPartner record as a string',
  },
  enableConnection: {
    schema: {
      title: 'Enable the connection',
      description: 'true enables the connection to the external partner, false disables it.',
      type: 'boolean',
      examples: [true],
    },
    isValid: isBoolean,
    whatToSend: 'send true or false, without quotes',
  },
  requestedBy: optionalText(MAX_CHARACTERS.requestedBy, {
    title: 'Requested by',
    description: "Who asks: a person or a system. The sender's own claim, kept in the audit record.",
    examples: ['jane@contoso.example'],
  }),
  reference: optionalText(MAX_CHARACTERS.reference, {
    title: 'Reference',
    description: "The requester's own key, returned untouched in the result.",
    examples: ['CHG0031337'],
  }),
  reason: optionalText(MAX_CHARACTERS.reason, {
    title: 'Reason',
    description: 'Free text for the audit record.',
    examples: ['Onboarding of the partner'],
  }),
  validUntil: {
    schema: instantSchema(
      'Valid until',
      'The request is not applied from this instant on: an ISO 8601 date and time with an offset.',
    ),
    isValid: isInstant,
    whatToSend: `send ${instant}`,
  },
  until: {
    schema: instantSchema(
      'Until',
      'With enableConnection true only: the end of a window. The app disables the connection again at this instant, ' +
        'unless another window is open then. Not applied from this instant on: an ISO 8601 date and time with an offset.',
    ),
    isValid: (value, { enableConnection }) => isInstant(value) && enableConnection !== false,
    whatToSend: `send ${instant}, and only with enableConnection true`,
  },
  validateOnly: {
    schema: {
      title: 'Validate only',
      description: 'true: everything is checked and the partner is read, and nothing is changed.',
      type: ['boolean', 'null'],
      examples: [true],
    },
    isValid: (value, { endOf }) => isBoolean(value) && !(value && isPresent(endOf)),
    whatToSend: 'send true or false, without quotes, and not beside endOf',
  },
  endOf: {
    schema: {
      title: 'End of',
      description:
        'With enableConnection false only: the MessageId of the window that this request ends. The app writes it; ' +
        'requesters leave it out.',
      ...messageId.schema,
      examples: ['0b1f6e1e-5f0c-4a57-9d43-3f6a54a3a1de'],
    },
    isValid: (value, { enableConnection }) => messageId.isValid(value) && enableConnection !== true,
    whatToSend: 'leave it out, or send the MessageId of the window that enableConnection false is to end',
  },
};

/** A property that is `null` counts as absent. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** What has to be there. */
export const requiredProperties: readonly (keyof ConnectionRequest)[] = [
  'externalPartnerId',
  'enableConnection',
];

/** The names of the properties, in the order of the contract. */
export const propertyNames = Object.keys(requestProperties) as readonly (keyof ConnectionRequest)[];

/** JSON Schema for: if a property is there, and not null, another one has this value. */
const only = (name: string, type: string, properties: object) => ({
  if: { properties: { [name]: { type } }, required: [name] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { properties },
});

/** The published JSON Schema of a request. */
export function requestSchema() {
  return {
    $id: 'urn:external-partner-connection:request',
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'External partner connection request',
    description: 'Asks to enable or disable the connection of one Windows 365 external partner.',
    type: 'object',
    properties: Object.fromEntries(propertyNames.map((name) => [name, requestProperties[name].schema])),
    required: requiredProperties,
    additionalProperties: false,
    allOf: [
      only('until', 'string', { enableConnection: { const: true } }),
      only('endOf', 'string', { enableConnection: { const: false }, validateOnly: { not: { const: true } } }),
    ],
    examples: [
      { externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5', enableConnection: true },
      {
        externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5',
        enableConnection: false,
        requestedBy: 'jane@contoso.example',
        reference: 'CHG0031337',
        reason: 'Contract ended',
        validUntil: '2030-01-31T18:00:00+01:00',
      },
      {
        externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5',
        enableConnection: true,
        reference: 'CHG0031337',
        until: '2030-01-31T18:00:00+01:00',
      },
    ],
  };
}
