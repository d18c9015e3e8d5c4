import { graphOrigins, parseGraphOrigin } from '../azure/origins.ts';
import { define } from '../command/definition.ts';
import { parsePrincipalId } from '../command/guid.ts';
import { jsonOption } from '../command/jsonOption.ts';
import { PERMISSION } from './permission.ts';

export const grant = define({
  name: 'grant',
  summary: "Give the app's identity its permission of Microsoft Graph",
  details: [
    `The permission is ${PERMISSION}. It asks Graph with your own Entra sign-in (az login or azd auth login). To grant or to take back takes the role Privileged Role Administrator, or an application with the permissions AppRoleAssignment.ReadWrite.All and Application.Read.All.`,
  ],
  arguments: {},
  options: {
    principal: {
      value: 'ID',
      help: 'the principal id (object id) of the identity; default: IDENTITY_PRINCIPAL_ID, which azd sets',
      parse: parsePrincipalId,
    },
    check: { help: 'only look whether it has the permission' },
    revoke: { help: 'take the permission back' },
    graph: {
      value: 'URL',
      help: `${graphOrigins.join(' or ')}; default: GRAPH_BASE_URL, else the first`,
      parse: parseGraphOrigin,
    },
    ...jsonOption,
  },
  endings: {
    done: 'it has the permission; with --revoke, it does not',
    notGranted: 'otherwise, or you may not grant it, take it back or look',
    unreachable: 'Graph or the sign-in could not be reached or refused',
  },
});
