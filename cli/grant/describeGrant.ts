import { graphOrigins } from '../azure/origins.ts';
import { PROGRAM } from '../command/help.ts';
import type { GrantAction, GrantReport } from './changeGrant.ts';
import type { Principal } from './directory.ts';
import { PERMISSION } from './permission.ts';

type Refused = Extract<GrantReport, { kind: 'refused' }>;

/** What a person is told about: whose permission, where, and what was to be done about it. */
export type GrantRequest = {
  readonly action: GrantAction;
  readonly principalId: string;
  /** The origin of Graph. */
  readonly baseUrl: string;
};

/** Says how it stands, and what to do if it is not as it should be. */
export function describeGrant(request: GrantRequest, report: GrantReport): string[] {
  switch (report.kind) {
    case 'known':
      return describeKnown(request, report);
    case 'unknownPrincipal':
      return [
        `No identity in the tenant has the principal id ${request.principalId}.`,
        'Pass the principal id (object id) of the identity, not its client id, and sign in to its tenant:',
        '',
        '  az identity show --resource-group GROUP --name IDENTITY --query principalId --output tsv',
      ];
    case 'refused':
      return describeRefusal(request, report);
  }
}

/** How it stands, for a program. `isGranted` is absent if it could not be found out. */
export function grantJson(principalId: string, report: GrantReport): object {
  const common = { permission: PERMISSION, principalId };
  switch (report.kind) {
    case 'known': {
      const { principal, isGranted, isChanged } = report;
      return { ...common, displayName: principal.displayName, isGranted, isChanged };
    }
    case 'unknownPrincipal':
      return { ...common, problem: 'unknownPrincipal' };
    case 'refused':
      return { ...common, problem: 'refused', message: report.message };
  }
}

function describeKnown(
  { action }: GrantRequest,
  { principal, isGranted, isChanged }: Extract<GrantReport, { kind: 'known' }>,
): string[] {
  const who = nameOf(principal);
  const tokens = 'A token that the app has already stays in use for up to 24 hours';
  if (isChanged && isGranted)
    return [
      `Granted ${PERMISSION} of Microsoft Graph to ${who}.`,
      `${tokens}: until then, results may still be failed with a 403.`,
    ];
  if (isChanged) return [`Took ${PERMISSION} of Microsoft Graph back from ${who}.`, `${tokens}.`];
  if (isGranted) return [`${who} has the permission ${PERMISSION} of Microsoft Graph.`];
  const advice = action === 'check' ? ' Grant it with npx epc grant.' : ' There is nothing to take back.';
  return [`${who} does not have the permission ${PERMISSION} of Microsoft Graph.${advice}`];
}

function describeRefusal(request: GrantRequest, refused: Refused): string[] {
  const { action, principalId } = request;
  const who = refused.principal ? nameOf(refused.principal) : principalId;
  if (action === 'check') {
    return [
      `You may not see which permissions ${who} has: ${refused.message}`,
      'Ask someone with the role Directory Readers to run this, or an application with the permission Application.Read.All.',
    ];
  }
  const [what, then] =
    action === 'grant'
      ? [
          `You may not grant ${PERMISSION} of Microsoft Graph to ${who}`,
          'After that, run azd up again, or look with',
        ]
      : [`You may not take ${PERMISSION} of Microsoft Graph back from ${who}`, 'After that, look with'];
  const command = azCommand(request, refused);
  return [
    `${what}: ${refused.message}`,
    '',
    'Ask an administrator with the role Privileged Role Administrator (or use an application with the permissions',
    'AppRoleAssignment.ReadWrite.All and Application.Read.All) to run, in this repository:',
    '',
    `  ${commandLine(request, action)}`,
    '',
    ...(command ? ['or, with nothing but Azure Cloud Shell (Bash):', '', `  ${command}`, ''] : []),
    `${then} ${commandLine(request, 'check')}.`,
  ];
}

/** For someone who does not have the variables of azd. */
function commandLine({ principalId, baseUrl }: GrantRequest, action: GrantAction): string {
  const graph = baseUrl === graphOrigins[1] ? ` --graph ${baseUrl}` : '';
  return `${PROGRAM} grant --principal ${principalId}${graph}${action === 'grant' ? '' : ` --${action}`}`;
}

/** Undefined if the caller may not see the ids that it takes. */
function azCommand(
  { action, baseUrl }: GrantRequest,
  { permission, principal, assignmentId }: Refused,
): string | undefined {
  if (!permission || !principal) return undefined;
  const { resourceId, appRoleId } = permission;
  const url = `${baseUrl}/v1.0/servicePrincipals/${resourceId}/appRoleAssignedTo`;
  if (action === 'revoke') {
    return assignmentId === undefined ? undefined : `az rest --method DELETE --url '${url}/${assignmentId}'`;
  }
  const body = JSON.stringify({ principalId: principal.id, resourceId, appRoleId });
  return `az rest --method POST --url '${url}' --headers Content-Type=application/json --body '${body}'`;
}

function nameOf({ id, displayName }: Principal): string {
  return displayName === '' ? id : `${displayName} (${id})`;
}
