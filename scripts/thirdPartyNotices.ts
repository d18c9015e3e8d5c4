import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Licences that ask for nothing but their text. */
const LICENSES = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/**
 * The licences, and the notices, of all packages that have code in the bundles: each text once, below the packages
 * that it is of.
 *
 * @throws if a package has no text, or a licence that nobody has looked at yet
 */
export function thirdPartyNotices({ outputs }: Metafile): string {
  const paths = Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);
  // What stands before a colon is not a folder but a plug-in of the build.
  const folders = paths.flatMap(
    (path) => /^(?:[^:]*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  );
  const packages = [...new Set(folders)].sort().map(readPackage);
  const byText = Map.groupBy(packages, ({ text }) => text);
  return [...byText]
    .map(([text, alike]) => [...new Set(alike.map(({ title }) => title)), '', text, ''].join('\n'))
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function readPackage(folder: string): { title: string; text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|thirdparty)/i.test(file));
  if (!LICENSES.has(license) || !files.some((file) => /^licen[cs]e/i.test(file))) {
    throw new Error(`${name} has the licence ${license} and the files ${files.join(', ') || 'none'}.`);
  }
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
  return {
    title: `${name} ${version} (${license})`,
    text: texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n'),
  };
}
