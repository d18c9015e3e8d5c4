import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildApp } from '../scripts/build.ts';

/**
 * Builds the app into a folder of its own, which no other run or build touches, with source maps and with the
 * settings of local.settings.json.
 *
 * @returns the folder of the app
 */
export async function buildLocalApp(directory: string): Promise<string> {
  const appRoot = join(directory, 'app');
  await buildApp(appRoot, { sourcemap: true });
  await copyFile('local.settings.json', join(appRoot, 'local.settings.json'));
  return appRoot;
}
