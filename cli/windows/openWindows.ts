import { withTimeout } from '../../shared/kit/withTimeout.ts';
import { createWindowStore, type Window } from '../../shared/windows/windowStore.ts';
import { findSources } from '../health/sources.ts';
import type { Target } from '../serviceBus/target.ts';
import { formatTime } from '../terminal/time.ts';

/** How long a request may wait for it. */
const PATIENCE_MS = 5_000;

/** The open windows of a partner; none if they cannot be seen, for lack of a right or otherwise, or not soon. */
export async function openWindowsOf(target: Target, externalPartnerId: string): Promise<readonly Window[]> {
  try {
    const { windowStorage } = findSources(target);
    if (!windowStorage) return [];
    const { baseUrl, credential } = windowStorage;
    const store = createWindowStore({ serviceUri: new URL(baseUrl), credential });
    const { windows } = await withTimeout(store.read(externalPartnerId), PATIENCE_MS, 'no response in time');
    return windows.filter(({ until }) => Date.parse(until) > Date.now());
  } catch {
    return [];
  }
}

/** `of jane@contoso.example (CHG1), open until 2026-…`. */
export function describeWindow({ id, until, requestedBy, reference }: Window): string {
  const who = requestedBy === undefined ? '' : `of ${requestedBy} `;
  return `${who}(${reference ?? id}), open until ${formatTime(new Date(until))}`;
}
