import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

type Locked = { resolved?: string; integrity?: string; hasInstallScript?: boolean };
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>;
};
const installed = Object.entries(packages).filter(([path]) => path !== '');
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

it('only the package that brings Node may run an install script, and docs/security.md names the others', () => {
  const withScripts = installed
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => nameOf(path));
  expect(packageJson.allowScripts).toEqual({ node: true });
  expect([...new Set(withScripts)].sort()).toEqual(['esbuild', 'node', 'protobufjs']);
  const documented = readFileSync('docs/security.md', 'utf8');
  for (const name of withScripts) expect(documented).toContain(`\`${name}\``);
});

it('every package is locked by its hash, and none by an address other than the registry of whoever installs', () => {
  expect(installed.length).toBeGreaterThan(0);
  for (const [path, { resolved, integrity }] of installed) {
    expect([path, integrity]).toEqual([path, expect.stringMatching(/^sha512-/)]);
    expect([path, resolved ?? 'https://registry.npmjs.org/']).toEqual([
      path,
      expect.stringMatching(/^https:\/\/registry\.npmjs\.org\//),
    ]);
  }
});

it('nothing in package.json comes from a repository, a folder or an address', () => {
  const versions = Object.values({ ...packageJson.dependencies, ...packageJson.devDependencies });
  for (const version of versions) expect(version).toMatch(/^[~^]?\d+\.\d+\.\d+$/);
});
