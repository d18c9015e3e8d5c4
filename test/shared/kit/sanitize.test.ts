import { describe, expect, it } from 'vitest';
import { escapeFormula, excerpt, sanitize, toJsonLine, truncate } from '../../../shared/kit/sanitize.ts';

const emoji = '\u{1F600}';

describe('a truncated text', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    [`ab${emoji}`, 3, `ab${emoji}`],
    [`ab${emoji}c`, 3, `ab${emoji}`],
    [emoji.repeat(4), 3, emoji.repeat(3)],
    ['', 3, ''],
  ])('%s has its first %i characters, whole ones', (text, length, expected) => {
    expect(truncate(text, length)).toBe(expected);
  });
});

describe('an excerpt of what a sender wrote', () => {
  it.each([
    ['short', '"short"'],
    [42, '42'],
    [undefined, 'missing'],
    [null, 'null'],
    [[1], 'an array'],
    [{ a: 1 }, 'an object'],
    ['line\nbreak', '"line\\nbreak"'],
    ['x'.repeat(58), `"${'x'.repeat(58)}"`],
    ['x'.repeat(59), `"${'x'.repeat(59)}…`],
    [`${'x'.repeat(58)}${emoji}`, `"${'x'.repeat(58)}${emoji}…`],
    [1e300, '1e+300'],
  ])('%j is quoted as %s', (value, quoted) => {
    expect(excerpt(value)).toBe(quoted);
  });

  it('is bounded', () => {
    expect(Array.from(excerpt('x'.repeat(10_000)))).toHaveLength(61);
    expect(excerpt(emoji.repeat(10_000)).isWellFormed()).toBe(true);
  });
});

describe('text from outside', () => {
  it('becomes one bounded, well-formed line', () => {
    expect(sanitize(' a\r\n\tb\u2028c\0 ')).toBe('a b c');
    expect(sanitize('\ud800')).toBe('\ufffd');
    expect(sanitize('x'.repeat(1_024))).toBe('x'.repeat(1_024));
    expect(sanitize('x'.repeat(1_025))).toBe(`${'x'.repeat(1_023)}…`);
    expect(sanitize(emoji.repeat(1_024))).toBe(emoji.repeat(1_024));
    expect(sanitize(emoji.repeat(9_999))).toBe(`${emoji.repeat(1_023)}…`);
  });

  it.each([
    ['Bearer abc.def-ghi', 'abc.def'],
    ['Basic dXNlcjpwYXNz', 'dXNlcj'],
    ['SharedAccessSignature sr=x&sig=c2VjcmV0', 'sr=x'],
    ['eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2ln', 'eyJ'],
    ['eyJhbGciOiJub25lIn0%2EeyJhdWQiOiJ4In0', 'eyJ'],
    ['SharedAccessKey=c2VjcmV0', 'c2VjcmV0'],
    ['SharedAccessKey%3Dc2VjcmV0', 'c2VjcmV0'],
    ['AccountKey=c2VjcmV0', 'c2VjcmV0'],
    ['client_secret=c2VjcmV0', 'c2VjcmV0'],
    ['password: c2VjcmV0', 'c2VjcmV0'],
    ['{"access_token":"c2VjcmV0"}', 'c2VjcmV0'],
    ['{\\"refresh_token\\":\\"c2VjcmV0\\"}', 'c2VjcmV0'],
    ["id_token='c2VjcmV0'", 'c2VjcmV0'],
    ['?sig=c2VjcmV0', 'c2VjcmV0'],
    ['X-IDENTITY-HEADER: c2VjcmV0', 'c2VjcmV0'],
    ['BEARER abc.def, bearer ghi.jkl', 'ghi.jkl'],
    ['password=x;sig=c2VjcmV0', 'c2VjcmV0'],
  ])('loses what looks like a credential: %s', (credential, secret) => {
    const shown = sanitize(`Refused: ${credential} was sent`);
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain(secret);
    expect(shown).toMatch(/^Refused: .*was sent$/);
  });

  it('loses a credential that stands at the very end of what is kept', () => {
    expect(sanitize(`${' '.repeat(1_990)}Bearer ${'s3cret'.repeat(50)}`)).toBe('[redacted]');
  });
});

describe('a line of JSON', () => {
  it.each([
    '\u007f',
    '\u0085',
    '\u009f',
    '\u200e',
    '\u200f',
    '\u2028',
    '\u2029',
    '\u202a',
    '\u202e',
    '\u2066',
    '\u2069',
  ])('has %j escaped', (character) => {
    const line = toJsonLine({ text: `a${character}b` });
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(line)).toEqual({ text: `a${character}b` });
  });

  it('leaves other characters alone', () => {
    expect(toJsonLine({ text: `é${emoji}\u2010\u2065` })).toBe(`{"text":"é${emoji}\u2010\u2065"}`);
  });
});

describe('what a spreadsheet takes for a formula', () => {
  it.each(['=1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '\n=1', '\uff1d1', '\uff0b1', '\uff0d1', '\uff201'])(
    'gets an apostrophe: %j',
    (text) => {
      expect(escapeFormula(text)).toBe(`'${text}`);
    },
  );

  it.each(['1=1', 'a', ''])('is not %j', (text) => {
    expect(escapeFormula(text)).toBe(text);
  });
});
