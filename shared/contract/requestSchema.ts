import * as z from 'zod/mini';
import { INSTANT, parseInstant } from './instant.ts';

/** The longest texts of a request, in characters (code points). */
export const MAX_CHARACTERS = { requestedBy: 256, reference: 256, reason: 1024 } as const;

/** The longest id that Service Bus promises to keep, in characters. Source: "Service Bus quotas and limits". */
export const MAX_ID_CHARACTERS = 128;

/** An optional property: `null` counts as absent, because Power Automate and others send it for an empty field. */
const optional = <T>(type: z.ZodMiniType<T>) =>
  z.optional(
    z.pipe(
      z.nullable(type),
      z.transform((value: T | null) => value ?? undefined),
    ),
  );

const optionalText = (maxLength: number, title: string, description: string, example: string) =>
  optional(
    z.string().check(
      z.maxLength(maxLength),
      z.refine((value) => value.isWellFormed()),
    ),
  ).register(z.globalRegistry, { title, description, examples: [example] });

const optionalInstant = (title: string, description: string) =>
  optional(
    z.string().check(
      z.regex(INSTANT, { abort: true }),
      z.refine((text) => parseInstant(text) !== undefined),
    ),
  ).register(z.globalRegistry, { title, description, examples: ['2030-01-31T18:00:00+01:00'] });

/** JSON Schema for: if a property is there, and not null, another one has this value. */
const only = (name: string, type: string, properties: object) => ({
  if: { properties: { [name]: { type } }, required: [name] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { properties },
});

/**
 * The contract of a request. The type, the checks and the published JSON Schema all come from this definition.
 *
 * Source: "Update cloudPcExternalPartner" (Microsoft Graph beta) for the first two properties.
 */
export const requestSchema = z
  .strictObject({
    externalPartnerId: z.guid().register(z.globalRegistry, {
      title: 'External partner id',
      description:
        "The id of the cloudPcExternalPartner record in Microsoft Graph, not the vendor's partnerId.",
      examples: ['b3548526-e615-3785-3118-be70b3968ec5'],
    }),
    enableConnection: z.boolean().register(z.globalRegistry, {
      title: 'Enable the connection',
      description: 'true enables the connection to the external partner, false disables it.',
      examples: [true],
    }),
    requestedBy: optionalText(
      MAX_CHARACTERS.requestedBy,
      'Requested by',
      "Who asks: a person or a system. The sender's own claim, kept in the audit record.",
      'jane@contoso.example',
    ),
    reference: optionalText(
      MAX_CHARACTERS.reference,
      'Reference',
      "The requester's own key, returned untouched in the result.",
      'CHG0031337',
    ),
    reason: optionalText(
      MAX_CHARACTERS.reason,
      'Reason',
      'Free text for the audit record.',
      'Onboarding of the partner',
    ),
    validUntil: optionalInstant(
      'Valid until',
      'The request is not applied from this instant on: an ISO 8601 date and time with an offset.',
    ),
    until: optionalInstant(
      'Until',
      'With enableConnection true only: the end of a window. The app disables the connection again at this instant, ' +
        'unless another window is open then. Not applied from this instant on: an ISO 8601 date and time with an offset.',
    ),
    validateOnly: optional(z.boolean()).register(z.globalRegistry, {
      title: 'Validate only',
      description: 'true: everything is checked and the partner is read, and nothing is changed.',
      examples: [true],
    }),
    endOf: optional(
      z.string().check(
        z.minLength(1),
        z.maxLength(MAX_ID_CHARACTERS),
        z.refine((value) => value.isWellFormed()),
      ),
    ).register(z.globalRegistry, {
      title: 'End of',
      description:
        'With enableConnection false only: the MessageId of the window that this request ends. The app writes it; ' +
        'requesters leave it out.',
      examples: ['0b1f6e1e-5f0c-4a57-9d43-3f6a54a3a1de'],
    }),
  })
  .check(
    z.refine(({ until, enableConnection }) => until === undefined || enableConnection, { path: ['until'] }),
    z.refine(({ endOf, enableConnection }) => endOf === undefined || !enableConnection, { path: ['endOf'] }),
    z.refine(({ endOf, validateOnly }) => endOf === undefined || validateOnly !== true, {
      path: ['validateOnly'],
    }),
  )
  .register(z.globalRegistry, {
    title: 'External partner connection request',
    description: 'Asks to enable or disable the connection of one Windows 365 external partner.',
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
  });

export type ConnectionRequest = z.infer<typeof requestSchema>;

/** What to send for each property, for a person to read. */
export const whatToSend: Readonly<Record<keyof ConnectionRequest, string>> = {
  externalPartnerId: 'send the id (a GUID) of the cloudPcExternalPartner record as a string',
  enableConnection: 'send true or false, without quotes',
  requestedBy: `send well-formed text of at most ${MAX_CHARACTERS.requestedBy} characters`,
  reference: `send well-formed text of at most ${MAX_CHARACTERS.reference} characters`,
  reason: `send well-formed text of at most ${MAX_CHARACTERS.reason} characters`,
  validUntil: 'send an ISO 8601 date and time with an offset, such as 2030-01-31T18:00:00Z',
  until:
    'send an ISO 8601 date and time with an offset, such as 2030-01-31T18:00:00Z, and only with enableConnection true',
  validateOnly: 'send true or false, without quotes, and not beside endOf',
  endOf: 'leave it out, or send the MessageId of the window that enableConnection false is to end',
};
