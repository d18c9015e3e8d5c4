/** An error with its code, if it has one, in front of its message, which is all that many callers pass on. */
export function codeFirst(error: { readonly code?: string | undefined; readonly message: string }): Error & {
  readonly code: string | undefined;
} {
  const { code, message } = error;
  return Object.assign(new Error([code, message].filter(Boolean).join(': ')), { code });
}
