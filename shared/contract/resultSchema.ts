import * as z from 'zod/mini';

const string = (description: string) => z.string().register(z.globalRegistry, { description });

/** What is known of a partner, and passed on; other properties are left out. */
const agentSettingSchema = z
  .object({
    agentHost: z.optional(string('The host of agentUrl, where the agent comes from.')),
    agentSha256: z.optional(string('The SHA-256 of the agent.')),
    autoDeploymentEnabled: z.optional(
      z.boolean().register(z.globalRegistry, {
        description: 'Whether the agent is installed on Cloud PCs without a further step.',
      }),
    ),
  })
  .register(z.globalRegistry, {
    title: 'Agent setting',
    description:
      'The software that an enabled connection may bring onto Cloud PCs, as far as Graph shows it.',
  });

const partnerSchema = z
  .object({
    id: string('The id of the cloudPcExternalPartner record.'),
    partnerId: z.optional(string("The vendor's id.")),
    enableConnection: z
      .boolean()
      .register(z.globalRegistry, { description: 'The state that the partner is in now.' }),
    lastSyncDateTime: z.optional(string('When the partner last synchronised: ISO 8601, UTC.')),
    connectionStatus: z.optional(
      string('notAvailable, available, healthy, unhealthy, or a value that Graph adds later.'),
    ),
    statusDetails: z.optional(
      string(
        'Details of the connection status, in the words of Graph or the vendor: one line without control characters. Escape it for your system.',
      ),
    ),
    agentSetting: z.optional(agentSettingSchema),
  })
  .register(z.globalRegistry, {
    title: 'External partner',
    description: 'The partner as Microsoft Graph describes it ("cloudPcExternalPartner resource type").',
  });

/** The partner as Graph describes it ("cloudPcExternalPartner resource type"). */
export type ExternalPartner = z.infer<typeof partnerSchema>;

const errorSchema = z
  .object({
    code: string("This app's code (invalidRequest, expired, ...), or the code of Graph's error."),
    message: string(
      'What was wrong and what to do about it: one line of at most 1,024 characters, without control characters and credentials. It may quote what others wrote, markup included: escape it for your system.',
    ),
    statusCode: z.optional(
      z.int().register(z.globalRegistry, {
        description: "The HTTP status of Graph's response, if there was one.",
      }),
    ),
  })
  .register(z.globalRegistry, { title: 'Error', description: 'Why the request was not applied.' });

/** Why a request was not applied, for a person to read and a program to switch on. */
export type ResultError = z.infer<typeof errorSchema>;

const reasonSchema = z
  .object({
    code: z.enum(['validateOnly', 'windowOpen', 'windowClosed']).register(z.globalRegistry, {
      description:
        'validateOnly: the request asked for no change. windowOpen: another window of the partner is open. ' +
        'windowClosed: a later request has closed the window that was to end.',
    }),
    message: string('In words.'),
    until: z.optional(string('windowOpen: when the open window ends: ISO 8601, UTC.')),
  })
  .register(z.globalRegistry, { title: 'Reason', description: 'Why nothing was changed.' });

/** Why nothing was changed. */
export type ResultReason = z.infer<typeof reasonSchema>;

const common = {
  messageId: z.optional(
    string(
      'The MessageId of the request. Absent if it reads as JSON but not as text, as a number does, because it then ' +
        'arrives changed: begin an id with a letter.',
    ),
  ),
  correlationId: z.optional(
    string('The CorrelationId of the request, if it had one: it tells one send from another.'),
  ),
  reference: z.optional(string("The requester's own key, untouched.")),
  request: z.unknown().register(z.globalRegistry, {
    description:
      'The request as it was received: the JSON object, or the raw text if it could not be read as one. Cut if the ' +
      'result would be larger than 64 KiB.',
  }),
  attempts: z
    .int()
    .check(z.minimum(0))
    .register(z.globalRegistry, { description: 'Attempts in the delivery that led to the outcome.' }),
  deliveryCount: z
    .int()
    .check(z.minimum(1))
    .register(z.globalRegistry, { description: 'Deliveries of the request, this one included.' }),
  completedAt: z.iso
    .datetime()
    .register(z.globalRegistry, { description: 'When the outcome was known: ISO 8601, UTC.' }),
};

/** The contract of a result: the type and the published JSON Schema come from this definition. */
export const resultSchema = z
  .union([
    z.object({
      outcome: z.literal('applied'),
      ...common,
      until: z.optional(string('When the window ends that the request opened: ISO 8601, UTC.')),
      partner: partnerSchema,
    }),
    z.object({
      outcome: z.literal('unchanged'),
      ...common,
      reason: reasonSchema,
      partner: z.optional(partnerSchema),
    }),
    z.object({ outcome: z.enum(['rejected', 'failed']), ...common, error: errorSchema }),
  ])
  .register(z.globalRegistry, {
    title: 'External partner connection result',
    description: 'What became of one request.',
    examples: [
      {
        outcome: 'applied',
        messageId: '0b1f6e1e-5f0c-4a57-9d43-3f6a54a3a1de',
        reference: 'CHG0031337',
        request: {
          externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5',
          enableConnection: true,
          reference: 'CHG0031337',
        },
        attempts: 1,
        deliveryCount: 1,
        completedAt: '2026-01-31T17:00:01.234Z',
        partner: {
          id: 'b3548526-e615-3785-3118-be70b3968ec5',
          partnerId: '198d7140-80bb-4843-8cc4-811377a49a92',
          enableConnection: true,
          lastSyncDateTime: '2026-01-31T17:00:01Z',
          connectionStatus: 'available',
          statusDetails: 'Connected, waiting for the first heartbeat.',
        },
      },
      {
        outcome: 'unchanged',
        messageId: '5d7f3f0a-54a1-4c86-8a3c-0f3f2f1d9e77',
        reference: 'CHG0031337',
        request: {
          externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5',
          enableConnection: false,
          endOf: '0b1f6e1e-5f0c-4a57-9d43-3f6a54a3a1de',
          reference: 'CHG0031337',
        },
        attempts: 0,
        deliveryCount: 1,
        completedAt: '2026-01-31T18:00:00.234Z',
        reason: {
          code: 'windowOpen',
          message: 'Another window of this partner is open until 2026-01-31T20:00:00.000Z.',
          until: '2026-01-31T20:00:00.000Z',
        },
      },
      {
        outcome: 'rejected',
        messageId: '8c1d2f6b-7e43-4a0f-9b65-2d4c1e8f7a90',
        request: '{"externalPartnerId":',
        attempts: 0,
        deliveryCount: 1,
        completedAt: '2026-01-31T17:00:01.234Z',
        error: {
          code: 'invalidRequest',
          message:
            'The body is not JSON: line 1, column 22: the end of the text, too early; send one JSON object.',
        },
      },
      {
        outcome: 'failed',
        messageId: '3a9b7c52-1d8e-4f36-b0a4-6e5f9c2d1b87',
        reference: 'CHG0031339',
        request: {
          externalPartnerId: 'b3548526-e615-3785-3118-be70b3968ec5',
          enableConnection: false,
          reference: 'CHG0031339',
        },
        attempts: 9,
        deliveryCount: 7,
        completedAt: '2026-01-31T17:40:01.234Z',
        error: { code: 'http503', message: 'Graph responded with 503', statusCode: 503 },
      },
    ],
  });

export type Result = z.infer<typeof resultSchema>;
