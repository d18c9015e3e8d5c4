import { createDirectoryClient } from '../azure/directoryClient.ts';
import type { GraphSource } from '../azure/graphSource.ts';
import { getToken } from '../azure/signIn.ts';
import { watchConnection } from '../command/connectionWatch.ts';
import { createDirectory, type Directory } from './directory.ts';

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
