import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const bundles = globSync('dist/**/*.cjs');

describe('the source map of a bundle', () => {
  it.each(bundles)('is outside of the package and names sources that are there: %s', (bundle) => {
    const link = /\n\/\/# sourceMappingURL=(.+)\n$/.exec(readFileSync(bundle, 'utf8'))?.[1] ?? '';
    const map = join(dirname(bundle), link);
    expect(map).toMatch(/^dist\.maps[\\/]/);
    const { sources } = JSON.parse(readFileSync(map, 'utf8')) as { sources: string[] };
    const own = sources.filter((source) => /^(?:\.\.\/)+shared\//.test(source));
    expect(own.length).toBeGreaterThan(0);
    for (const source of own) expect(existsSync(join(dirname(map), source))).toBe(true);
  });

  it('is there for each of them', () => {
    expect(bundles.length).toBeGreaterThan(1);
  });
});
