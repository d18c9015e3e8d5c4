import * as z from 'zod/mini';
import { INSTANT, parseInstant } from './instant.ts';

/** The longest texts of a request, in characters (code points). */
export const MAX_CHARACTERS = { requestedBy: 256, reference: 256, reason: 1024 } as const;

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
      'Who asks: a person or a system. Kept in the audit record.',
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
    validUntil: optional(
      z.string().check(
        z.regex(INSTANT),
        z.refine((text) => parseInstant(text) !== undefined),
      ),
    ).register(z.globalRegistry, {
      title: 'Valid until',
      description:
        'The request is not applied from this instant on: an ISO 8601 date and time with an offset.',
      examples: ['2030-01-31T18:00:00+01:00'],
    }),
  })
  .register(z.globalRegistry, {
    title: 'External partner connection request',
    description: 'Asks to enable or disable the connection of one Windows 365 external partner.',
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
};
