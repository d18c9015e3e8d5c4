import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { commands } from '../../cli/commands.ts';
import packageJson from '../../package.json' with { type: 'json' };

const files = ['*.md', 'docs/**/*.md', 'azure.yaml', '.github/**/*.yml', '.vscode/*.json'];
const pages = await Array.fromAsync(glob(files));
const definitions = new Map(commands.map(({ definition }) => [definition.name, definition]));

/** Text in which a command of several lines is on one. */
const joined = (page: string) => readFileSync(page, 'utf8').replace(/\\\n\s*/g, ' ');

it('pages name commands and options that are there', () => {
  const named = new Set<string>();
  for (const page of pages) {
    for (const [whole, name = '', rest = ''] of joined(page).matchAll(/npx epc ([a-z][\w-]*)([^\n`|)]*)/g)) {
      const definition = definitions.get(name);
      expect(definition, `${page}: ${whole}`).toBeDefined();
      named.add(name);
      for (const [, option = ''] of rest.matchAll(/(?<=^|\s|\[)--([a-z-]+)/g)) {
        const options = ['help', ...Object.keys(definition?.options ?? {})];
        expect(options, `${page}: ${whole}`).toContain(option);
      }
    }
  }
  expect([...named].sort()).toEqual([...definitions.keys()].sort());
});

it('pages name scripts of package.json that are there', () => {
  for (const page of pages) {
    for (const [whole, name = ''] of joined(page).matchAll(/npm run (?:--silent |-s )?([a-z][\w:-]*)/g)) {
      expect(Object.keys(packageJson.scripts), `${page}: ${whole}`).toContain(name.replace(/:$/, ''));
    }
  }
});
