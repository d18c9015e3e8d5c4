import type { ExternalPartner, Result } from '../../shared/contract/resultSchema.ts';
import { openApi } from '../azure/callAzure.ts';
import { UnreachableError } from '../command/errors.ts';
import { type DeadLetter, readDeadLetters } from '../deadLetters/readDeadLetters.ts';
import { listPartners } from '../partners/listPartners.ts';
import { type RequestMessage, readRequests } from '../requests/readRequests.ts';
import { readResults } from '../results/readResults.ts';
import { type Namespace, standardSubscriptions } from '../serviceBus/namespace.ts';
import { toUnreachableError } from '../serviceBus/problem.ts';
import type { Target } from '../serviceBus/target.ts';
import { type PartnerWindow, readWindows } from '../windows/readWindows.ts';
import type { Sources } from './sources.ts';

/** What can be seen, or why it cannot. */
export type Seen<T> = { readonly value: T } | { readonly unseen: string };

/** An installation at one moment. */
export type Installation = {
  readonly at: Date;
  readonly host: string;
  readonly requestsQueue: string;
  /** What is on the requests queue, oldest first. */
  readonly requests: Seen<readonly RequestMessage[]>;
  /** The windows of every partner, by their ends. */
  readonly windows: Seen<readonly PartnerWindow[]>;
  readonly deadLetters: Seen<readonly DeadLetter[]>;
  /** The results of the last day, oldest first. */
  readonly results: Seen<readonly Result[]>;
  readonly partners: Seen<readonly ExternalPartner[]>;
};

/** Looks at everything side by side, and takes nothing. */
export async function readInstallation(
  namespace: Namespace,
  target: Target,
  { graph, windowStorage }: Pick<Sources, 'graph' | 'windowStorage'>,
): Promise<Installation> {
  const see = <T>(look: () => Promise<T>) => seen(look, target);
  const [requests, windows, deadLetters, results, partners] = await Promise.all([
    see(() => readRequests(namespace)),
    windowStorage
      ? see(() => readWindows(windowStorage))
      : { unseen: 'STORAGE_BLOB_ENDPOINT is not set (azd sets it).' },
    see(() => readDeadLetters(namespace, standardSubscriptions, () => {})),
    see(() => Array.fromAsync(readResults(namespace))),
    see(() => listPartners(openApi(graph, { budgetMs: 0 }))),
  ]);
  const { host, requestsQueue } = namespace;
  return { at: new Date(), host, requestsQueue, requests, windows, deadLetters, results, partners };
}

async function seen<T>(look: () => Promise<T>, target: Target): Promise<Seen<T>> {
  try {
    return { value: await look() };
  } catch (error) {
    const problem = toUnreachableError(error, target);
    if (problem instanceof UnreachableError) return { unseen: problem.message };
    throw error;
  }
}
