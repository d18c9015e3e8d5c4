import { parseInstant } from '../contract/instant.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { ResultReason } from '../contract/resultSchema.ts';
import type { Message } from '../receive/message.ts';
import type { PutEnd } from './endQueue.ts';
import type { StoredWindows, Window, WindowStore } from './windowStore.ts';

/** A message with a request that opens a window. */
export type OpeningMessage = Pick<Message, 'messageId' | 'sessionId' | 'correlationId'> & {
  readonly request: ConnectionRequest & { readonly until: string };
};

/** A message that ends a window. */
export type EndMessage = Pick<Message, 'sessionId' | 'correlationId' | 'enqueuedTime'> & {
  readonly request: ConnectionRequest & { readonly endOf: string };
};

/** The opening of a window in one delivery of its request. Every step may be repeated. */
export type Opening = {
  /** Looks for the windows of the partner: whether it has as many as it may have. */
  isFull(): Promise<boolean>;
  /** Puts the end on the queue, and remembers the window beside those that were seen. One with the same id is replaced. */
  open(): Promise<void>;
  /**
   * Whether this very window was open before this delivery: an earlier one may have applied the request. undefined if
   * nobody could look.
   */
  wasOpen(): boolean | undefined;
  /** Forgets the window again, and remembers what it has replaced. */
  takeBack(): Promise<void>;
};

/**
 * The windows of partners: who may have a connection enabled until when. Everything may be done again after a crash.
 * All of it rejects with a WindowsError if storage or queue cannot be used for now.
 */
export type Windows = {
  /** Gets a token ahead of the first call. Never rejects. */
  prepare(): Promise<void>;
  /** Begins the opening of a window; nothing has happened yet. */
  opening(message: OpeningMessage): Opening;
  /**
   * Ends a window without disabling the partner, and says why; undefined if nothing else keeps the partner enabled.
   */
  endWithoutDisabling(message: EndMessage): Promise<ResultReason | undefined>;
  /** Forgets the window of an end that has disabled the partner, and those that were over before it. */
  close(message: EndMessage): Promise<void>;
  /** Forgets every window of a partner. */
  closeAll(externalPartnerId: string): Promise<void>;
  /** Puts an end on the queue once more; returns when it will come. */
  postpone(message: EndMessage): Promise<Date>;
};

/** How many open windows a partner may have. */
export const MOST_WINDOWS = 100;

const POSTPONEMENT_MS = 5 * 60 * 1000;

/** When a window of a request ends, as it is stored, recorded and shown: ISO 8601, UTC. */
export function endOfWindow(until: string): string {
  return new Date(parseInstant(until) ?? 0).toISOString();
}

export function createWindows({ store, putEnd }: { store: WindowStore; putEnd: PutEnd }): Windows {
  function opening({ messageId: id, sessionId, correlationId, request }: OpeningMessage): Opening {
    const { requestedBy, reference, reason } = request;
    const until = endOfWindow(request.until);
    /** What was stored before this delivery, and what is now. */
    let before: StoredWindows | undefined;
    let seen: StoredWindows = { windows: [] };
    let isEndPut = false;

    const sameId = ({ windows }: StoredWindows) => windows.find((window) => window.id === id);
    const has = (stored: StoredWindows) => sameId(stored)?.until === until;

    return {
      async isFull() {
        seen = await store.read(sessionId);
        before ??= seen;
        const open = seen.windows.filter((window) => isOpenAt(Date.now(), window));
        return open.length >= MOST_WINDOWS && !sameId(seen);
      },

      async open() {
        if (has(seen)) return;
        if (!isEndPut) {
          const end = { enableConnection: false, endOf: id, requestedBy, reference, reason };
          const properties = { sessionId, correlationId };
          await putEnd({ externalPartnerId: sessionId, ...end }, new Date(until), properties);
          isEndPut = true;
        }
        const { windows, etag } = seen;
        const window = { id, until, requestedBy, reference };
        await store.write(sessionId, { windows: [...without(windows, id), window], etag });
      },

      wasOpen: () => before && has(before),

      async takeBack() {
        if (!before || has(before)) return;
        const current = await store.read(sessionId);
        if (!has(current)) return;
        const replaced = sameId(before);
        const windows = [...without(current.windows, id), ...(replaced ? [replaced] : [])];
        await store.write(sessionId, { windows, etag: current.etag });
      },
    };
  }

  return {
    prepare: store.prepare,

    opening,

    async endWithoutDisabling({ sessionId, enqueuedTime, request: { endOf } }) {
      // The broker's clock and this one may differ: an end never comes before its time.
      const now = Math.max(Date.now(), enqueuedTime?.getTime() ?? 0);
      const { windows, etag } = await store.read(sessionId);
      const own = windows.find(({ id }) => id === endOf);
      if (!own) {
        const message = 'The window that was to end is not open any more; this changed nothing.';
        return { code: 'windowClosed', message };
      }
      const open = windows.filter((window) => isOpenAt(now, window));
      if (open.length === 0) return undefined;
      const isExtended = open.includes(own);
      if (!isExtended) await store.write(sessionId, { windows: without(windows, endOf), etag });
      const until = open.reduce((last, window) => (endsAt(window) > endsAt(last) ? window : last)).until;
      const message = isExtended
        ? `The window is open until ${own.until}.`
        : `Another window of this partner is open until ${until}.`;
      return { code: 'windowOpen', message, until };
    },

    async close({ sessionId, request: { endOf } }) {
      const { windows, etag } = await store.read(sessionId);
      const own = windows.find(({ id }) => id === endOf);
      if (!own) return;
      // The end of one that was over before has come and gone, or will find nothing left to do.
      const left = windows.filter((window) => window !== own && endsAt(window) >= endsAt(own));
      await store.write(sessionId, { windows: left, etag });
    },

    closeAll: store.remove,

    async postpone({ sessionId, correlationId, request }) {
      const at = new Date(Date.now() + POSTPONEMENT_MS);
      await putEnd(request, at, { sessionId, correlationId });
      return at;
    },
  };
}

function without(windows: readonly Window[], id: string): readonly Window[] {
  return windows.filter((window) => window.id !== id);
}

function endsAt({ until }: Window): number {
  return Date.parse(until);
}

function isOpenAt(now: number, window: Window): boolean {
  return endsAt(window) > now;
}
