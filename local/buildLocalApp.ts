import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildApp } from '../scripts/build.ts';
import { readLocalSettings } from './localSettings.ts';

/**
 * Builds the app into a folder of its own, which no other run or build touches, with source maps and with the
 * settings of local.settings.json. The certificate authority is left out: its file is elsewhere, and whoever starts
 * the host names it.
 *
 * @returns the folder of the app
 */
export async function buildLocalApp(directory: string): Promise<string> {
  const appRoot = join(directory, 'app');
  await buildApp(appRoot, { sourcemap: true });
  const { NODE_EXTRA_CA_CERTS, ...Values } = readLocalSettings(pathToFileURL(join(process.cwd(), '/')));
  await writeFile(
    join(appRoot, 'local.settings.json'),
    JSON.stringify({ IsEncrypted: false, Values }, null, 2),
  );
  return appRoot;
}
