import { describe, expect, it } from 'vitest';
import { excerpt, sanitize } from '../../shared/sanitize.ts';

describe('an excerpt of what a sender wrote', () => {
  it.each([
    ['short', '"short"'],
    [42, '42'],
    [undefined, 'nothing'],
    [[1], 'an array'],
    [{ a: 1 }, 'an object'],
    ['line\nbreak', '"line\\nbreak"'],
  ])('%j is quoted as %s', (value, quoted) => {
    expect(excerpt(value)).toBe(quoted);
  });

  it('is bounded', () => {
    expect(excerpt('x'.repeat(10_000)).length).toBeLessThan(70);
    expect(excerpt('\u{1F600}'.repeat(10_000)).isWellFormed()).toBe(true);
  });
});

describe('text from outside', () => {
  it('becomes one bounded, well-formed line', () => {
    expect(sanitize(' a\r\n\tb\u2028c\0 ')).toBe('a b c');
    expect(sanitize('x'.repeat(10_000))).toHaveLength(1024);
    expect(sanitize('\ud800')).toBe('\ufffd');
  });

  it.each([
    'Bearer abc.def-ghi',
    'eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2ln',
    'SharedAccessKey=c2VjcmV0',
    'SharedAccessSignature sr=x&sig=c2VjcmV0',
    '{"access_token":"c2VjcmV0"}',
    'client_secret=c2VjcmV0',
  ])('loses what looks like a credential: %s', (secret) => {
    const shown = sanitize(`Refused: ${secret} was sent`);
    expect(shown).toContain('[redacted]');
    expect(shown).not.toMatch(/abc\.def|eyJ|c2VjcmV0/);
    expect(shown).toMatch(/^Refused: /);
  });
});
