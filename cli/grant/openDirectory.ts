import { watchConnection } from '../command/connectionWatch.ts';
import { getToken } from '../command/signIn.ts';
import type { GraphSource } from '../partners/graphSource.ts';
import { createDirectory, type Directory } from './directory.ts';
import { createDirectoryClient } from './directoryClient.ts';

/**
 * Signs in and opens the directory of the tenant.
 *
 * @throws {UnreachableError} if the caller cannot be signed in
 */
export async function openDirectory(source: GraphSource): Promise<Directory> {
  const { name, hint } = source;
  const token = await watchConnection(`the identity of ${name}`, { hint })(() => getToken(source));
  return createDirectory(createDirectoryClient(source, token));
}
