import { createHistory } from '../history.ts';
import { type Fault, type FaultHook, statusOnTheWire } from './fault.ts';
import type { HttpRequest } from './httpRequest.ts';
import type { HttpResponse } from './httpResponse.ts';
import { type HttpServer, type HttpServerOptions, startHttpServer } from './httpServer.ts';

/** One request in the journal of a stand-in. The order of entries is the order in which requests were applied. */
export type HttpJournalEntry = {
  /** Counts from 0; a gap means that the journal has forgotten entries. */
  readonly index: number;
  /** When the request had arrived in full, milliseconds since the epoch. */
  readonly receivedAt: number;
  /**
   * When the response was sent, milliseconds since the epoch: right before its last byte, so that the client cannot
   * have it earlier. Undefined until then, and for good if no response is sent in full.
   */
  readonly respondedAt: number | undefined;
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** The status that the client gets; absent if a fault keeps it from getting one. */
  readonly status?: number;
  readonly fault?: Fault['kind'];
};

/** Lets tests and people see how the app copes with a service in trouble. */
export type FaultInjection = {
  /** What goes wrong from now on; may be set at any time. */
  fault: FaultHook | undefined;
};

/** A running server with a journal. */
export type StandInServer<Details> = HttpServer & {
  /** Every request, oldest first. */
  readonly journal: readonly (HttpJournalEntry & Details)[];
  /** Calls the listener for every new entry of the journal; returns a function that ends this. */
  onEntry(listener: (entry: HttpJournalEntry & Details) => void): () => void;
};

/**
 * Serves a stand-in over HTTP and keeps a journal.
 *
 * @param handle does what the request asks and gives the response; not called if a fault prevents it
 * @param faultFor says what goes wrong with a request
 * @param details what the journal says about a request besides the usual; the response is absent if it was not applied
 * @param keep how many entries the journal keeps at least; 0 for none
 */
export async function startStandInServer<Details>({
  details,
  keep,
  ...options
}: HttpServerOptions & {
  readonly maxBodyBytes: number;
  readonly keep: number;
  handle(request: HttpRequest): HttpResponse;
  faultFor(request: HttpRequest): Fault | undefined;
  details(request: HttpRequest, trueResponse: HttpResponse | undefined): Details;
}): Promise<StandInServer<Details>> {
  const history = createHistory<HttpJournalEntry & Details>(keep);
  const server = await startHttpServer({
    ...options,
    onExchange({ request, trueResponse, fault, respondedAt }) {
      const { index, receivedAt, method, path } = request;
      const status = statusOnTheWire(fault, trueResponse);
      history.add({
        index,
        receivedAt,
        get respondedAt() {
          return respondedAt();
        },
        method,
        path,
        ...(status !== undefined && { status }),
        ...(fault && { fault: fault.kind }),
        ...details(request, trueResponse),
      });
    },
  });
  return { ...server, journal: history.entries, onEntry: history.listen };
}
