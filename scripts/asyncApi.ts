import * as z from 'zod/mini';
import packageJson from '../package.json' with { type: 'json' };
import { requestSchema } from '../shared/contract/requestSchema.ts';
import { resultSchema } from '../shared/contract/resultSchema.ts';

const example = {
  SessionId: 'b3548526-e615-3785-3118-be70b3968ec5',
  MessageId: '5d7f3f0a-54a1-4c86-8a3c-0f3f2f1d9e77',
  CorrelationId: '0b1f6e1e-5f0c-4a57-9d43-3f6a54a3a1de',
};

const brokerProperties = {
  type: 'object',
  title: 'Broker properties',
  description: 'Properties of the Service Bus message, beside its body.',
  required: ['SessionId'],
  properties: {
    SessionId: {
      type: 'string',
      format: 'uuid',
      description: 'The externalPartnerId in lower case. It keeps the requests for one partner in order.',
      examples: [example.SessionId],
    },
    MessageId: {
      type: 'string',
      minLength: 1,
      maxLength: 128,
      description:
        'Stands for one intent: a new GUID, which the sender keeps and uses again for every retry. The queue drops a second message with the same id within its duplicate detection window. Comes back in the result; an id that is not a GUID has to begin with a letter, since one that reads as JSON, as a number does, arrives changed.',
      examples: [example.MessageId],
    },
    CorrelationId: {
      type: 'string',
      description:
        'Comes back in the result, and is kept in the audit record. Choose a new one for each send: it tells the result of this send from that of an earlier one with the same MessageId.',
      examples: [example.CorrelationId],
    },
    ContentType: { type: 'string', examples: ['application/json'], description: 'Ignored.' },
    ScheduledEnqueueTimeUtc: {
      type: 'string',
      format: 'date-time',
      description:
        'Applied at this time, after the requests for the same partner that are in the queue by then. Whoever may send can cancel a scheduled message by its sequence number, whoever sent it.',
    },
    TimeToLive: {
      type: 'number',
      description:
        'Moves a request that waits longer to the dead-letter queue, without a result. Use validUntil in the body to get a result.',
    },
  },
};

/**
 * The requests queue and the results topic as an AsyncAPI 3 document. Their messages are those of request.schema.json and result.schema.json,
 * and so are the examples.
 */
export function asyncApi(): object {
  const results = z.globalRegistry.get(resultSchema)?.examples as object[];
  return {
    asyncapi: '3.1.0',
    info: {
      title: 'External partner connections',
      version: packageJson.version,
      description: `${packageJson.description}, and get one result for each request.`,
      license: { name: packageJson.license },
    },
    defaultContentType: 'application/json',
    servers: {
      serviceBus: {
        host: '{namespace}.servicebus.windows.net',
        protocol: 'amqps',
        protocolVersion: '1.0',
        description: 'The Service Bus namespace. Requests may be sent over HTTPS as well.',
        variables: { namespace: { description: 'The name of the namespace.' } },
        security: [{ $ref: '#/components/securitySchemes/entra' }],
      },
    },
    channels: {
      requests: {
        address: '{requestsQueue}',
        title: 'Requests',
        description: 'A queue that requires sessions. Requesters need Azure Service Bus Data Sender on it.',
        parameters: {
          requestsQueue: {
            description: 'The setting REQUESTS_QUEUE of the app.',
            default: 'external-partner-requests',
          },
        },
        messages: { request: { $ref: '#/components/messages/request' } },
      },
      results: {
        address: '{resultsTopic}',
        title: 'Results',
        description:
          'A topic. Each consumer reads a subscription of its own and sees every result: `tickets` is for the one consumer that writes to tickets, `recent` is for commands and people, who only peek. Whoever reads results needs Azure Service Bus Data Receiver on the subscription.',
        parameters: {
          resultsTopic: {
            description: 'The setting RESULTS_TOPIC of the app.',
            default: 'external-partner-results',
          },
        },
        messages: { result: { $ref: '#/components/messages/result' } },
      },
    },
    operations: {
      setExternalPartnerConnection: {
        action: 'receive',
        title: 'Set the connection of an external partner',
        description:
          'The app applies requests, those for one partner in order, and sends one result for each.',
        channel: { $ref: '#/channels/requests' },
        messages: [{ $ref: '#/channels/requests/messages/request' }],
        reply: {
          channel: { $ref: '#/channels/results' },
          messages: [{ $ref: '#/channels/results/messages/result' }],
        },
      },
    },
    components: {
      messages: {
        request: {
          name: 'request',
          title: 'Request',
          contentType: 'application/json',
          headers: brokerProperties,
          payload: { $ref: './request.schema.json' },
          correlationId: { location: '$message.header#/CorrelationId' },
          examples: requestSchema().examples.map((payload) => ({ headers: example, payload })),
        },
        result: {
          name: 'result',
          title: 'Result',
          summary:
            'The body is JSON, which the Functions host labels as text. Everything is in it: the app cannot set broker properties.',
          contentType: 'text/plain',
          payload: { $ref: './result.schema.json' },
          correlationId: { location: '$message.payload#/correlationId' },
          examples: results.map((payload) => ({ payload })),
        },
      },
      securitySchemes: {
        entra: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A token of Microsoft Entra ID for https://servicebus.azure.net.',
        },
      },
    },
  };
}
