/** The local environment cannot start; the message says why, and what to do. */
export class LocalStartError extends Error {
  override readonly name = 'LocalStartError';
}

/** Ends the process: in words for a {@link LocalStartError}, else with the error's stack. */
export function exitWith(error: unknown): never {
  if (!(error instanceof LocalStartError)) throw error;
  console.error(error.message);
  process.exit(1);
}
