import { healthChecks } from '../health/healthChecks.ts';
import { newestRecordCheck } from '../health/newestRecordCheck.ts';
import { readInstallation } from '../health/readInstallation.ts';
import { runChecks } from '../health/runChecks.ts';
import { findSources } from '../health/sources.ts';
import { withNamespace } from '../serviceBus/connect.ts';
import type { NamespaceInput } from '../serviceBus/namespaceOptions.ts';
import { findTarget } from '../serviceBus/target.ts';
import { type Board, startBoard } from './boardServer.ts';

/**
 * Serves the board of the namespace that the options name, until it is closed.
 *
 * @param port 0 takes a free one
 * @throws {UsageError} for options and variables that are wrong
 * @throws {UnreachableError} if Service Bus cannot be reached
 */
export async function openBoard({
  port,
  ...connection
}: Partial<NamespaceInput> & { readonly port: number }): Promise<Board> {
  const input = { namespace: undefined, 'web-sockets': false, ...connection };
  const target = findTarget(input.namespace);
  const sources = findSources(target);
  const opened = Promise.withResolvers<Board>();
  const closed = Promise.withResolvers<void>();
  const served = withNamespace(input, async (namespace) => {
    const board = await startBoard({
      port,
      async look() {
        const installation = await readInstallation(namespace, target, sources);
        const checks = [
          ...healthChecks(async () => installation, sources.env),
          newestRecordCheck(sources, installation),
        ];
        return { installation, findings: await runChecks(checks) };
      },
    });
    opened.resolve(board);
    await closed.promise;
    await board.close();
  });
  served.catch(opened.reject);
  const { url } = await opened.promise;
  return {
    url,
    async close() {
      closed.resolve();
      await served;
    },
  };
}
