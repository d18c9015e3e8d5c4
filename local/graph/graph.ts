import { randomUUID } from 'node:crypto';
import { bearerToken } from '../http/bearer.ts';
import type { Fault, HttpAnswer, HttpRequest } from '../http/fault.ts';
import {
  type HttpServer,
  type HttpServerOptions,
  type Settled,
  startHttpServer,
} from '../http/httpServer.ts';
import { createJournal } from '../http/journal.ts';
import {
  EXTERNAL_PARTNER_TYPE,
  type ExternalPartner,
  samplePartners,
  withConnection,
} from './externalPartner.ts';
import { graphError } from './graphError.ts';

export { type ExternalPartner, samplePartners } from './externalPartner.ts';

/** One request to Graph. The order of entries is the order in which requests were applied. */
export type GraphCall = {
  /** Counts from 0; a gap means that the journal forgot. */
  readonly index: number;
  /** When it arrived, milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** From the path, lower case. */
  readonly externalPartnerId?: string;
  /** What a PATCH asked for. */
  readonly enableConnection?: boolean;
  readonly clientRequestId?: string;
  /** The status sent; absent where a fault kept the client from seeing one. */
  readonly status?: number;
  readonly fault?: Fault['kind'];
  /** Whether the partner now is as a PATCH asked. */
  readonly applied: boolean;
};

export type Graph = HttpServer & {
  /** By id in lower case. May be changed at any time. */
  readonly partners: Map<string, ExternalPartner>;
  readonly journal: readonly GraphCall[];
  /** Calls the listener for every request from now on; returns what ends that. */
  on(event: 'request', listener: (call: GraphCall) => void): () => void;
};

export type GraphOptions = HttpServerOptions & {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly partners?: readonly ExternalPartner[];
  /** Whether a bearer token is good; any is by default. */
  acceptToken?(token: string): boolean;
  /** How many requests the journal keeps at least, 100,000 by default; 0 for none. */
  readonly keep?: number;
};

const PARTNERS_PATH = '/beta/deviceManagement/virtualEndpoint/externalPartners';
const PARTNERS_PATTERN = new RegExp(`^${PARTNERS_PATH}(?:/([^/]+))?/?$`, 'i');
const CONTEXT = '/beta/$metadata#deviceManagement/virtualEndpoint/externalPartners';
const CONTENT_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Localhost', Slice: 'E', Ring: '5', ScaleUnit: '001', RoleInstance: 'LOCAL0001' },
});

/** Stands in for the externalPartners of Microsoft Graph beta: list, get and PATCH. */
export async function startGraph({
  partners: initialPartners = samplePartners,
  acceptToken = () => true,
  keep = 100_000,
  ...serverOptions
}: GraphOptions): Promise<Graph> {
  const partners = new Map(initialPartners.map((partner) => [partner.id.toLowerCase(), partner]));
  const journal = createJournal<GraphCall>(keep);

  function answer(request: HttpRequest): HttpAnswer {
    const ids = requestIds(request);
    const { status, headers, body } = route(request, ids);
    return {
      status,
      headers: {
        'Content-Type': CONTENT_TYPE,
        'Cache-Control': 'no-cache',
        'request-id': ids.requestId,
        'client-request-id': ids.clientRequestId,
        'x-ms-ags-diagnostic': DIAGNOSTIC,
        ...headers,
      },
      ...(body !== undefined && { body }),
    };
  }

  function route(request: HttpRequest, ids: RequestIds): HttpAnswer {
    const token = bearerToken(request.headers);
    if (!token) return unauthorized('Access token is empty.', ids);
    if (!acceptToken(token)) return unauthorized('Access token validation failure.', ids);

    const target = readPath(request.path);
    if (!target) {
      const segment = request.path.split(/[/?]/).at(-1);
      return graphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`, ids);
    }
    if (target.externalPartnerId === undefined) return list(request, ids);
    const partner = partners.get(target.externalPartnerId);
    if (request.method !== 'GET' && request.method !== 'PATCH')
      return methodNotAllowed(request, 'GET, PATCH', ids);
    if (!partner)
      return graphError(404, 'NotFound', `Resource '${target.externalPartnerId}' could not be found.`, ids);
    return request.method === 'GET' ? one(partner) : patch(request, partner, ids);
  }

  function list(request: HttpRequest, ids: RequestIds): HttpAnswer {
    if (request.method !== 'GET') return methodNotAllowed(request, 'GET', ids);
    return ok({ '@odata.context': `${graph.url}${CONTEXT}`, value: [...partners.values()] });
  }

  function one(partner: ExternalPartner): HttpAnswer {
    return ok({
      '@odata.context': `${graph.url}${CONTEXT}/$entity`,
      '@odata.type': EXTERNAL_PARTNER_TYPE,
      ...partner,
    });
  }

  function patch(request: HttpRequest, partner: ExternalPartner, ids: RequestIds): HttpAnswer {
    const asked = readPatch(request);
    if ('refused' in asked) return graphError(400, 'BadRequest', asked.refused, ids);
    const changed = withConnection(partner, asked.enableConnection);
    partners.set(partner.id.toLowerCase(), changed);
    return one(changed);
  }

  function settled(request: HttpRequest, { answer, fault }: Settled): void {
    const externalPartnerId = readPath(request.path)?.externalPartnerId;
    const isPatch = request.method === 'PATCH';
    const asked = isPatch ? readPatch(request) : undefined;
    const clientRequestId = request.headers['client-request-id'];
    const status = seenStatus(answer, fault);
    journal.add({
      index: request.index,
      at: request.at,
      method: request.method,
      path: request.path,
      ...(externalPartnerId !== undefined && { externalPartnerId }),
      ...(asked && 'enableConnection' in asked && { enableConnection: asked.enableConnection }),
      ...(typeof clientRequestId === 'string' && { clientRequestId }),
      ...(status !== undefined && { status }),
      ...(fault && { fault: fault.kind }),
      applied: isPatch && answer?.status === 200,
    });
  }

  const server = await startHttpServer({ ...serverOptions, maxBodyBytes: 1024 * 1024, answer, settled });
  const graph: Graph = Object.assign(server, {
    partners,
    journal: journal.entries,
    on: (_event: 'request', listener: (call: GraphCall) => void) => journal.listen(listener),
  });
  return graph;
}

type RequestIds = { readonly requestId: string; readonly clientRequestId: string };

function requestIds({ headers }: HttpRequest): RequestIds {
  const requestId = randomUUID();
  const sent = headers['client-request-id'];
  return { requestId, clientRequestId: typeof sent === 'string' ? sent : requestId };
}

function readPath(path: string): { externalPartnerId?: string } | undefined {
  const match = PARTNERS_PATTERN.exec(path.split('?', 1)[0] ?? '');
  if (!match) return undefined;
  return match[1] === undefined ? {} : { externalPartnerId: match[1].toLowerCase() };
}

function readPatch({ headers, body }: HttpRequest): { enableConnection: boolean } | { refused: string } {
  if (!headers['content-type']?.startsWith('application/json'))
    return {
      refused: 'Write requests (excluding DELETE) must contain the Content-Type header declaration.',
    };
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    return { refused: 'Unable to read JSON request payload. Please ensure Content-Type header is set.' };
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    return { refused: 'Empty Payload. JSON content expected.' };
  const {
    '@odata.type': type = EXTERNAL_PARTNER_TYPE,
    enableConnection,
    ...others
  } = json as Record<string, unknown>;
  if (type !== EXTERNAL_PARTNER_TYPE) return { refused: `A type named '${type}' cannot be used here.` };
  const [other] = Object.keys(others);
  if (other !== undefined) return { refused: `The property '${other}' cannot be updated.` };
  if (typeof enableConnection !== 'boolean')
    return { refused: "Cannot convert the value of 'enableConnection' to the expected type 'Edm.Boolean'." };
  return { enableConnection };
}

function ok(body: object): HttpAnswer {
  return { status: 200, body: JSON.stringify(body) };
}

function unauthorized(message: string, ids: RequestIds): HttpAnswer {
  const { headers, ...answer } = graphError(401, 'InvalidAuthenticationToken', message, ids);
  return {
    ...answer,
    headers: {
      ...headers,
      'WWW-Authenticate':
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
        'client_id="00000003-0000-0000-c000-000000000000"',
    },
  };
}

function methodNotAllowed({ method }: HttpRequest, allow: string, ids: RequestIds): HttpAnswer {
  const { headers, ...answer } = graphError(
    405,
    'MethodNotAllowed',
    `The method ${method} is not allowed here.`,
    ids,
  );
  return { ...answer, headers: { ...headers, Allow: allow } };
}

/** The status on the wire, also where the body never got there in full. */
function seenStatus(answer: HttpAnswer | undefined, fault: Fault | undefined): number | undefined {
  if (fault?.kind === 'answer') return fault.status;
  if (fault?.kind === 'hang' || fault?.kind === 'applyThenReset') return undefined;
  return answer?.status;
}
