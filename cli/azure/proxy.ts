import http from 'node:http';
import { UsageError } from '../command/errors.ts';

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
const THIS_MACHINE = ['localhost', '127.0.0.1', '::1', '[::1]'];

/**
 * Lets everything in this process use the proxy that HTTP_PROXY and HTTPS_PROXY name, for other machines than this one:
 * the stand-ins are here, and so is the endpoint that a managed identity proves itself to.
 *
 * @throws {UsageError} if that is not a proxy
 */
export function useProxy(env: NodeJS.ProcessEnv = process.env): void {
  const direct = [env.no_proxy ?? env.NO_PROXY, ...THIS_MACHINE].filter(Boolean).join(',');
  // Which of the two goes first differs between those who read them.
  Object.assign(env, { no_proxy: direct, NO_PROXY: direct });
  const name = VARIABLES.find((one) => env[one]);
  if (name === undefined) return;
  try {
    // Node has it from 24.14 on.
    (http as Partial<typeof http>).setGlobalProxyFromEnv?.(env);
  } catch (error) {
    throw new UsageError(`${name} is not the address of a proxy; write http://HOST:PORT.`, { cause: error });
  }
}
