import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { expect, it } from 'vitest';

it('nothing but cli/terminal/ writes to a terminal: what it prints is made visible first', async () => {
  const files = await Array.fromAsync(glob('cli/**/*.{ts,mjs}'));
  const others = files.filter((file) => !file.startsWith('cli/terminal/'));
  expect(others.length).toBeGreaterThan(40);
  const writing = others.filter((file) =>
    /\bconsole\b|\bstdout\b|\bstderr\b|writeSync|\/dev\/tty/.test(readFileSync(file, 'utf8')),
  );
  expect(writing).toEqual([]);
});
