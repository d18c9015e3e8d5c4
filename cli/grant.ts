import { createRetry, type Retry } from '../shared/kit/retry.ts';
import { toJsonLine } from '../shared/kit/sanitize.ts';
import { sleep } from '../shared/kit/sleep.ts';
import { UnreachableError, UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';
import { isGuid } from './command/guid.ts';
import { readArguments } from './command/readArguments.ts';
import { runCommand } from './command/runCommand.ts';
import { changeGrant, type GrantAction } from './grant/changeGrant.ts';
import { describeGrant, toObject } from './grant/describeGrant.ts';
import { PERMISSION } from './grant/directory.ts';
import { RefusedError } from './grant/directoryClient.ts';
import { openDirectory } from './grant/openDirectory.ts';
import { signedInGraph } from './grant/signedInGraph.ts';
import { graphOrigins } from './partners/graphSource.ts';

const usage = `Give the identity of the app the permission ${PERMISSION} of Microsoft Graph.

  npm run grant [-- options]

  --principal ID       the principal id (object id) of the identity;
                       default: IDENTITY_PRINCIPAL_ID, which azd sets
  --check              only look whether it has the permission
  --revoke             take the permission back
  --graph URL          ${graphOrigins.join(' or ')};
                       default: GRAPH_BASE_URL, else the first
  --json               print one JSON object (npm run --silent grant -- …)
  --help

It asks Graph with your own Entra sign-in (az login or azd auth login). To grant or to take back takes
the role Privileged Role Administrator, or an application with the permissions
AppRoleAssignment.ReadWrite.All and Application.Read.All.

Exit code:
  0  it has the permission; with --revoke, it does not
  1  otherwise, or you may not grant it, take it back or look
  2  wrong usage
  5  Graph or the sign-in could not be reached or refused`;

/** How long it may take until all of Graph knows a new identity. */
const NEW_IDENTITY_MS = 60_000;

await runCommand('grant', usage, async (args) => {
  const { values } = readArguments(args, {
    principal: { type: 'string' },
    check: { type: 'boolean', default: false },
    revoke: { type: 'boolean', default: false },
    graph: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  if (values.check && values.revoke) throw new UsageError('--check and --revoke do not go together.');
  const action: GrantAction = values.check ? 'check' : values.revoke ? 'revoke' : 'grant';
  const principalId = findPrincipalId(values.principal);
  const source = signedInGraph(values.graph);

  const { name, baseUrl } = source;
  const directory = await openDirectory(source);
  const report = await changeGrant(directory, action, principalId, retryForNewIdentity()).catch(
    (error: unknown) => {
      if (!(error instanceof RefusedError)) throw error;
      throw new UnreachableError(`${name} responded with ${error.status}: ${error.message}`);
    },
  );

  const text = describeGrant({ action, principalId, baseUrl }, report);
  const isGranted = report.kind === 'known' ? report.isGranted : undefined;
  const isAsWanted = isGranted === (action !== 'revoke');
  if (values.json) console.log(toJsonLine(toObject(principalId, report)));
  if (!isAsWanted) console.error(text);
  else if (!values.json) console.log(text);
  return isAsWanted ? exitCodes.done : exitCodes.notGranted;
});

/** @throws {UsageError} if it is none */
function findPrincipalId(option: string | undefined): string {
  const [source, id] =
    option === undefined
      ? ['IDENTITY_PRINCIPAL_ID', process.env.IDENTITY_PRINCIPAL_ID?.trim()]
      : ['--principal', option];
  if (!id && option === undefined) {
    throw new UsageError(
      'Which identity? Pass --principal with its principal id (object id). azd sets IDENTITY_PRINCIPAL_ID: run azd hooks run postprovision.',
    );
  }
  if (!isGuid(id ?? '')) {
    throw new UsageError(`${source} is ${id}; write a principal id (object id), a GUID.`);
  }
  return id ?? '';
}

function retryForNewIdentity(): Retry {
  let hasSaidWhy = false;
  return createRetry({
    budgetMs: NEW_IDENTITY_MS,
    sleep: (ms) => {
      if (!hasSaidWhy)
        console.error('Microsoft Graph does not know this identity. A new one takes a moment …');
      hasSaidWhy = true;
      return sleep(ms);
    },
  });
}
