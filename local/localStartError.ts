/** The local environment cannot start; the message says why, and what to do. */
export class LocalStartError extends Error {
  override readonly name = 'LocalStartError';
}

/** As wrong usage: 1 means that a sample request did not end as expected. */
const NOT_STARTED = 2;

/** Ends the process: in words for a {@link LocalStartError}, else with the error's stack. */
export function exitWith(error: unknown): never {
  if (!(error instanceof LocalStartError)) throw error;
  console.error(error.message);
  process.exit(NOT_STARTED);
}
