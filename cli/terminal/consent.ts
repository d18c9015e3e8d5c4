import { UsageError } from '../command/errors.ts';
import { confirm } from './confirm.ts';

/**
 * Whether a person agrees.
 *
 * @param yes whether they have agreed already, by `--yes`
 * @throws {UsageError} if nobody can be asked, for lack of a terminal
 */
export async function hasConsent(question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new UsageError(`Cannot ask for confirmation without a terminal; pass --yes. (${question})`);
  }
  return confirm(question);
}
