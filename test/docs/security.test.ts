import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');

/** What docs/security.md shows a guard by: a test file, and how the names of its tests begin. */
const evidence = [
  ...page.matchAll(
    /`((?:(?:cli|e2e|infra\/checks|shared)\/[\w/]+)|dependencies|deployment|patterns)`((?:,? \*[^*]+\*)*)/g,
  ),
].flatMap(([, file = '', tests = '']) => {
  const names = [...tests.matchAll(/\*([^*]+?)…?\*/g)].map(([, name = '']) => name);
  return (names.length > 0 ? names : ['']).map((name) => [file, name] as const);
});

it('docs/security.md refers to tests', () => {
  expect(evidence.length).toBeGreaterThan(30);
});

it.each(evidence)('docs/security.md refers to a test that is there: %s %s', (file, name) => {
  const path = `test/${file}.test.ts`;
  expect([path, existsSync(path)]).toEqual([path, true]);
  expect(readFileSync(path, 'utf8')).toContain(name);
});

it('docs/security.md tells of every attacker that it lists', () => {
  const links = [...page.matchAll(/^\| \[[^\]]+\]\(#([\w-]+)\)/gm)].map(([, anchor]) => anchor);
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
  expect(links).toEqual(headings);
});
