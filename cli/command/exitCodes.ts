/** How a command ends; `applied`, `rejected` and `failed` are the outcomes of a request. */
export const exitCodes = {
  done: 0,
  applied: 0,
  unchanged: 0,
  rejected: 1,
  /** The person did not confirm, or what they asked for must not be done. */
  declined: 1,
  /** The identity of the app does not have its permission, or still has it although it should not. */
  notGranted: 1,
  /** Something about the installation is not as it has to be. */
  wrong: 1,
  /** What was typed, a setting, or how this program is set up. */
  wrongUsage: 2,
  failed: 3,
  noResult: 4,
  unreachable: 5,
  /** Service Bus dropped the request as a duplicate, and what was asked for does not hold. */
  dropped: 6,
  /** This program has a fault, or its output cannot be written. */
  broken: 7,
} as const;

export type Ending = keyof typeof exitCodes;
