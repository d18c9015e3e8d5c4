import * as z from 'zod';

// Written from "Schema reference guide for trigger and action types in Azure Logic Apps" and "Schema reference for
// Workflow Definition Language": Microsoft publishes the JSON schema, and ships it in no package. Only what is used
// here is allowed, so that a slip is found.

const status = z.enum(['Succeeded', 'Failed', 'TimedOut', 'Skipped']);
const duration = z.string().regex(/^P(\d+D|T(\d+H)?(\d+M)?(\d+S)?)$/);
const retryPolicy = z.union([
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('exponential'),
    count: z.int().min(1).max(90),
    interval: duration,
    maximumInterval: duration.optional(),
  }),
]);
const authentication = z.strictObject({
  type: z.literal('ManagedServiceIdentity'),
  identity: z.string().startsWith('/subscriptions/'),
  audience: z.url(),
});
const secureData = z.strictObject({ properties: z.array(z.enum(['inputs', 'outputs'])) });

const recurrence = z.strictObject({
  frequency: z.enum(['Second', 'Minute', 'Hour', 'Day', 'Week', 'Month']),
  interval: z.int().min(1),
  startTime: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
    .optional(),
  timeZone: z.string().optional(),
  schedule: z
    .strictObject({
      weekDays: z
        .array(z.enum(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']))
        .min(1),
      hours: z.array(z.int().min(0).max(23)).length(1),
      minutes: z.array(z.int().min(0).max(59)).length(1),
    })
    .optional(),
});

const connectorInputs = z.strictObject({
  host: z.strictObject({ connection: z.strictObject({ name: z.string().startsWith('@parameters(') }) }),
  method: z.enum(['get', 'post', 'delete']),
  path: z.string().startsWith('/'),
  queries: z.record(z.string(), z.string()).optional(),
});

const trigger = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('Recurrence'),
    recurrence,
    conditions: z.array(z.strictObject({ expression: z.string().startsWith('@') })).optional(),
  }),
  z.strictObject({
    type: z.literal('ApiConnection'),
    inputs: connectorInputs,
    recurrence,
    runtimeConfiguration: z
      .strictObject({
        concurrency: z.strictObject({
          runs: z.int().min(1).max(100),
          maximumWaitingRuns: z.int().min(1).max(100),
        }),
      })
      .optional(),
  }),
]);

const common = { runAfter: z.record(z.string(), z.array(status)) };
const limit = z.strictObject({ count: z.int().min(1).max(5000).optional(), timeout: duration });
const name = z.string().min(1).max(80);

const action: z.ZodType<Action> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.strictObject({
      ...common,
      type: z.literal('Http'),
      inputs: z.strictObject({
        method: z.literal('POST'),
        uri: z.string(),
        authentication: authentication.optional(),
        headers: z.record(z.string(), z.string()).optional(),
        body: z.unknown(),
        retryPolicy: retryPolicy.optional(),
      }),
      operationOptions: z.literal('DisableAsyncPattern').optional(),
      limit: z.strictObject({ timeout: duration }).optional(),
      runtimeConfiguration: z.strictObject({ secureData }).optional(),
    }),
    z.strictObject({ ...common, type: z.literal('ApiConnection'), inputs: connectorInputs }),
    z.strictObject({ ...common, type: z.literal('Compose'), inputs: z.unknown() }),
    z.strictObject({
      ...common,
      type: z.literal('InitializeVariable'),
      inputs: z.strictObject({
        variables: z
          .array(z.strictObject({ name: z.string(), type: z.literal('string'), value: z.string() }))
          .length(1),
      }),
    }),
    z.strictObject({
      ...common,
      type: z.literal('SetVariable'),
      inputs: z.strictObject({ name: z.string(), value: z.string() }),
    }),
    z.strictObject({
      ...common,
      type: z.literal('Wait'),
      inputs: z.strictObject({
        interval: z.strictObject({ count: z.int().min(1), unit: z.enum(['Second', 'Minute']) }),
      }),
    }),
    z.strictObject({
      ...common,
      type: z.literal('If'),
      expression: z.strictObject({ equals: z.tuple([z.string(), z.unknown()]) }),
      actions: z.record(name, action),
      else: z.strictObject({ actions: z.record(name, action) }).optional(),
    }),
    z.strictObject({
      ...common,
      type: z.literal('Until'),
      expression: z.string().startsWith('@'),
      limit,
      actions: z.record(name, action),
    }),
  ]),
);

/** An action of a workflow, as far as all have the same. */
export type Action = {
  readonly type: string;
  readonly runAfter: Readonly<Record<string, readonly string[]>>;
  readonly inputs?: unknown;
  readonly expression?: unknown;
  readonly actions?: Actions;
  readonly else?: { readonly actions: Actions } | undefined;
};
export type Actions = Readonly<Record<string, Action>>;

/** A workflow definition of Azure Logic Apps. */
export const definition = z.strictObject({
  $schema: z.literal(
    'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#',
  ),
  contentVersion: z.literal('1.0.0.0'),
  parameters: z
    .record(
      z.string(),
      z.strictObject({ type: z.enum(['Object', 'SecureString']), defaultValue: z.object({}).optional() }),
    )
    .optional(),
  triggers: z.record(name, trigger).refine((triggers) => Object.keys(triggers).length === 1),
  actions: z.record(name, action),
});
export type Definition = z.infer<typeof definition>;
