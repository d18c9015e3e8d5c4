/** The longest message that is answered or recorded, in UTF-16 code units. */
const LONGEST_MESSAGE = 1024;

const SECRETS = new RegExp(
  [
    String.raw`\b(?:Bearer|Basic|SharedAccessSignature)\s+[^\s"',]+`,
    String.raw`\beyJ[\w-]+(?:(?:\.|%2E)[\w-]*)*`,
    String.raw`\b(?:SharedAccessKey|AccountKey|client_secret|password|(?:access|refresh|id)_token|sig|X-IDENTITY-HEADER)\\?["']?\s*(?:[=:]|%3D)\s*\\?["']?[^\s"',;&\\]+`,
  ].join('|'),
  'gi',
);

/** JSON on one line: also characters that break a line or turn it around in some viewer are escaped. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text that a spreadsheet would take for a formula, marked as text with an apostrophe, as spreadsheets do. */
export function escapeFormula(text: string): string {
  return /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
}

/** A short quotation of something that a sender wrote: JSON, on one line, at most 60 characters and an ellipsis. */
export function excerpt(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  const quoted = JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : value) ?? 'nothing';
  return quoted.length > 60 ? `${quoted.slice(0, 60).toWellFormed()}…` : quoted;
}

/** Text from outside made fit for logs and answers: one line, bounded, nothing that looks like a credential. */
export function sanitize(message: string): string {
  const safe = message
    .slice(0, 2 * LONGEST_MESSAGE)
    .replace(SECRETS, '[redacted]')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return safe.length > LONGEST_MESSAGE
    ? `${safe.slice(0, LONGEST_MESSAGE - 1)}…`.toWellFormed()
    : safe.toWellFormed();
}
