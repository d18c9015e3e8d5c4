/** The longest text from outside in a result or the record, in code points. */
const LONGEST_TEXT = 1024;
/** The longest quotation of what a sender wrote, in code points. */
const LONGEST_EXCERPT = 60;

const SECRETS = new RegExp(
  [
    String.raw`\b(?:Bearer|Basic|SharedAccessSignature)\s+[^\s"',]+`,
    String.raw`\beyJ[\w-]+(?:(?:\.|%2E)[\w-]*)*`,
    String.raw`\b(?:SharedAccessKey|AccountKey|client_secret|password|(?:access|refresh|id)_token|sig|X-IDENTITY-HEADER)\\?["']?\s*(?:[=:]|%3D)\s*\\?["']?[^\s"',;&\\]+`,
  ].join('|'),
  'gi',
);

/** Text from outside made fit for logs and results: one line, bounded, nothing that looks like a credential. */
export function sanitize(text: string): string {
  const safe = truncate(text, 2 * LONGEST_TEXT)
    .replace(SECRETS, '[redacted]')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .toWellFormed();
  const cut = truncate(safe, LONGEST_TEXT);
  return cut === safe ? safe : `${truncate(safe, LONGEST_TEXT - 1)}…`;
}

/** The first so many code points of a text, which never ends in half a character. */
export function truncate(text: string, maxCodePoints: number): string {
  // No text has more code points than UTF-16 units.
  if (text.length <= maxCodePoints) return text;
  return Array.from(text.slice(0, 2 * maxCodePoints))
    .slice(0, maxCodePoints)
    .join('');
}

/** The first so many code points of a text, and `…` if it has more. */
export function shorten(text: string, maxCodePoints: number): string {
  const start = truncate(text, maxCodePoints);
  return start === text ? text : `${start}…`;
}

/** A short quotation of what a sender wrote: JSON, on one line, bounded; `missing` for undefined. */
export function excerpt(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? 'an array' : 'an object';
  }
  return shorten(JSON.stringify(value) ?? 'missing', LONGEST_EXCERPT);
}

/** JSON on one line: characters that break a line or turn it around in some viewer are escaped as well. */
export function toJsonLine(value: object): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text that a spreadsheet would take for a formula, marked as text with an apostrophe, as spreadsheets do. */
export function escapeFormula(text: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
}
