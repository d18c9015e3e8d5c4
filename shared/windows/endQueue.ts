import { createHmac, randomUUID } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import { type HttpResponse, httpCall } from '../kit/httpCall.ts';
import { WindowsError } from './windowsError.ts';

/** Puts an end on the requests queue, to be delivered at a time or a moment later. @throws {WindowsError} */
export type PutEnd = (
  end: ConnectionRequest,
  at: Date,
  properties: { readonly sessionId: string; readonly correlationId?: string | undefined },
) => Promise<void>;

/** How the app proves to Service Bus who it is: with a token of its identity, or with a key of the namespace. */
export type ServiceBusAccess =
  | { readonly credential: TokenCredential }
  | { readonly keyName: string; readonly key: string };

const TOKEN_SCOPE = 'https://servicebus.azure.net/.default';
const KEY_TOKEN_LIFETIME_SECONDS = 600;
/** How long one call may take, in milliseconds. */
export const END_TIMEOUT_MS = 10_000;

/**
 * Sends to the app's own queue. Source: "Send message" (Service Bus REST API).
 *
 * @param namespaceUrl such as https://NAME.servicebus.windows.net
 */
export function createEndQueue({
  namespaceUrl,
  queue,
  access,
}: {
  namespaceUrl: URL;
  queue: string;
  access: ServiceBusAccess;
}): PutEnd {
  const queueUrl = new URL(`/${queue}`, namespaceUrl);

  return async (end, at, { sessionId, correlationId }) => {
    const brokerProperties = {
      MessageId: randomUUID(),
      SessionId: sessionId,
      ...(correlationId !== undefined && { CorrelationId: correlationId }),
      // The format has whole seconds, and an end must not come before its time.
      ScheduledEnqueueTimeUtc: new Date(Math.ceil(at.getTime() / 1000) * 1000).toUTCString(),
    };
    const { status, body } = await call(brokerProperties, JSON.stringify(end));
    if (status === 201) return;
    const advice =
      status === 401
        ? "give the app's identity Azure Service Bus Data Owner on the requests queue"
        : (/<Detail>([^<]*)/.exec(body)?.[1] ?? 'no detail');
    throw new WindowsError(
      'noEnd',
      `Service Bus responded with ${status} to the end of the window: ${advice}`,
    );
  };

  async function call(brokerProperties: object, body: string): Promise<HttpResponse> {
    try {
      return await httpCall('POST', new URL(`${queueUrl.href}/messages`), {
        headers: {
          authorization: await authorize(),
          'content-type': 'application/json',
          brokerproperties: asciiJson(brokerProperties),
        },
        body,
        timeoutMs: END_TIMEOUT_MS,
      });
    } catch (error) {
      const { message } = error as Error;
      throw new WindowsError('noEnd', `The end of the window could not be put on the queue: ${message}`);
    }
  }

  async function authorize(): Promise<string> {
    if ('credential' in access) return `Bearer ${(await access.credential.getToken(TOKEN_SCOPE))?.token}`;
    return sharedAccessSignature(queueUrl, access);
  }
}

/** Source: "Service Bus access control with Shared Access Signatures". */
function sharedAccessSignature({ href }: URL, { keyName, key }: { keyName: string; key: string }): string {
  const resource = encodeURIComponent(href);
  const expiry = Math.floor(Date.now() / 1000) + KEY_TOKEN_LIFETIME_SECONDS;
  const signature = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest('base64');
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${expiry}&skn=${encodeURIComponent(keyName)}`;
}

/** JSON that a header may carry. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
