/** The longest text from outside in a result or the record, in code points. */
export const LONGEST_TEXT = 1024;
/** The longest quotation of what a sender wrote, in code points. */
const LONGEST_EXCERPT = 60;

/** What looks like a credential: as a header, in a URL, a form, JSON or a connection string, encoded or not. */
const SECRETS: readonly RegExp[] = [
  // A key or a certificate in PEM.
  /-----BEGIN[\w %+-]*?-----[\s\S]*?(?:-----END[\w %+-]*?-----|$)/g,
  // User and password in a URL.
  /(?<=:\/\/|%3A%2F%2F)(?:[^\s/?#"'%]|%3A)*(?:@|%40)/gi,
  // `Authorization` with any scheme, and the schemes alone.
  /\bAuthorization\\?["']?\s*[:=]\s*\\?["']?(?:[\w-]+\s+)?[^\s"',;]+/gi,
  /\b(?:Bearer|Basic|SharedAccessSignature|SharedKey(?:Lite)?)(?:\s*[:=]\s*|\s+|%20|\+)[^\s"',]+/gi,
  /\beyJ[\w-]+(?:(?:\.|%2E)[\w-]*)*/gi,
  /\bCookie\s*[:=]\s*[^\s=;,"']+=[^\s;,"']*(?:;\s*[^\s=;,"']+=[^\s;,"']*)*/gi,
  // Names of secrets, with `=` or `:` and a value that may be in quotes.
  /(?<![\w-])[\w-]*(?:secret|passw(?:or)?d|pwd|passphrase|assertion|cookie|identity[-_]header|[a-z\d_-](?:key|token|signature))(?:%22|\\?["'])?\s*(?:[=:]|%(?:25)*3[AD])\s*(?:\\?"[^"]*|'[^']*|[^\s"';&\\]+)/gi,
  // Those that mean something else in a sentence.
  /(?<![\w-])(?:sig|signature|key|token)(?:=|%(?:25)*3D|\\?"\s*:\s*\\?")[^\s"';&\\]+/gi,
  /(?:[?&]|&amp;|%3F|%26)code(?:=|%3D)[^\s"';&\\]+/gi,
  // Base64 as long as the keys of Azure.
  /(?<![\w+/-])[\w+/-]{43,}={1,2}/g,
];

/** Text from outside made fit for logs and results: one line, bounded, nothing that looks like a credential. */
export function sanitize(text: string): string {
  const line = toPlainText(truncate(text, 2 * LONGEST_TEXT));
  const safe = SECRETS.reduce((rest, secret) => rest.replace(secret, '[redacted]'), line).trim();
  const cut = truncate(safe, LONGEST_TEXT);
  return cut === safe ? safe : `${truncate(safe, LONGEST_TEXT - 1)}…`;
}

/** Well-formed text on one line, of which nothing is invisible, moves a cursor or turns the direction around. */
export function toPlainText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\p{Bidi_Control}\u200b\ufeff\u{e0000}-\u{e007f}]+/gu, '')
    .toWellFormed();
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
  return value === undefined ? 'missing' : shorten(toJsonLine(value), LONGEST_EXCERPT);
}

/** JSON on one line: characters that break a line, turn it around or are invisible are escaped as well. */
export function toJsonLine(value: NonNullable<unknown> | null): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Zl}\p{Zp}\p{Cf}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Text that a spreadsheet would take for a formula, marked as text with an apostrophe, as spreadsheets do. */
export function escapeFormula(text: string): string {
  return /^(?:[\t\r\n]|[\s\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20])/u.test(text) ? `'${text}` : text;
}
