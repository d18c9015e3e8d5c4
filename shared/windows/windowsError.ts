import { sanitize } from '../kit/sanitize.ts';

/** Windows cannot be remembered, or an end cannot be put on the queue, for now. */
export class WindowsError extends Error {
  override readonly name = 'WindowsError';
  /** `noStorage` or `noEnd`. */
  readonly code: string;

  constructor(code: 'noStorage' | 'noEnd', message: string) {
    super(sanitize(message).replace(/\.?$/, '.'));
    this.code = code;
  }
}
