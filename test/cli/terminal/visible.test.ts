import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeVisible, toVisibleJson } from '../../../cli/terminal/visible.ts';

/** What a terminal obeys, what turns text around, and what nobody sees. */
const hidden = [
  '\u0000',
  '\u0007',
  '\u001b',
  '\u007f',
  '\u009b', // control characters
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202e',
  '\u2066',
  '\u2069', // directions
  '\u00ad',
  '\u034f',
  '\u115f',
  '\u180e',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\ufe0f',
  '\ufeff',
  '\u3164',
  '\u{e0001}',
  '\u{e0041}',
  '\u{e007f}', // tags
];

describe('a line for a person', () => {
  it.each(hidden)('spells out %j', (character) => {
    const code = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    expect(makeVisible(`a${character}b`)).toBe(`a<U+${code}>b`);
  });

  it.each(['\n', '\r', '\t', '\u2028', '\u2029'])('is not broken by %j', (character) => {
    expect(makeVisible(`a${character}b`)).toBe('a b');
  });

  it.each(['é', '株式会社', 'עברית', 'العربية', '👍', '👍🏽', '👨‍👩‍👧', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '❤️', 'e\u0301', '<U+202E>'])(
    'leaves %s alone',
    (text) => {
      expect(makeVisible(text)).toBe(text);
    },
  );

  it('holds nothing of that, whatever it is made of', () => {
    const text = fc.array(fc.oneof(fc.constantFrom(...hidden, '\n'), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(text, (parts) => {
        expect(makeVisible(parts.join(''))).not.toMatch(
          /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/u,
        );
      }),
    );
  });
});

describe('JSON for a program', () => {
  it.each(hidden)('escapes %j, and stands for the same value', (character) => {
    const value = { [`k${character}`]: `a${character}b` };
    const json = toVisibleJson(value);
    expect(json).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(json)).toEqual(value);
  });
});
