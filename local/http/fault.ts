import type { HttpRequest } from './httpRequest.ts';
import type { HttpResponse } from './httpResponse.ts';

/**
 * What goes wrong with one request. "Applied" means that the stand-in does what the request asks (changes the
 * partner, issues the token, keeps the telemetry) when it arrives, whatever the client gets to see.
 */
export type Fault =
  /** This response instead of the true one. Not applied, unless `apply` is set. */
  | ({ readonly kind: 'response'; readonly apply?: boolean } & HttpResponse)
  /** Applied; the true response comes later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** No response, and the connection stays open. Not applied, unless `apply` is set. */
  | { readonly kind: 'hang'; readonly apply?: boolean }
  /** Not applied; the connection is reset instead of a response. */
  | { readonly kind: 'resetBeforeApplying' }
  /** Applied; the connection is reset instead of a response. */
  | { readonly kind: 'resetAfterApplying' }
  /** Applied; the connection is reset after half of the response's body. */
  | { readonly kind: 'resetDuringResponse' }
  /**
   * Applied; headers, then a byte every `everyMs`, and a reset after `forMs` unless the body has ended. If
   * `hasLength` is false, only the end of the connection says where that is; default: true.
   */
  | {
      readonly kind: 'trickle';
      readonly everyMs: number;
      readonly forMs: number;
      readonly hasLength?: boolean;
    }
  /** Applied; the true response's headers, with this status if there is one, and a body that never ends. */
  | { readonly kind: 'endless'; readonly status?: number };

/** Decides for each request whether something goes wrong with it. Called once per request, in order of arrival. */
export type FaultHook = (request: HttpRequest) => Fault | undefined;

/** The first fault for the first request, and so on; `undefined`, and everything after the last, goes well. */
export function inOrder(...faults: readonly (Fault | undefined)[]): FaultHook {
  let next = 0;
  return () => faults[next++];
}

/** The same fault for every request. */
export function always(fault: Fault): FaultHook {
  return () => fault;
}

/** Asks the hook only about requests that match: a sequence then counts only those. */
export function when(matches: (request: HttpRequest) => boolean, hook: FaultHook): FaultHook {
  return (request) => (matches(request) ? hook(request) : undefined);
}

/** Whether a stand-in does what the request asks. */
export function isApplied(fault: Fault | undefined): boolean {
  switch (fault?.kind) {
    case 'response':
    case 'hang':
      return fault.apply === true;
    case 'resetBeforeApplying':
      return false;
    default:
      return true;
  }
}

/** The status that the client gets to see, even if the body never arrives in full; undefined if it gets none. */
export function statusOnTheWire(
  fault: Fault | undefined,
  trueResponse: HttpResponse | undefined,
): number | undefined {
  switch (fault?.kind) {
    case 'response':
      return fault.status;
    case 'hang':
    case 'resetBeforeApplying':
    case 'resetAfterApplying':
      return undefined;
    case 'endless':
      return fault.status ?? trueResponse?.status;
    default:
      return trueResponse?.status;
  }
}
