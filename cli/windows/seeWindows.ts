import { CommandError } from '../command/errors.ts';
import type { Seen } from '../health/readInstallation.ts';
import { findSources } from '../health/sources.ts';
import type { Target } from '../serviceBus/target.ts';
import { type PartnerWindow, readWindows } from './readWindows.ts';

/** The windows of every partner, by their ends, or why the caller cannot see them. */
export async function seeWindows(target: Target): Promise<Seen<readonly PartnerWindow[]>> {
  try {
    const { windowStorage } = findSources(target);
    if (!windowStorage) {
      return { unseen: 'STORAGE_BLOB_ENDPOINT is not set: azd sets it, see docs/operating.md.' };
    }
    return { value: await readWindows(windowStorage) };
  } catch (error) {
    if (error instanceof CommandError) return { unseen: error.message };
    throw error;
  }
}
