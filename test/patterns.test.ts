import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAst } from 'vitest/node';
import { findHostileText } from './helpers/patternGrowth.ts';

/** Every regular expression in the code, by the file it stands in. */
const patterns = globSync('{shared,functions,cli}/**/*.ts').flatMap((path) =>
  regularExpressionsIn(readFileSync(path, 'utf8')).map((pattern) => [path, pattern] as const),
);

function regularExpressionsIn(code: string): RegExp[] {
  const found: RegExp[] = [];
  JSON.stringify(parseAst(code, { lang: 'ts' }), (_, node) => {
    if (node?.regex) found.push(new RegExp(node.regex.pattern, node.regex.flags));
    return typeof node === 'bigint' ? undefined : node;
  });
  return found;
}

it('the regular expressions of the app and the commands are found', () => {
  expect(patterns.length).toBeGreaterThan(50);
  expect(regularExpressionsIn("const a: RegExp = /a/g; // /b/\nconst c = ['/d/', 1 / 2 / 3];")).toEqual([
    /a/g,
  ]);
});

describe('a pattern whose work is more than linear is found out', () => {
  it.each([
    /[.\s]+$/,
    /<[^>]*>/g,
    /<(script|style)\b.*?<\/\1>/gis,
    /"(?:[^"\\]|\\.)*"(\s*:)?/g,
    /\s*:$/,
    /(a|b|ab)*c/,
  ])('%s', (pattern) => {
    expect(findHostileText(pattern)).toBeDefined();
  });
});

describe('the work of a pattern grows with the text, and no faster', () => {
  it.each(patterns)('%s: %s', (_, pattern) => {
    expect(findHostileText(pattern)).toBeUndefined();
  });
});
