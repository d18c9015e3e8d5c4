import { createRetry } from '../../shared/kit/retry.ts';
import { sleep } from '../../shared/kit/sleep.ts';
import { openApi, RefusedError } from '../azure/callAzure.ts';
import type { AzureService } from '../azure/signIn.ts';
import { UnreachableError } from '../command/errors.ts';
import { changeGrant } from '../grant/changeGrant.ts';
import { createDirectory } from '../grant/directory.ts';
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
export function grantCheck(graph: AzureService, principalId: string | undefined): Check {
  return {
    name: 'the identity has its permission',
    async run() {
      if (!principalId) return unset('IDENTITY_PRINCIPAL_ID', 'the principal id of the identity');
      try {
        return await look(graph, principalId);
      } catch (error) {
        if (error instanceof RefusedError) return unexpectedResponse(graph.name, error.status);
        if (error instanceof UnreachableError) return unreachable(error);
        throw error;
      }
    },
  };
}

async function look(graph: AzureService, principalId: string): Promise<Finding> {
  const directory = createDirectory(openApi(graph, { budgetMs: 0 }));
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
        'Set IDENTITY_PRINCIPAL_ID to the principal id (object id) of the identity; azd provision --no-state sets it.',
      );
    case 'refused':
      return skipped(
        'you may not see which permissions the identity has',
        `Ask an administrator to run npx epc grant --check --principal ${principalId}.`,
      );
  }
}
