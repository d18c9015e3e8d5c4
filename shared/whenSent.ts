import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Where the built-in fetch says that a request has been written: "Diagnostics Channel Support" of undici. */
const BODY_SENT = 'undici:request:bodySent';

/**
 * Makes a call with the built-in fetch, and tells when its request is on the wire. That is long after the call if a
 * connection has to be made first.
 *
 * @param path of the URL; no other call may go to it meanwhile
 */
export async function whenSent<T>(path: string, onSent: () => void, call: () => Promise<T>): Promise<T> {
  const listener = (message: unknown) => {
    const { request } = message as { request: { path: string } };
    // What was written reaches the socket by the end of this turn of the event loop.
    if (request.path === path) setImmediate(onSent);
  };
  subscribe(BODY_SENT, listener);
  try {
    return await call();
  } finally {
    unsubscribe(BODY_SENT, listener);
  }
}
