import { randomUUID } from 'node:crypto';
import type { Fault, HttpAnswer, HttpRequest } from '../http/fault.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../http/httpServer.ts';
import { createJournal } from '../http/journal.ts';

/** One request for a token; never the token itself. */
export type TokenRequest = {
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly path: string;
  readonly resource?: string;
  readonly clientId?: string;
  /** The true answer's status; absent where a fault kept the request from being applied. */
  readonly status?: number;
  readonly fault?: Fault['kind'];
};

export type Identity = HttpServer & {
  /** For `IDENTITY_ENDPOINT`. */
  readonly endpoint: string;
  /** For `IDENTITY_HEADER`. */
  readonly header: string;
  /** Every token issued, with the second of the epoch it expires in. Take one out to revoke it. */
  readonly issued: Map<string, number>;
  /** Whether the token was issued here, for that resource where one is named, and has not expired. */
  accepts(token: string, resource?: string): boolean;
  /** How long tokens issued from now on are good for; negative for expired ones. */
  lifetimeSeconds: number;
  readonly requests: readonly TokenRequest[];
  /** Calls the listener for every request from now on; returns what ends that. */
  on(event: 'request', listener: (request: TokenRequest) => void): () => void;
};

export type IdentityOptions = Omit<HttpServerOptions, 'tls'> & {
  /** The secret that a request must carry; a random one by default. */
  readonly header?: string;
  /** Client id of the system-assigned identity, which answers where none is asked for. */
  readonly systemClientId?: string;
  /** Client ids of the user-assigned identities. */
  readonly userClientIds?: readonly string[];
};

const API_VERSION = '2019-08-01';
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
}: IdentityOptions = {}): Promise<Identity> {
  const issued = new Map<string, number>();
  const journal = createJournal<TokenRequest>(10_000);
  const clientIds = new Set([systemClientId, ...userClientIds].map((id) => id.toLowerCase()));

  function answer(request: HttpRequest): HttpAnswer {
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
    return json(200, {
      access_token: token,
      client_id: clientId,
      expires_on: String(expiresOn),
      resource,
      token_type: 'Bearer',
    });
  }

  const server = await startHttpServer({
    ...serverOptions,
    maxBodyBytes: 1024,
    answer,
    settled({ index, at, path }, { answer, fault }) {
      const { searchParams } = new URL(path, 'http://localhost');
      const resource = searchParams.get('resource');
      const clientId = searchParams.get('client_id');
      journal.add({
        index,
        at,
        path,
        ...(resource !== null && { resource }),
        ...(clientId !== null && { clientId }),
        ...(answer && { status: answer.status }),
        ...(fault && { fault: fault.kind }),
      });
    },
  });
  const identity: Identity = Object.assign(server, {
    endpoint: `${server.url}/msi/token`,
    header,
    issued,
    accepts(token: string, resource?: string) {
      const expiresOn = issued.get(token) ?? 0;
      return expiresOn * 1000 > Date.now() && (resource === undefined || readAudience(token) === resource);
    },
    lifetimeSeconds: DAY_SECONDS,
    requests: journal.entries,
    on: (_event: 'request', listener: (request: TokenRequest) => void) => journal.listen(listener),
  });
  return identity;
}

/** Looks like a JSON Web Token, and is signed by nobody. */
function createToken(claims: { aud: string; appid: string; exp: number }): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = { ...claims, iss: 'https://localhost/', iat: now, nbf: now, jti: randomUUID() };
  return `${base64url({ typ: 'JWT', alg: 'none' })}.${base64url(payload)}.unsigned`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function readAudience(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).aud;
}

function refusal(statusCode: number, message: string): HttpAnswer {
  return json(statusCode, { statusCode, message, correlationId: randomUUID() });
}

function json(status: number, body: object): HttpAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(body),
  };
}
