import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from '../../../shared/receive/jsonFault.ts';

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('a slip in JSON', () => {
  it.each([
    ['{\n  "a": 1,\n  "bc": true,\n}', 'line 3, column 13: a trailing comma'],
    ['[1, 2,]', 'line 1, column 6: a trailing comma'],
    ['{ "a": "x\ny" }', 'line 1, column 8: a text with a line break in it, at line 1, column 10; write \\n'],
    ['{ “a”: 1 }', 'line 1, column 3: a typographic quotation mark; use "'],
    ["{ 'a': 1 }", 'line 1, column 3: a single quotation mark; use "'],
    ['{ "a": True }', 'line 1, column 8: True; write true'],
    ['{ "a": None }', 'line 1, column 8: None; write null'],
    ['{ "a": yes }', 'line 1, column 8: yes without quotation marks'],
    ['{ a: 1 }', 'line 1, column 3: a without quotation marks'],
    ['{ "a": 1 }\u0000', 'line 1, column 11: a NUL character'],
    ['{ "a": "\u0000" }', 'a text with a control character (U+0000) at line 1, column 9; write \\u0000'],
    ['{ "a": "C:\\temp\\x" }', 'a text with a backslash at line 1, column 16 that begins no escape'],
    ['{ "a": "x }', 'line 1, column 8: a text without its closing quotation mark'],
    ['{ "a": 1', 'line 1, column 9: the end of the text, too early'],
    ['', 'line 1, column 1: the end of the text, too early'],
    ['{ "a": 1\r\n  "b": 2 }', 'line 2, column 3: "b", where a comma is missing'],
    ['{ "a" 1 }', 'line 1, column 7: 1, where a colon is missing'],
    ['{ "a": 1 } { }', 'line 1, column 12: something after the end of the JSON'],
    ['{ "a": 1 // why\n}', 'line 1, column 10: a comment'],
    ['{ "a": 01 }', 'line 1, column 8: 01 without'],
    ['{ "😀": é }', 'line 1, column 8: é without quotation marks'],
    ['{ "a": = }', 'line 1, column 8: the character "="'],
    ['{ "a": } }', 'line 1, column 8: }, which is out of place'],
    ['{ : 1 }', 'line 1, column 3: :, which is out of place'],
    ['{ "a": 1, , "b": 1 }', 'line 1, column 11: ,, where a name in quotation marks is missing'],
  ])('%j is named, with its place', (text, fault) => {
    expect(findJsonFault(text)).toContain(fault);
  });

  it('is there if, and only if, a text is not JSON', () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\ \n1-.eE0tn',
      'true',
      'null',
      '"a"',
      '\\u00e9',
      'x',
      '{"a":',
      '1e5',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(findJsonFault(text) === undefined).toBe(isJson(text));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('is found in JSON that one character has been taken out of', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, place) => {
        const text = json.slice(0, place % json.length) + json.slice((place % json.length) + 1);
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      }),
    );
  });
});
