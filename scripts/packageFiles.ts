import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };

/**
 * Writes what the Functions host and the Node.js worker read besides the bundles: host.json, and a package.json that
 * names the functions from where it is.
 */
export async function writePackageFiles(directory: string): Promise<void> {
  const { name, version, license } = packageJson;
  const deployed = { name, version, license, private: true, main: 'functions/*.cjs' };
  await copyFile('host.json', join(directory, 'host.json'));
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(deployed, null, 2)}\n`);
}
