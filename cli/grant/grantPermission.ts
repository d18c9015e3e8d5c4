import { createRetry, type Retry } from '../../shared/kit/retry.ts';
import { sleep } from '../../shared/kit/sleep.ts';
import { openApi } from '../azure/callAzure.ts';
import { signedInGraph } from '../azure/graph.ts';
import type { InputOf } from '../command/definition.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { parsePrincipalId } from '../command/guid.ts';
import { note, print, printJson } from '../terminal/print.ts';
import { changeGrant, type GrantAction } from './changeGrant.ts';
import type { grant as command } from './command.ts';
import { describeGrant, grantJson } from './describeGrant.ts';
import { createDirectory } from './directory.ts';

type GrantInput = InputOf<typeof command>;

/** How long it may take until all of Graph knows a new identity. */
const NEW_IDENTITY_MS = 60_000;

export async function grantPermission({
  principal,
  check,
  revoke,
  graph,
  json,
}: GrantInput): Promise<number> {
  if (check && revoke) throw new UsageError('--check and --revoke do not go together.');
  const action: GrantAction = check ? 'check' : revoke ? 'revoke' : 'grant';
  const principalId = principal ?? principalInEnvironment();
  const graphService = signedInGraph(graph);
  const directory = createDirectory(openApi(graphService));
  const report = await changeGrant(directory, action, principalId, retryForNewIdentity());

  const lines = describeGrant({ action, principalId, baseUrl: graphService.baseUrl }, report);
  const isGranted = report.kind === 'known' ? report.isGranted : undefined;
  const isAsWanted = isGranted === (action !== 'revoke');
  if (json) await printJson(grantJson(principalId, report));
  if (!isAsWanted) note(...lines);
  else if (!json) await print(...lines);
  return isAsWanted ? exitCodes.done : exitCodes.notGranted;
}

/** @throws {UsageError} if it is not set */
function principalInEnvironment(): string {
  const id = process.env.IDENTITY_PRINCIPAL_ID?.trim();
  if (id) return parsePrincipalId(id, 'IDENTITY_PRINCIPAL_ID');
  throw new UsageError(
    'Which identity? Pass --principal with its principal id (object id). azd sets IDENTITY_PRINCIPAL_ID: run azd hooks run postprovision.',
  );
}

function retryForNewIdentity(): Retry {
  let hasSaidWhy = false;
  return createRetry({
    budgetMs: NEW_IDENTITY_MS,
    sleep: (ms) => {
      if (!hasSaidWhy) note('Microsoft Graph does not know this identity. A new one takes a moment …');
      hasSaidWhy = true;
      return sleep(ms);
    },
  });
}
