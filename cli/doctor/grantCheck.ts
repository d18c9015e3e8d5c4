import { createRetry } from '../../shared/kit/retry.ts';
import { sleep } from '../../shared/kit/sleep.ts';
import { RefusedError } from '../azure/directoryClient.ts';
import type { GraphSource } from '../azure/graphSource.ts';
import { UnreachableError } from '../command/errors.ts';
import { changeGrant } from '../grant/changeGrant.ts';
import { openDirectory } from '../grant/openDirectory.ts';
import { PERMISSION } from '../grant/permission.ts';
import {
  type Check,
  type Finding,
  ok,
  skipped,
  unexpectedResponse,
  unreachable,
  unset,
  wrong,
} from './check.ts';

/** Whether the identity of the app has its permission. */
export function grantCheck(source: GraphSource, principalId: string | undefined): Check {
  return {
    name: 'the identity has its permission',
    async run() {
      if (!principalId) return unset('IDENTITY_PRINCIPAL_ID', 'the principal id of the identity');
      try {
        return await look(source, principalId);
      } catch (error) {
        if (error instanceof UnreachableError) return unreachable(error);
        if (error instanceof RefusedError) {
          return unexpectedResponse(source.name, error.status);
        }
        throw error;
      }
    },
  };
}

async function look(source: GraphSource, principalId: string): Promise<Finding> {
  const directory = await openDirectory(source);
  const report = await changeGrant(directory, 'check', principalId, createRetry({ budgetMs: 0, sleep }));
  switch (report.kind) {
    case 'known': {
      const { displayName } = report.principal;
      if (report.isGranted) return ok(`${displayName} has ${PERMISSION}`);
      return wrong(`${displayName} does not have ${PERMISSION}`, 'Run npx epc grant.');
    }
    case 'unknownPrincipal':
      return wrong(
        `no identity has the principal id ${principalId}`,
        'Set IDENTITY_PRINCIPAL_ID to the principal id (object id) of the identity; azd provision sets it.',
      );
    case 'refused':
      return skipped(
        'you may not see which permissions the identity has',
        `Ask an administrator to run npx epc grant --check --principal ${principalId}.`,
      );
  }
}
