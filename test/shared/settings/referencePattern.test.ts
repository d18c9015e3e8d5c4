import { describe, expect, it } from 'vitest';
import { readReferencePattern } from '../../../shared/settings/referencePattern.ts';
import { findHostileText } from '../../helpers/patternGrowth.ts';

/** As long as a reference may be. */
const LONGEST = 256;

describe('a pattern of references', () => {
  it.each([
    ['CHG[0-9]{7}', 'CHG0031337', 'CHG003133'],
    ['(?:CHG|INC|RITM|PRB|TASK|CTASK|REQ|SCTASK|STRY)\\d{7,9}', 'RITM0031337', 'FOO0031337'],
    ['[A-Z][A-Z0-9]+-[0-9]+', 'OPS2-117', 'ops-117'],
    ['[A-Z]{2,10}-[0-9]+(?:\\.[0-9]{1,3})?', 'OPS-117.2', 'O-117'],
    ['(?<kind>CHG)-?\\d+|[A-Z]+-\\d+|n/a', 'n/a', 'n/a CHG1'],
    ['(?:[0-9a-f]{8}-)?[0-9a-f]{4}', '0123cdef-abcd', 'abcd-'],
    ['[(*|]{2}\\(\\)', '(*()', '()'],
    ['\\p{Lu}+\\u{61}', 'ÄÖa', 'äa'],
    ['CHG|INC', 'INC', 'CHGINC'],
  ])('%s matches %s, and not %s', (pattern, match, other) => {
    const compiled = readReferencePattern(pattern);
    expect(compiled?.test(match)).toBe(true);
    expect(compiled?.test(other)).toBe(false);
  });

  it.each([
    '(',
    ')(',
    'a{2,1}',
    'CHG)|(INC',
    '(?:\\d{65000}){65000}',
    '(a+)+',
    '(a*)*',
    '(a|a)*',
    '(a|ab)+',
    '(?:a?){20}',
    '((a)*b)*',
    '(?:(?:a|b)c)*',
    '(?i:a+)+',
    '([a-z]+[0-9]?)*',
    '(a)\\1',
    '(?<n>a)\\k<n>',
    '(?=a)a',
    '(?<!b)a',
    'a*a*a*',
    'a*a*a{1,9}',
    '[a-z]+.*x{2,}y',
    `${'a?'.repeat(30)}b`,
    `${'(?:a|a)'.repeat(30)}b`,
    `${'(?:a{0,1}|a)'.repeat(12)}b`,
    `${'a{0,200}'.repeat(3)}b`,
    `${'a??'.repeat(12)}b`,
  ])('that may take very long is refused: %s', (pattern) => {
    expect(readReferencePattern(pattern)).toBeUndefined();
  });

  const costly = [
    'a*a*',
    '(?:a)*(?:a)*',
    'a+.+',
    `${'a?'.repeat(8)}[^b]*`,
    `${'(?:a|a)'.repeat(17)}`,
    `${'a{0,1}'.repeat(17)}`,
    'a{0,49}a{0,49}a{0,49}',
    '(?:aa|aa)(?:a)*(?:a)*a{60}',
    `${'(?:a|a)'.repeat(17)}a{200}c`,
  ];

  it.each(costly)(
    'at the limit of what is taken costs no more than its ways times the text: %s',
    (pattern) => {
      const compiled = readReferencePattern(pattern);
      if (!compiled) throw new Error('It is refused.');
      const work = workOf(compiled, `${'a'.repeat(LONGEST)}b`);
      // Some 2.8 million steps. 2^17 ways times the text are twelve times as many, with room for a busy machine; the
      // patterns above that are refused take thousands of times as many.
      const reference = workOf(/^(?:.{0,256}){3}\0$/u, 'a'.repeat(LONGEST));
      expect(work / reference).toBeLessThan(100);
    },
  );

  it.each(['CHG[0-9]{7}', '(?:CHG|INC)[0-9]{7}', '[A-Z]{2,10}-[0-9]+'])(
    'that is usual takes time in proportion to the text: %s',
    (pattern) => {
      const compiled = readReferencePattern(pattern);
      expect(compiled && findHostileText(compiled)).toBeUndefined();
    },
  );
});

/** The least of some measurements, which a busy machine does not change much. */
function workOf(pattern: RegExp, text: string): number {
  const measured = Array.from({ length: 3 }, () => {
    const start = performance.now();
    pattern.test(text);
    return performance.now() - start;
  });
  return Math.min(...measured);
}
