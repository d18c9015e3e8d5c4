import { graphOrigins, parseGraphOrigin } from '../azure/origins.ts';
import { define } from '../command/definition.ts';
import { jsonOption } from '../command/jsonOption.ts';

export const partners = define({
  name: 'partners',
  summary: 'List the external partners, with their ids',
  arguments: {},
  options: {
    graph: {
      value: 'URL',
      help: `${graphOrigins.join(' or ')}, with your own Entra sign-in in the browser, which needs the delegated permission CloudPC.Read.All; default: the local Graph`,
      parse: parseGraphOrigin,
    },
    tenant: { value: 'ID', help: 'the tenant to sign in to' },
    'device-code': { help: 'sign in with a code on another device' },
    ...jsonOption,
  },
  endings: { done: 'listed', unreachable: 'Graph or the sign-in could not be reached or refused' },
});
