import { randomUUID } from 'node:crypto';
import type { HttpRequest } from '../http/httpRequest.ts';
import { type HttpResponse, jsonResponse } from '../http/httpResponse.ts';
import type { HttpServerOptions } from '../http/httpServer.ts';
import { type FaultInjection, type StandInServer, startStandInServer } from '../http/standInServer.ts';
import { createToken, readAudience } from './token.ts';

/** What the journal says about a request for a token besides the usual; never the token itself. */
export type TokenRequestDetails = {
  readonly resource?: string;
  readonly clientId?: string;
};

/** The running stand-in for the managed identity's endpoint. */
export type IdentityStandIn = StandInServer<TokenRequestDetails> &
  FaultInjection & {
    /** For `IDENTITY_ENDPOINT`. */
    readonly endpoint: string;
    /** For `IDENTITY_HEADER`. */
    readonly header: string;
    /** Every token issued, with the second of the epoch it expires in. Take one out to revoke it. */
    readonly issued: Map<string, number>;
    /** Whether the token was issued here, for that resource if one is given, and has not expired. */
    accepts(token: string, resource?: string): boolean;
    /** How long tokens issued from now on are valid, in seconds; negative for expired ones. Default: a day. */
    lifetimeSeconds: number;
  };

export type IdentityOptions = Omit<HttpServerOptions, 'tls'> & {
  /** The secret that a request must carry; default: a random one. */
  readonly header?: string;
  /** Client id of the system-assigned identity, which is used if a request names none. */
  readonly systemClientId?: string;
  /** Client ids of the user-assigned identities; default: there are none. */
  readonly userClientIds?: readonly string[];
};

const API_VERSION = '2019-08-01';
const JOURNAL_KEEPS = 10_000;
const DAY_SECONDS = 24 * 60 * 60;

/**
 * Stands in for the managed-identity endpoint of App Service and Functions
 * ("How to use managed identities for App Service and Azure Functions", REST endpoint reference).
 */
export async function startIdentity({
  header = randomUUID(),
  systemClientId = 'a1b6c2d8-0e4f-4a57-9b3c-7d5e2f8019c4',
  userClientIds = [],
  ...serverOptions
}: IdentityOptions = {}): Promise<IdentityStandIn> {
  const issued = new Map<string, number>();
  const clientIds = new Set([systemClientId, ...userClientIds].map((id) => id.toLowerCase()));

  function handle(request: HttpRequest): HttpResponse {
    const { pathname, searchParams } = new URL(request.path, 'http://localhost');
    if (pathname !== '/msi/token') return refusal(404, 'Not found.');
    if (request.method !== 'GET') return refusal(405, 'Only GET is allowed.');
    if (request.headers['x-identity-header'] !== header)
      return refusal(401, 'The X-IDENTITY-HEADER header is missing or wrong.');
    if (searchParams.get('api-version') !== API_VERSION)
      return refusal(400, `The api-version must be ${API_VERSION}.`);
    const resource = searchParams.get('resource');
    if (!resource) return refusal(400, 'The resource is missing.');
    const clientId = searchParams.get('client_id') ?? systemClientId;
    if (!clientIds.has(clientId.toLowerCase()))
      return refusal(400, 'No User Assigned or Delegated Managed Identity found for specified ClientId.');

    const expiresOn = Math.floor(Date.now() / 1000) + identity.lifetimeSeconds;
    const token = createToken({ aud: resource, appid: clientId, exp: expiresOn });
    issued.set(token, expiresOn);
    return jsonResponse(200, {
      access_token: token,
      client_id: clientId,
      expires_on: String(expiresOn),
      resource,
      token_type: 'Bearer',
    });
  }

  const server = await startStandInServer({
    ...serverOptions,
    maxBodyBytes: 1024,
    keep: JOURNAL_KEEPS,
    handle,
    faultFor: (request) => identity.fault?.(request),
    details: readDetails,
  });
  const identity: IdentityStandIn = {
    ...server,
    fault: undefined,
    endpoint: `${server.url}/msi/token`,
    header,
    issued,
    accepts(token, resource) {
      const expiresOn = issued.get(token) ?? 0;
      return expiresOn * 1000 > Date.now() && (resource === undefined || readAudience(token) === resource);
    },
    lifetimeSeconds: DAY_SECONDS,
  };
  return identity;
}

function readDetails({ path }: HttpRequest): TokenRequestDetails {
  const { searchParams } = new URL(path, 'http://localhost');
  const resource = searchParams.get('resource');
  const clientId = searchParams.get('client_id');
  return { ...(resource !== null && { resource }), ...(clientId !== null && { clientId }) };
}

function refusal(statusCode: number, message: string): HttpResponse {
  return jsonResponse(statusCode, { statusCode, message, correlationId: randomUUID() });
}
