import { graphOrigins, parseGraphOrigin } from '../azure/origins.ts';
import { define } from '../command/definition.ts';
import { jsonOption } from '../command/jsonOption.ts';

export const partners = define({
  name: 'partners',
  summary: 'List the external partners, with their ids',
  details: [
    'To list them takes the permission CloudPC.Read.All. With --graph, whoever is signed in already is asked first (az login as a service principal, a managed identity, a pipeline), then a person, in the browser. A token in the variable GRAPH_ACCESS_TOKEN goes before both.',
  ],
  arguments: {},
  options: {
    graph: {
      value: 'URL',
      help: `${graphOrigins.join(' or ')}; default: the local Graph`,
      parse: parseGraphOrigin,
    },
    tenant: { value: 'ID', help: 'the tenant to sign in to' },
    'device-code': { help: 'sign in with a code on another device' },
    ...jsonOption,
  },
  endings: { done: 'listed', unreachable: 'Graph or the sign-in could not be reached or refused' },
});
