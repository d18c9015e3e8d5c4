import { parseInstant } from '../contract/instant.ts';
import type { ConnectionRequest } from '../contract/requestSchema.ts';
import type { ResultReason } from '../contract/resultSchema.ts';
import type { Message } from '../receive/message.ts';
import type { PutEnd } from './endQueue.ts';
import type { Window, WindowStore } from './windowStore.ts';

/** A message with a request that opens a window. */
export type OpeningMessage = Pick<Message, 'messageId' | 'sessionId' | 'correlationId'> & {
  readonly request: ConnectionRequest & { readonly until: string };
};

/** A message that ends a window. */
export type EndMessage = Pick<Message, 'sessionId' | 'correlationId' | 'enqueuedTime'> & {
  readonly request: ConnectionRequest & { readonly endOf: string };
};

/**
 * The windows of partners: who may have a connection enabled until when. Everything may be done again after a crash.
 * All of it rejects with a WindowsError if storage or queue cannot be used for now.
 */
export type Windows = {
  /** Gets a token ahead of the first call. Never rejects. */
  prepare(): Promise<void>;
  /**
   * Puts the end on the queue, and remembers the window. One with the same id is replaced.
   *
   * @returns what takes the window back, for a request that was certainly not applied; `tooMany`: the partner has
   * as many windows as it may have
   */
  open(message: OpeningMessage): Promise<{ readonly takeBack: () => Promise<void> } | 'tooMany'>;
  /**
   * Ends a window without disabling the partner, and says why; undefined if nothing else keeps the partner enabled.
   */
  endWithoutDisabling(message: EndMessage): Promise<ResultReason | undefined>;
  /** Forgets the window of an end. */
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
  async function forget(externalPartnerId: string, id: string): Promise<void> {
    const { windows, etag } = await store.read(externalPartnerId);
    if (windows.some((window) => window.id === id))
      await store.write(externalPartnerId, { windows: without(windows, id), etag });
  }

  return {
    prepare: store.prepare,

    async open({ messageId: id, sessionId, correlationId, request }) {
      const { requestedBy, reference, reason } = request;
      const until = endOfWindow(request.until);
      const { windows, etag } = await store.read(sessionId);
      const previous = windows.find((window) => window.id === id);
      if (!previous && windows.filter((window) => isOpenAt(Date.now(), window)).length >= MOST_WINDOWS)
        return 'tooMany';

      if (previous?.until !== until) {
        const end = {
          externalPartnerId: sessionId,
          enableConnection: false,
          endOf: id,
          requestedBy,
          reference,
          reason,
        };
        await putEnd(end, new Date(until), { sessionId, correlationId });
        await store.write(sessionId, {
          windows: [...without(windows, id), { id, until, requestedBy, reference }],
          etag,
        });
      }
      return {
        async takeBack() {
          const current = await store.read(sessionId);
          const others = without(current.windows, id);
          await store.write(sessionId, {
            windows: previous ? [...others, previous] : others,
            etag: current.etag,
          });
        },
      };
    },

    async endWithoutDisabling({ sessionId, enqueuedTime, request: { endOf } }) {
      // The broker's clock and this one may differ: an end never comes before its time.
      const now = Math.max(Date.now(), enqueuedTime?.getTime() ?? 0);
      const { windows } = await store.read(sessionId);
      const own = windows.find(({ id }) => id === endOf);
      if (!own) {
        return { code: 'windowClosed', message: 'A later request has closed the window that was to end.' };
      }
      const open = windows.filter((window) => isOpenAt(now, window));
      if (open.length === 0) return undefined;
      if (!open.includes(own)) await forget(sessionId, endOf);
      const until =
        open
          .map((window) => window.until)
          .sort()
          .at(-1) ?? own.until;
      const which = open.includes(own) ? 'The window was extended, and' : 'Another window of this partner';
      return { code: 'windowOpen', message: `${which} is open until ${until}.`, until };
    },

    close: ({ sessionId, request }) => forget(sessionId, request.endOf),

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

function isOpenAt(now: number, { until }: Window): boolean {
  return Date.parse(until) > now;
}
