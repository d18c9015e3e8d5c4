import { randomUUID } from 'node:crypto';
import { type Fault, type FaultHook, inOrder } from '../../local/http/fault.ts';
import local from '../../local.settings.json' with { type: 'json' };
import type { Result } from '../../shared/contract/resultSchema.ts';
import type { App } from './app.ts';

export const { REQUESTS_QUEUE, RESULTS_TOPIC } = local.Values;
export const RECENT_RESULTS = `${RESULTS_TOPIC}/Subscriptions/recent`;

const hooks = new WeakMap<App, Map<string, FaultHook>>();

/** A partner that nobody else uses, disconnected at first; the faults meet its PATCHes, in order. */
export function aPartner(app: App, ...faults: readonly (Fault | undefined)[]): string {
  const id = randomUUID();
  app.graph.partners.set(id, {
    id,
    partnerId: randomUUID(),
    enableConnection: false,
    connectionStatus: 'notAvailable',
    lastSyncDateTime: '2026-01-01T00:00:00Z',
    statusDetails: 'Not connected yet.',
  });
  setFaults(app, id, ...faults);
  return id;
}

/** What the next PATCHes of a partner meet, in order. */
export function setFaults(app: App, id: string, ...faults: readonly (Fault | undefined)[]): void {
  const byPartner = hooks.get(app) ?? new Map<string, FaultHook>();
  hooks.set(app, byPartner);
  byPartner.set(id, inOrder(...faults));
  app.graph.fault = (request) =>
    request.method === 'PATCH' ? byPartner.get(request.path.split('/').at(-1) ?? '')?.(request) : undefined;
}

/** What Graph was made to apply for a partner, in order, repetitions left out. */
export function appliedStates(app: App, externalPartnerId: string): (boolean | undefined)[] {
  return app
    .patches(externalPartnerId)
    .filter(({ applied }) => applied)
    .map(({ enableConnection }) => enableConnection)
    .filter((state, index, all) => state !== all[index - 1]);
}

/** Whether the partner is connected in Graph. */
export function isConnected(app: App, externalPartnerId: string): boolean | undefined {
  return app.graph.partners.get(externalPartnerId)?.enableConnection;
}

/** The reason in a result; empty if there is none. */
export function reasonOf(result: Result): string {
  return 'error' in result ? result.error.message : '';
}

/** The results of a request. */
export function resultsOf(app: App, messageId: string): Result[] {
  return app.results.filter((result) => result.messageId === messageId);
}

/** How often something happened to a message in the requests queue. */
export function happened(app: App, type: string, messageId: string): number {
  return app.serviceBus.journal.filter(
    (entry) => entry.queue === REQUESTS_QUEUE && entry.type === type && entry.messageId === messageId,
  ).length;
}
