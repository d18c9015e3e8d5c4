import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const pages = ['README.md', ...globSync('docs/**/*.md')];

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const links = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(
    ([, link]) => [page, link ?? ''] as const,
  ),
);

it('there are links between the pages', () => {
  expect(links.length).toBeGreaterThan(10);
});

it.each(pages.filter((page) => page !== 'README.md'))('the README leads to %s', (page) => {
  expect(links).toContainEqual(['README.md', page]);
});

it.each(globSync('shared/*/').map((room) => `../${room.replace(/\/$/, '')}`))(
  'the architecture names the room %s',
  (room) => {
    expect(links).toContainEqual(['docs/architecture.md', room]);
  },
);

it.each(links)('%s links to something that is there: %s', (page, link) => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  expect(existsSync(target)).toBe(true);
  if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor);
});
