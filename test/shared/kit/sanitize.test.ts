import { describe, expect, it } from 'vitest';
import {
  escapeFormula,
  excerpt,
  sanitize,
  toJsonLine,
  toPlainText,
  truncate,
} from '../../../shared/kit/sanitize.ts';

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
    ['turned\u202e\u009b', '"turned\\u202e\\u009b"'],
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
    ['Bearer: c2VjcmV0', 'c2VjcmV0'],
    ['Bearer%20c2VjcmV0', 'c2VjcmV0'],
    ['authorization: Negotiate c2VjcmV0', 'c2VjcmV0'],
    ['"Authorization": "ApiKey c2VjcmV0"', 'c2VjcmV0'],
    ['Authorization=c2VjcmV0,', 'c2VjcmV0'],
    ['Proxy-Authorization: Basic c2VjcmV0', 'c2VjcmV0'],
    ['SharedKey account:c2VjcmV0', 'c2VjcmV0'],
    ['clientSecret=c2VjcmV0', 'c2VjcmV0'],
    ['client-secret: "c2V jcmV0"', 'jcmV0'],
    ['client_assertion=c2VjcmV0', 'c2VjcmV0'],
    ['clientAssertion%3Dc2VjcmV0', 'c2VjcmV0'],
    ['%22client_secret%22%3A%22c2VjcmV0%22', 'c2VjcmV0'],
    ['password%253Dc2VjcmV0', 'c2VjcmV0'],
    ["{'access-token' : 'c2VjcmV0'}", 'c2VjcmV0'],
    ['{"token":"c2VjcmV0"}', 'c2VjcmV0'],
    ['token=c2VjcmV0', 'c2VjcmV0'],
    ['x-functions-key: c2VjcmV0', 'c2VjcmV0'],
    ['Ocp-Apim-Subscription-Key: c2VjcmV0', 'c2VjcmV0'],
    ['https://app.example/api?code=c2VjcmV0', 'c2VjcmV0'],
    ['https://app.example/api?a=b&amp;code=c2VjcmV0', 'c2VjcmV0'],
    ['apikey=c2VjcmV0', 'c2VjcmV0'],
    ['API_KEY = c2VjcmV0', 'c2VjcmV0'],
    ['pwd=c2VjcmV0', 'c2VjcmV0'],
    ['User ID=sa;Pwd=c2VjcmV0', 'c2VjcmV0'],
    ['passphrase: c2VjcmV0', 'c2VjcmV0'],
    ['https://user:c2VjcmV0@host.example/x', 'c2VjcmV0'],
    ['amqps://c2VjcmV0@host.example', 'c2VjcmV0'],
    ['https%3A%2F%2Fuser%3Ac2VjcmV0%40host.example', 'c2VjcmV0'],
    ['https://app.example/?sv=2026-01-01&se=2027&sig=c2VjcmV0', 'c2VjcmV0'],
    ['DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=x', 'c2VjcmV0'],
    ['Endpoint=sb://a.example/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0', 'c2VjcmV0'],
    ['Cookie: a=b; session=c2VjcmV0', 'c2VjcmV0'],
    ['Set-Cookie: session=c2VjcmV0; Secure', 'c2VjcmV0'],
    ['-----BEGIN PRIVATE KEY-----\nc2Vj\ncmV0\n-----END PRIVATE KEY-----', 'cmV0'],
    ['-----BEGIN%20RSA%20PRIVATE%20KEY-----c2VjcmV0-----END%20RSA%20PRIVATE%20KEY-----', 'c2VjcmV0'],
    [`key ${'c2VjcmV0'.repeat(10)}c2VjcmQ==`, 'c2VjcmV0'],
    ['Bea\u202erer\u200b c2VjcmV0', 'c2VjcmV0'],
  ])('loses what looks like a credential: %s', (credential, secret) => {
    const shown = sanitize(`Refused: ${credential} was sent`);
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain(secret);
    expect(shown).toMatch(/^Refused: .*was sent$/);
  });

  it.each([
    'The managed identity gave no token: Error: ECONNREFUSED',
    'Error code: 7, "code":"Forbidden", status=403',
    'SharedAccessKeyName=sender, key: 1, https://host.example/a@b',
    'request-id 198d7140-80bb-4843-8cc4-811377a49a92 (2026-01-31T17:00:01Z)',
  ])('keeps what only resembles a credential: %s', (text) => {
    expect(sanitize(text)).toBe(text);
  });

  it('loses a key in PEM that is cut off', () => {
    expect(sanitize(`Refused: -----BEGIN PRIVATE KEY-----\n${'c2Vj\n'.repeat(1_000)}`)).toBe(
      'Refused: [redacted]',
    );
  });

  it('is looked at up to 2,048 characters, whatever becomes of them', () => {
    expect(sanitize(`Bearer ${'x'.repeat(2_040)} tail`)).toBe('[redacted]');
    expect(sanitize(`Bearer ${'x'.repeat(2_036)} tail`)).toBe('[redacted] tail');
  });

  it('loses a credential that stands at the very end of what is kept', () => {
    expect(sanitize(`${' '.repeat(1_990)}Bearer ${'s3cret'.repeat(50)}`)).toBe('[redacted]');
  });
});

describe('plain text', () => {
  it.each([
    ['a\u001b[31mb\u009b', 'a [31mb '],
    ['a\u202e\u2066b\u2069\u061c\u200e', 'ab'],
    ['\ufeffa\u200bb\u{e0041}', 'ab'],
    ['a\u2028b\r\nc', 'a b c'],
    [`\u{1F468}\u200d\u{1F4BB} é`, `\u{1F468}\u200d\u{1F4BB} é`],
  ])('has nothing in it that is invisible or turns it around: %j', (text, plain) => {
    expect(toPlainText(text)).toBe(plain);
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
    '\u061c',
    '\u200b',
    '\ufeff',
    '\u{e0041}',
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
  it.each([
    '=1',
    '+1',
    '-1',
    '@SUM(1)',
    '\t=1',
    '\r=1',
    '\uff1d1',
    '\uff0b1',
    '\uff0d1',
    '\uff201',
    '\n=1',
    '\n',
    '  =1',
    ' \u200b\u00a0+1',
    '\u0000@x',
  ])('gets an apostrophe: %j', (text) => {
    expect(escapeFormula(text)).toBe(`'${text}`);
  });

  it.each(['1=1', 'a', '', ' a', '(=1)'])('is not %j', (text) => {
    expect(escapeFormula(text)).toBe(text);
  });
});
